"""What stories hang on, and the paper as a whole: sections, series, tags, pages, menus, settings."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.forms import Script
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from js_asset import Media

from accounts.audited import AuditedAdmin
from accounts.confirming import ConfirmedAdmin
from articles import actions_site, icons
from articles.forms import site as forms
from articles.frontpage import front_context
from articles.languages import LANGUAGES
from articles.models.desk import Article
from articles.models.places import Section, Series, Tag
from articles.models.site import Faces, MenuItem, Page, Palette, SiteSettings
from articles.reading import open_edition


class Positioned(AuditedAdmin):
    """A short list in an order of the desk's own, which is changed in the list; what is new comes last."""

    list_editable = ("position",)

    def get_changeform_initial_data(self, request):
        last = self.model.objects.aggregate(last=Max("position"))["last"]
        return {"position": 0 if last is None else last + 1, **super().get_changeform_initial_data(request)}

    def get_changelist_formset(self, request, **kwargs):
        formset = super().get_changelist_formset(request, **kwargs)
        formset.form.base_fields["position"].widget.attrs["aria-label"] = gettext("Position")
        return formset


@admin.register(Section)
class SectionAdmin(Positioned):
    list_display = ("__str__", "path", "position")
    list_select_related = ("parent",)
    search_fields = ("name__spelt", "slug")

    class Media:
        js = (Script("desk/colour.js", type="module"),)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, form=forms.section_form(obj), **kwargs)

    def get_fieldsets(self, request, obj=None):
        fields = ["name", "slug", "parent", "description", "colour", "position", "shows_history"]
        rows: list[Any] = [(None, {"fields": fields})]
        if not self.may_write(request, obj):
            return rows
        further = [f"names_{code}" for code, _name in forms.edition_choices(SiteSettings.load())[1:]]
        if further:
            rows.append((_("Name in other languages"), {"fields": further}))
        if obj is None:
            rows.append((_("Menu"), {"fields": ["in_main_menu"]}))
        return rows

    def may_write(self, request, obj):
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def view_on_site(self, section):
        site = SiteSettings.load()
        return site.section_path(section, site.language)

    def save_model(self, request, obj, form, change):
        actions_site.save_section(obj, actor=request.user)
        if form.cleaned_data.get("in_main_menu"):
            actions_site.add_to_menu(MenuItem.Menu.MAIN, section=obj, actor=request.user)


@admin.register(Series)
class SeriesAdmin(AuditedAdmin):
    form = forms.SeriesForm
    list_display = ("title", "language", "slug")
    search_fields = ("title__spelt", "slug")

    def view_on_site(self, series):
        return series.get_absolute_url()

    def save_model(self, request, obj, form, change):
        actions_site.save_series(obj, actor=request.user)


@admin.register(Tag)
class TagAdmin(AuditedAdmin):
    form = forms.TagForm
    list_display = ("name", "slug")
    search_fields = ("name__spelt", "slug")

    def view_on_site(self, tag):
        return tag.get_absolute_url()

    def save_model(self, request, obj, form, change):
        actions_site.save_tag(obj, actor=request.user)

    def get_deleted_objects(self, objs, request):
        _rows, _counts, forbidden, protected = super().get_deleted_objects(objs, request)
        stories = Article.objects.filter(tags__in=objs).count()
        return [str(tag) for tag in objs], {gettext("stories that carry it"): stories}, forbidden, protected

    def delete_model(self, request, obj):
        actions_site.delete_tag(obj, actor=request.user)


