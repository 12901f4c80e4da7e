"""Stories in the admin: the list, and the form where an editor spends the day."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from js_asset import Media, Script

from articles import blocks, figures, markup, registry, rights_alarm
from articles.admin import (
    board,
    bring_in,
    bulk,
    checking,
    choose,
    comments,
    conflict,
    corrections,
    handing,
    keeping,
    merging,
    panels,
    planning,
    presence,
    quick,
    receipt,
    revision_pages,
    saved_filters,
    saving,
    scheduling,
    standing,
    story_pages,
    translating,
)
from articles.admin.story_list import StoryListing
from articles.forms import typed
from articles.forms.article import ArticleForm
from articles.languages import name_of
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.problems import DeskProblem, StaleCopy
from articles.verbs import VERBS, offered
from safeguards.numbers import whole

SCRIPTS = [
    Script(f"desk/{name}.js", type="module")
    for name in ("story", "panels", "handing", "comments", "checks", "keeping", "presence")
]
# In the order in which they stand beside the text.
PANELS: list[panels.Panel] = [
    planning.PANEL,
    translating.PANEL,
    comments.PANEL,
    scheduling.PANEL,
    corrections.PANEL,
]
# (route below a story's list, view, name after "articles_article_").
PAGES: list[tuple[str, Any, str]] = [
    *planning.PAGES,
    *translating.PAGES,
    *comments.PAGES,
    *corrections.PAGES,
    *scheduling.PAGES,
    *merging.PAGES,
    ("autosave/", keeping.autosave, "autosave"),
    ("<int:number>/autosave/", keeping.autosave, "autosave"),
    ("unsaved/", keeping.unsaved, "unsaved"),
    ("<int:number>/unsaved/", keeping.unsaved, "unsaved"),
    ("<int:number>/merge/", conflict.merge, "merge"),
    ("<int:number>/presence/", presence.ping, "presence"),
    *board.PAGES,
    *bulk.PAGES,
    *saved_filters.PAGES,
    *revision_pages.PAGES,
    *receipt.PAGES,
]


@admin.register(Article)
class ArticleAdmin(StoryListing):
    form = ArticleForm
    autocomplete_fields = ("tags", "series", "original")

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
        return rule.allowed(request.user, obj) and (request.method == "POST" or rule.fits(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    # The form.

    def get_fieldsets(self, request, obj=None):
        may_write = self.has_change_permission(request, obj) if obj else True
        body, language, lead = (
            ("body", "language", "lead_picture") if may_write else ("body_as_read", "language_name", "lead_as_seen")
        )
        is_in_several = len(SiteSettings.load().languages) > 1 or (obj and obj.original_id)
        translation = ["original"] if is_in_several else []
        return [
            (None, {"fields": ["kicker", "headline", "standfirst", lead, body]}),
            (None, {"fields": ["section", language, *translation, "kind", "tags", "series"]}),
            (_("Place and address"), {"fields": ["dateline", "slug", "noindex"], "classes": ["collapse"]}),
            (
                _("Headlines for other places"),
                {"fields": ["short_headline", "social_headline"], "classes": ["collapse"]},
            ),
        ]

    @admin.display(description=_("language"))
    def language_name(self, article):
        return name_of(article.language)

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
        row = getattr(request, "desk_restored", None)
        restored = typed.as_posted(row.fields) if row else None
        problem = getattr(request, "desk_problem", None)
        met = type("ArticleForm", (ArticleForm,), {"problem": problem, "restored": restored, "person": request.user})
        return super().get_form(request, obj, change, form=met, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in {"section", "series", "original"}:
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
        if request.method == "GET" and "restore" in request.GET:
            keeping.restore(request, whole(object_id))
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StaleCopy:
            story = story_pages.story_of(request, int(object_id))
            return conflict.page(request, story, request.desk_typed, request.POST)
        except DeskProblem as problem:
            # Everything has been taken back. The form comes once more, with what was typed and what stands in the way.
            request.desk_problem = problem
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request, form, change):
        return form.instance

    def save_model(self, request, obj, form, change):
        request.desk_typed = form.content()
        number = saving.keep(
            request.desk_typed,
            number=obj.pk if change else None,
            version=form.cleaned_data["version"],
            actor=request.user,
        )
        if "_publish" in request.POST:
            verb = saving.publishing_verb(number)
            options = registry.options_for(request.user, number, verb=verb)
            ticked = {option.name: f"option-{option.name}" in request.POST for option in options}
            reason = request.POST.get("override_reason", "")
            saving.put_live(
                number,
                actor=request.user,
                options=ticked,
                override=reason,
                note_to_readers=request.POST.get("note_to_readers", ""),
            )
        request.handed_on = handing.carry_out(number, actor=request.user, posted=request.POST)
        obj.pk = number

    def save_related(self, request, form, formsets, change):
        """Tags and bylines are part of the content, which `save_model` has written."""

    def response_add(self, request, obj, post_url_continue=None):
        return self.response_change(request, obj)

    def response_change(self, request, obj):
        response = self.go_on(request, Article.objects.get(pk=obj.pk))
        keeping.settle(request, response)
        return response

    def go_on(self, request, article):
        if "_preview" in request.POST:
            return redirect("admin:articles_article_preview", article.pk)
        if "_check" in request.POST:
            return redirect(reverse("admin:articles_article_change", args=[article.pk]) + "#checks")
        if "_schedule" in request.POST:
            return redirect("admin:articles_article_schedule", article.pk)
        if request.POST.get("_then") in handing.HANDED:
            return redirect(f"admin:articles_article_{request.POST['_then']}", article.pk)
        if request.handed_on:
            said = request.handed_on
        elif "_publish" in request.POST:
            said = story_pages.published_message(article.pk, article.public_place["path"])
        elif article.has_unpublished_changes:
            said = gettext("Saved. Readers do not see these changes until they are published.")
        else:
            said = gettext("Saved.")
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: PLR0917
        verbs = offered(request.user, obj) if obj else ["save", "submit"]
        if not obj and request.user.has_perm(VERBS["publish"].permission):
            verbs.append("publish")
        publish = next((verb for verb in ("publish", "update") if verb in verbs), "")
        options = registry.options_for(request.user, obj.pk if obj else None, verb=publish) if publish else []
        form = context["adminform"].form
        clock = scheduling.strip(obj) if obj else None
        handed = handing.buttons(request, obj, verbs)
        context.update(
            verbs=verbs,
            keeping=keeping.for_form(request, obj) if "save" in verbs else None,
            standing=standing.of(obj) if obj else {},
            handed=handed,
            likely=handing.likely(
                obj,
                verbs,
                handed=handed,
                is_on_the_clock=bool(clock and clock["publishes"]),
                is_typed=form.is_bound or form.restored is not None,
            ),
            checks=checking.panel(request, form, obj),
            publish_label=VERBS[publish].label if publish else "",
            may_look_and_publish=bool(obj and quick.verb_for(request.user, obj)),
            note_to_readers=saving.note_offered(request, obj) if publish == "update" else None,
            publish_options=[(option, f"option-{option.name}" in request.POST) for option in options],
            public_path=story_pages.public_path(obj) if obj else "",
            clock=clock,
            rights_alarms=rights_alarm.alarms(on=timezone.localdate(), story=obj.pk) if obj else [],
            panels=panels.rendered(PANELS, request, obj, verbs) if obj else [],
            saved=story_pages.when_and_who(obj.saved_at, obj.saved_by) if obj else "",
            media=Media.from_media(context["media"] + Media(js=SCRIPTS) + panels.media()).with_nonce(
                str(request.csp_nonce)
            ),
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
            page("<int:number>/preview/", story_pages.preview, "preview"),
            page("<int:number>/preview/page/", story_pages.preview_page, "preview_page"),
            *[page(f"<int:number>/{verb}/", handing.confirm, verb, verb=verb) for verb in handing.ASKED],
            page("<int:number>/take/", handing.take, "take"),
            page("<int:number>/quick/", quick.look, "quick"),
            *[page(*each) for each in PAGES],
            *super().get_urls(),
        ]
