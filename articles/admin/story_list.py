"""The list of stories: what it shows of each, how it is narrowed and searched, and what is done to many at once."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from articles import markup, narrowing, reads, searching
from articles.admin import bulk, saved_filters
from articles.admin.story_pages import when_and_who
from articles.kinds import Kind
from articles.models.desk import Article, ArticleQuerySet, Byline, State
from articles.models.site import SiteSettings
from articles.verbs import VERBS, within_limits


class StoryList(ChangeList):
    """Narrowed by the conditions of `articles.narrowing` in the address, with the fields above the list to set them."""

    def get_filters_params(self, params=None):
        own = super().get_filters_params(params)
        return {name: value for name, value in own.items() if name not in narrowing.CONDITIONS}

    def get_queryset(self, request, exclude_parameters=None):
        stories = cast(ArticleQuerySet, super().get_queryset(request, exclude_parameters))
        stories = narrowing.narrow(stories, request.GET, request.user)
        bylines = Prefetch("bylines", Byline.objects.select_related("author"))
        stories = stories.select_related("section__parent", "saved_by", "assignee").prefetch_related(bylines)
        return stories.defer("body", "standfirst", "brief", "public_place")

    def get_results(self, request):
        super().get_results(request)
        # The texts by a query of their own, so that no database sorts them.
        numbers = [story.pk for story in self.result_list]
        texts = dict(Article.objects.filter(pk__in=numbers).values_list("pk", "body"))
        read = reads.reads_of(numbers)
        main = SiteSettings.load().language
        may_publish = request.user.has_perm(VERBS["publish"].permission)
        for story in self.result_list:
            story.edition = "" if story.language == main else story.language.upper()
            story.is_for_me_to_publish = (
                may_publish and story.copy_state == State.READY and within_limits(request.user, story)
            )
            story.words = markup.word_count(texts.get(story.pk, ""))
            story.read = read.get(story.pk)


class StoryListing(AuditedAdmin):
    """What the admin of stories has of its list."""

    list_display = ("title", "standing", "part", "whom", "due", "length", "flags", "saved")
    list_filter = ()
    sortable_by = ("due", "saved")
    search_fields = ("headline",)
    search_help_text = _("Words of the headline or byline, a story's number, or its address.")
    show_facets = admin.ShowFacets.NEVER
    actions = tuple(bulk.ACTIONS)

    def get_changelist(self, request, **kwargs):
        return StoryList

    def get_search_results(self, request, queryset, search_term):
        return searching.search(queryset, search_term), False

    @admin.display(description="")
    def action_checkbox(self, story):
        """With the version that is shown: what somebody else has changed meanwhile is left alone."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
            '<input type="hidden" name="version-{}" value="{}">',
            ACTION_CHECKBOX_NAME, story.pk, gettext("Choose “%(story)s”") % {"story": story}, story.pk, story.version,
        )  # fmt: skip

    @admin.display(description=_("headline"))
    def title(self, story):
        return format_html('<bdi lang="{}">{}</bdi>{}', story.language, story, self.byline(story))

    def byline(self, story):
        """Under the headline: the names, what kind of story it is, and its language where that is not the main one."""
        names = ", ".join(line.printed for line in story.bylines.all())
        kind = "" if story.kind == Kind.NEWS else str(story.get_kind_display())
        told = " · ".join(filter(None, [names, kind, story.edition]))
        return format_html(' <span class="byline">{}</span>', told) if told else ""

    @admin.display(description=_("state"))
    def standing(self, story):
        mark = format_html('<span class="state state-{}">{}</span>', story.state, story.get_state_display())
        if story.read:
            mark = format_html('{} <span class="quiet">{}</span>', mark, reads_told(*story.read))
        if story.has_unpublished_changes:
            said = ": ".join(filter(None, [gettext("unpublished changes"), story.get_changes_display()]))
            mark = format_html('{} <span class="state changed">{}</span>', mark, said)
        if story.is_for_me_to_publish:
            quick = reverse("admin:articles_article_quick", args=[story.pk])
            mark = format_html('{} <a href="{}">{}</a>', mark, quick, gettext("Look and publish…"))
        return mark

    @admin.display(description=_("section"), empty_value="")
    def part(self, story):
        return story.section

    @admin.display(description=_("with"), empty_value="")
    def whom(self, story):
        return story.assignee

    @admin.display(description=_("due"), empty_value="", ordering=F("due_at").asc(nulls_last=True))
    def due(self, story):
        return due_mark(story)

    @admin.display(description=_("words"))
    def length(self, story):
        return length_mark(story.words, story.commissioned_length)

    @admin.display(description=_("flags"), empty_value="")
    def flags(self, story):
        return flag_marks(story)

    @admin.display(description=_("saved"), ordering="saved_at")
    def saved(self, story):
        return when_and_who(story.saved_at, story.saved_by)

    def get_actions(self, request):
        actions = super().get_actions(request)
        return {name: row for name, row in actions.items() if bulk.may(request.user, name)}

    def changelist_view(self, request, extra_context=None):
        context: dict[str, Any] = {
            "may_bring_in": request.user.has_perm("articles.import_text"),
            "choices": narrowing.choices(request.GET, request.user, SiteSettings.load()),
            **saved_filters.tabs(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


def due_mark(story: Article) -> str:
    """When the story is due, in red once it is late; "" when no time is set."""
    if not story.due_at:
        return ""
    when = date_format(timezone.localtime(story.due_at), "SHORT_DATETIME_FORMAT")
    if not is_late(story):
        return when
    return format_html('<strong class="run-out">{} <span>{}</span></strong>', when, gettext("late"))


def is_late(story: Article) -> bool:
    """Due, and neither published nor given up."""
    return bool(story.due_at and story.due_at < timezone.now() and State(story.state) in narrowing.UNFINISHED)


def length_mark(words: int, commissioned: int | None) -> str:
    """ "412 / 600"; too long by more than a tenth is marked."""
    if not commissioned:
        return str(words)
    told = gettext("%(words)d of %(commissioned)d") % {"words": words, "commissioned": commissioned}
    return format_html('<span class="too-long">{}</span>', told) if words > commissioned * 1.1 else told


def reads_told(day: int, week: int) -> str:
    """How often the story was read in the last day, and in the last seven."""
    figures = {"day": number_format(day, force_grouping=True), "week": number_format(week, force_grouping=True)}
    return gettext("Reads: %(day)s in 24 h, %(week)s in 7 days") % figures


def flag_marks(story: Article) -> str:
    """The story's flags in words."""
    labels = [(flag, label) for flag, label in narrowing.flag_labels().items() if getattr(story, flag)]
    return format_html_join(" ", '<span class="flag flag-{}">{}</span>', labels)