@admin.register(Page)
class PageAdmin(AuditedAdmin):
    list_display = ("title", "language", "path", "is_hidden", "updated_at")
    list_filter = ("is_hidden",)
    search_fields = ("title__spelt", "slug")

    def get_queryset(self, request):
        return Page.desk.order_by("language", "title", "pk")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = forms.NewPageForm if self.offers_menu(request, obj) else forms.PageForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fields(self, request, obj=None):
        seen = ["seen"] if obj and self.has_change_permission(request, obj) else []
        return [*forms.PageForm.Meta.fields, *seen, *(["in_footer_menu"] if self.offers_menu(request, obj) else [])]

    def render_change_form(self, request, context, *args, **kwargs):
        context["media"] = Media.from_media(context["media"]).with_nonce(str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)

    def offers_menu(self, request, obj):
        return obj is None and request.user.has_perm("articles.add_menuitem")

    def view_on_site(self, page):
        return None if page.is_hidden else page.path

    def save_model(self, request, obj, form, change):
        actions_site.save_page(obj, actor=request.user)
        if form.cleaned_data.get("in_footer_menu"):
            actions_site.add_to_menu(MenuItem.Menu.FOOTER, page=obj, actor=request.user)


@admin.register(MenuItem)
class MenuItemAdmin(Positioned):
    form = forms.MenuItemForm
    list_display = ("__str__", "menu", "leads_to", "only_in", "position")
    list_select_related = ("section", "section__parent", "page")
    ordering = ("-menu", "position", "pk")

    @admin.display(description=_("leads to"))
    def leads_to(self, item):
        return item.url or (item.page.path if item.page else f"/{item.section.path}/")

    @admin.display(description=_("only in"))
    def only_in(self, item):
        return LANGUAGES[item.language].name if item.language in LANGUAGES else gettext("every language")

    def save_model(self, request, obj, form, change):
        actions_site.save_menu_item(obj, actor=request.user)


@admin.register(SiteSettings)
class SiteSettingsAdmin(ConfirmedAdmin, AuditedAdmin):
    """One row: the list leads straight to it, and it is written when it is first saved."""

    readonly_fields = ("logo_now", "icon_now")

    class Media:
        css = {"all": ["desk/look.css"]}
        js = (Script("desk/look.js", type="module"),)

    def get_urls(self):
        look = self.admin_site.admin_view(self.look_view)
        return [path("look/", look, name="articles_sitesettings_look"), *super().get_urls()]

    def look_view(self, request):
        """The front page as it would be in the colours and typefaces that the address names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = open_edition()
        if request.GET.get("palette") in Palette.values:
            edition.site.palette = request.GET["palette"]
        if request.GET.get("faces") in Faces.values:
            edition.site.faces = request.GET["faces"]
        return render(request, "articles/front.html", front_context(edition))

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:articles_sitesettings_change", 1)

    def get_object(self, request, object_id, from_field=None):
        return SiteSettings.load() if object_id == "1" else None

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, form=forms.site_settings_form(obj), **kwargs)

    def get_fieldsets(self, request, obj=None):
        rows: list[Any] = [
            (_("The paper"), {"fields": ["name", "tagline", "description", "logo_now", "logo"]}),
            (_("The paper's look"), {"fields": ["palette", "faces", "headline_font", "text_font", "icon_now", "icon"]}),
            (_("Languages"), {"fields": ["language", "further_languages"]}),
            (_("Time"), {"fields": ["newsroom_time_zone", "home_time_zone"]}),
            (_("Channels"), {"fields": ["whatsapp_url", "telegram_url", "x_url", "facebook_url", "report_email"]}),
            (_("Feeds"), {"fields": ["feeds_whole"]}),
            (_("Most read"), {"fields": ["counts_reads"]}),
            (_("Letters"), {"fields": ["counts_letters"]}),
        ]
        if self.has_change_permission(request, obj):
            for code, name in forms.edition_choices(obj):
                fields = [f"wording_{code}_{key}" for key in forms.wording_keys(obj, code)]
                title = gettext("Wording in %(language)s") % {"language": name}
                rows.append((title, {"fields": fields, "classes": ["collapse"]}))
        return rows

    @admin.display(description=_("present logo"))
    def logo_now(self, site):
        return format_html('<img class="logo" src="{}" alt="">', site.logo.url) if site.logo else gettext("none yet")

    @admin.display(description=_("present icon"))
    def icon_now(self, site):
        return format_html('<img class="icon" src="{}" alt="" width="64" height="64">', icons.path_of("192", site))

    def view_on_site(self, site):
        return "/"

    def save_model(self, request, obj, form, change):
        actions_site.save_site_settings(obj, actor=request.user)
