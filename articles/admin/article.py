"""Stories in the admin: the list, and the form where an editor spends the day."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Prefetch
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from js_asset import Media, Script

from accounts.audited import AuditedAdmin
from articles import blocks, figures, markup, registry, rights_alarm
from articles.admin import bring_in, checking, choose, panels, saving, story_pages
from articles.forms.article import ArticleForm
from articles.forms.site import edition_choices
from articles.languages import LANGUAGES
from articles.models.desk import Article, Byline, State
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.problems import DeskProblem
from articles.verbs import VERBS, offered

SCRIPTS = [Script(f"desk/{name}.js", type="module") for name in ("story", "checks")]
# In the order in which they stand beside the text.
PANELS: list[panels.Panel] = []
# (route below a story's list, view, name after "articles_article_").
PAGES: list[tuple[str, Any, str]] = []


class SectionFilter(admin.SimpleListFilter):
    title = _("section")
    parameter_name = "section"

    def lookups(self, request, model_admin):
        return [(section.pk, str(section)) for section in Section.objects.select_related("parent").order_by("path")]

    def queryset(self, request, queryset):
        return queryset.filter(section=self.value()) if (self.value() or "").isdigit() else queryset


class LanguageFilter(admin.SimpleListFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        return edition_choices(SiteSettings.load())

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


class StoryList(ChangeList):
    def get_queryset(self, request, exclude_parameters=None):
        bylines = Prefetch("bylines", Byline.objects.select_related("author"))
        stories = super().get_queryset(request, exclude_parameters).prefetch_related(bylines)
        if not any(name.startswith("state") for name in request.GET):
            stories = stories.exclude(state=State.DISCARDED)  # the bin is looked into on purpose
        return stories.select_related("section__parent", "saved_by").defer("body", "standfirst")


@admin.register(Article)
class ArticleAdmin(AuditedAdmin):
    form = ArticleForm
    autocomplete_fields = ("tags", "series")
    list_display = ("title", "standing", "saved", "section", "byline", "language_name", "kind")
    list_filter = ("state", SectionFilter, "kind", LanguageFilter)
    search_fields = ("headline",)
    search_help_text = _("Words of the headline")
    show_facets = admin.ShowFacets.NEVER
    actions = None

    # Who may do what: the table of roles decides, story by story.

    def get_queryset(self, request):
        return Article.objects.for_user(request.user)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        user = request.user
        return user.has_perm("articles.view_article") or (
            user.has_perm("articles.view_own_article") and (obj is None or obj.belongs_to(user))
        )

    def has_add_permission(self, request):
        return request.user.has_perm("articles.add_article")

    def has_change_permission(self, request, obj=None):
        rule = VERBS["save"]
        if obj is None:
            return request.user.has_perm(rule.permission) or request.user.has_perm(rule.own_permission)
        # What was typed on a story that has been killed meanwhile is shown once more, with the reason.
        return rule.allowed(request.user, obj) and (request.method == "POST" or obj.state in rule.sources)

    def has_delete_permission(self, request, obj=None):
        return False

    # The list.

    def get_changelist(self, request, **kwargs):
        return StoryList

    @admin.display(description=_("headline"), ordering="headline")
    def title(self, article):
        return format_html('<bdi lang="{}">{}</bdi>', article.language, article)

    @admin.display(description=_("state"), ordering="state")
    def standing(self, article):
        mark = format_html('<span class="state state-{}">{}</span>', article.state, article.get_state_display())
        if not article.has_unpublished_changes:
            return mark
        return format_html('{} <span class="state changed">{}</span>', mark, gettext("unpublished changes"))

    @admin.display(description=_("byline"))
    def byline(self, article):
        return ", ".join(line.printed for line in article.bylines.all())

    @admin.display(description=_("language"), ordering="language")
    def language_name(self, article):
        return LANGUAGES[article.language].name if article.language in LANGUAGES else article.language

    @admin.display(description=_("saved"), ordering="saved_at")
    def saved(self, article):
        return story_pages.when_and_who(article.saved_at, article.saved_by)

    def changelist_view(self, request, extra_context=None):
        may_bring_in = request.user.has_perm("articles.import_text")
        return super().changelist_view(request, {"may_bring_in": may_bring_in, **(extra_context or {})})

    # The form.

    def get_fieldsets(self, request, obj=None):
        may_write = self.has_change_permission(request, obj) if obj else True
        body, language, lead = (
            ("body", "language", "lead_picture") if may_write else ("body_as_read", "language_name", "lead_as_seen")
        )
        return [
            (None, {"fields": ["kicker", "headline", "standfirst", lead, body]}),
            (None, {"fields": ["section", language, "kind", "tags", "series"]}),
            (_("Place and address"), {"fields": ["dateline", "slug"]}),
            (_("Headlines for other places"), {"fields": ["short_headline", "social_headline"]}),
        ]

    @admin.display(description=_("text"))
    def body_as_read(self, article):
        material = blocks.material_of({"body": article.body}, number=article.pk)
        return markup.safe(blocks.render(article.body, material, language=article.language))

    @admin.display(description=_("lead picture"))
    def lead_as_seen(self, article):
        picture = article.lead_picture
        if not picture:
            return "–"
        return format_html('<img src="{}" alt="{}" width="240">', figures.thumbnail(picture), picture.alt_text)

    def get_form(self, request, obj=None, change=False, **kwargs):
        met = type("ArticleForm", (ArticleForm,), {"problem": getattr(request, "desk_problem", None)})
        return super().get_form(request, obj, change, form=met, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in {"section", "series"}:
            for offer in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{offer}_related", False)
        return field

    def get_object(self, request, object_id, from_field=None):
        # Held to the end of the transaction, so that what is checked is what is written.
        article = super().get_object(request, object_id, from_field)
        if article and request.method == "POST":
            article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
        return article

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DeskProblem as problem:
            # Everything has been taken back. The form comes once more, with what was typed and what stands in the way.
            request.desk_problem = problem
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request, form, change):
        return form.instance

    def save_model(self, request, obj, form, change):
        number = saving.keep(
            form.content(), number=obj.pk if change else None, version=form.cleaned_data["version"], actor=request.user
        )
        if "_publish" in request.POST:
            options = registry.options_for(request.user, number)
            ticked = {option.name: f"option-{option.name}" in request.POST for option in options}
            reason = request.POST.get("override_reason", "")
            saving.put_live(number, actor=request.user, options=ticked, override=reason)
        obj.pk = number

    def save_related(self, request, form, formsets, change):
        """Tags and bylines are part of the content, which `save_model` has written."""

    def response_add(self, request, obj, post_url_continue=None):
        return self.go_on(request, Article.objects.get(pk=obj.pk))

    def response_change(self, request, obj):
        return self.go_on(request, Article.objects.get(pk=obj.pk))

    def go_on(self, request, article):
        if "_preview" in request.POST:
            return redirect("admin:articles_article_preview", article.pk)
        if "_check" in request.POST:
            return redirect(reverse("admin:articles_article_change", args=[article.pk]) + "#checks")
        if "_publish" in request.POST:
            where = article.public_place["path"]
            said: str = format_html('{} <a href="{}">{}</a>', gettext("Published. Readers find it at"), where, where)
        elif article.has_unpublished_changes:
            said = gettext("Saved. Readers do not see these changes until you publish them.")
        else:
            said = gettext("Saved.")
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: PLR0917
        verbs = offered(request.user, obj) if obj else ["save"]
        if not obj and request.user.has_perm(VERBS["publish"].permission):
            verbs.append("publish")
        publish = next((verb for verb in ("publish", "update") if verb in verbs), "")
        options = registry.options_for(request.user, obj.pk if obj else None) if publish == "publish" else []
        context.update(
            verbs=verbs,
            checks=checking.panel(request, context["adminform"].form, obj),
            publish_label=VERBS[publish].label if publish else "",
            publish_options=[(option, f"option-{option.name}" in request.POST) for option in options],
            public_path=story_pages.public_path(obj) if obj else "",
            rights_alarms=rights_alarm.alarms(on=timezone.localdate(), story=obj.pk) if obj else [],
            panels=panels.rendered(PANELS, request, obj, verbs) if obj else [],
            saved=story_pages.when_and_who(obj.saved_at, obj.saved_by) if obj else "",
            media=Media.from_media(context["media"] + Media(js=SCRIPTS)).with_nonce(str(request.csp_nonce)),
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(self, request, object_id, extra_context=None):
        return redirect("admin:articles_article_revisions", object_id)

    def get_urls(self):
        def page(route, view, name, **fixed):
            return path(route, self.admin_site.admin_view(view), fixed, name=f"articles_article_{name}")

        return [
            page("import/", bring_in.view, "import"),
            page("checks/", checking.check, "checks"),
            page("<int:number>/checks/", checking.check, "checks"),
            page("choose/", choose.stories, "choose"),
            page("embed/", choose.embed, "embed"),
            page("<int:number>/revisions/", story_pages.revisions, "revisions"),
            page("<int:number>/revisions/<int:revision>/", story_pages.revision, "revision"),
            page("<int:number>/preview/", story_pages.preview, "preview"),
            page("<int:number>/preview/page/", story_pages.preview_page, "preview_page"),
            *[page(f"<int:number>/{verb}/", story_pages.confirm, verb, verb=verb) for verb in story_pages.CONFIRMED],
            *[page(*each) for each in PAGES],
            *super().get_urls(),
        ]
