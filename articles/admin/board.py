"""The board: what is on the desk, in columns by how far it is. Moving a card is a verb; the page keeps itself fresh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from articles import actions, actions_desk, markup, schedule, searching
from articles.admin import saved_filters
from articles.admin.story_list import due_mark, flag_marks, length_mark
from articles.admin.story_pages import person
from articles.forms.verbs import ConfirmForm
from articles.forms.workflow import HandOverForm, ReturnForm
from articles.models.desk import Article, ArticleQuerySet, State
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.narrowing import WRITING, choices, in_order, narrow, query_of
from articles.problems import DeskProblem
from articles.verbs import VERBS, within_limits
from safeguards.numbers import whole

IN_A_COLUMN = 50
LOOKED_THROUGH = 500  # waiting for the clock, or published today
NARROWED_BY = ("section", "assignee")
# Verb -> the form of what is owed with it, and what does it.
MOVES: dict[str, tuple[type[ConfirmForm | HandOverForm | ReturnForm], Any]] = {
    "submit": (HandOverForm, actions_desk.submit),
    "recall": (ConfirmForm, actions_desk.recall),
    "return": (ReturnForm, actions_desk.send_back),
    "ready": (HandOverForm, actions_desk.mark_ready),
    "publish": (ConfirmForm, actions.publish),
    "update": (ConfirmForm, actions.update),
}
# Column -> its heading, and the verbs that bring a card there, the likeliest first.
COLUMNS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "writing": (_("With the writers"), ("recall", "return")),
    "in_review": (_("In review"), ("submit",)),
    "ready": (_("Ready"), ("ready",)),
    "scheduled": (_("Scheduled"), ()),
    "published": (_("Published today"), ("publish", "update")),
}


@dataclass
class Card:
    """One story on the board, with what its card shows. ``moves``: [(verb, label, column it leads to)]."""

    story: Article
    moves: list[tuple[str, Any, str]]
    due: str
    flags: str
    length: str
    at: Any = None  # what the clock is to do, and when


@dataclass
class Column:
    name: str
    label: Any
    more: str  # the address of the whole list
    cards: list[Card] = field(default_factory=list)
    has_more: bool = False


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The board; ``?part=columns`` gives its columns alone, for the script that keeps them fresh."""
    user = person(request)
    if not user.has_perm("articles.view_own_article"):
        raise PermissionDenied
    given = _given(request, user)
    context = {"columns": columns(user, given), "query": query_of(request.GET.dict(), "list")}
    if request.GET.get("part") == "columns":
        return render(request, "admin/articles/article/_board_columns.html", context)
    return TemplateResponse(
        request,
        "admin/articles/article/board.html",
        {
            **admin.site.each_context(request),
            "opts": Article._meta,
            "title": gettext("Board"),
            "choices": choices(request.GET, user, SiteSettings.load(), *NARROWED_BY),
            "tabs": saved_filters.offered(user),
            "open_list": request.GET.get("list", ""),
            **context,
        },
    )


def _given(request: HttpRequest, user: User) -> dict[str, str]:
    """The conditions of a kept list, if one is chosen, and over them the address's own. The columns are the state."""
    number = request.GET.get("list", "")
    kept = next((each for each in saved_filters.offered(user) if str(each.pk) == number), None) if number else None
    given = QueryDict(kept.query).dict() if kept else {}
    given |= {name: request.GET[name] for name in NARROWED_BY if request.GET.get(name)}
    return {name: str(value) for name, value in given.items() if name != "state"}


def columns(user: User, given: dict[str, str]) -> list[Column]:
    """The board as this person sees it, in a fixed number of queries, at most fifty cards a column.

    `given`: conditions of `articles.narrowing`, and ``q``, words that are looked for as in the list of stories.
    """
    waiting = {change.article_id: change for change in _waiting()}
    stories = searching.search(narrow(Article.objects.for_user(user), given, user), given.get("q", ""))
    stories = stories.select_related("section__parent", "assignee")
    stories = stories.defer("body", "standfirst", "brief", "public_place")
    on_desk = stories.exclude(pk__in=waiting)
    found = {
        "writing": in_order(on_desk.at(*WRITING), IN_A_COLUMN + 1),
        "in_review": in_order(on_desk.at(State.IN_REVIEW), IN_A_COLUMN + 1),
        "ready": in_order(on_desk.at(State.READY), IN_A_COLUMN + 1),
        "scheduled": sorted(stories.filter(pk__in=waiting), key=lambda story: waiting[story.pk].at),
        "published": _live(on_desk.filter(pk__in=_today())),
    }
    shown = [story for name in found for story in found[name][:IN_A_COLUMN]]
    moves, words = _Moves(user, shown), _words(shown)
    made = []
    for name, (label, _verbs) in COLUMNS.items():
        column = Column(name, label, _whole(name, given), has_more=len(found[name]) > IN_A_COLUMN)
        for story in found[name][:IN_A_COLUMN]:
            length = length_mark(words[story.pk], story.commissioned_length) if story.pk in words else ""
            column.cards.append(
                Card(story, moves.of(story), due_mark(story), flag_marks(story), length, waiting.get(story.pk))
            )
        made.append(column)
    return made


def _live(stories: ArticleQuerySet) -> list[Article]:
    """Of a day's stories those that are live with no change on its way, the last saved first."""
    # Asked in the statement, SQLite takes the index of that answer, and goes through all live stories for a day's few.
    as_published = [story for story in stories.order_by() if story.state == State.PUBLISHED and not story.changes]
    return sorted(as_published, key=lambda story: (story.saved_at, story.pk), reverse=True)[: IN_A_COLUMN + 1]


def _waiting() -> Iterable[Any]:
    return schedule.upcoming(timezone.now() + timedelta(days=365))[:LOOKED_THROUGH]


def _today() -> list[int]:
    """What readers have got since midnight by the reader's own clock, the newest first."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = PublishedArticle.objects.filter(published_at__gte=midnight).newest_first()
    return list(since.values_list("pk", flat=True)[:LOOKED_THROUGH])


def _words(stories: list[Article]) -> dict[int, int]:
    """Of those that have a commissioned length."""
    numbers = [story.pk for story in stories if story.commissioned_length]
    texts = Article.objects.filter(pk__in=numbers).values_list("pk", "body") if numbers else []
    return {number: markup.word_count(body) for number, body in texts}


def _whole(name: str, given: dict[str, str]) -> str:
    narrowed = {"scheduled": {"scheduled": "1"}, "published": {"state": "published"}}.get(name, {"state": name})
    return f"{reverse('admin:articles_article_changelist')}?{query_of({**given, **narrowed}, 'q')}"


class _Moves:
    """What one person may do to each card, asked once for each kind of card rather than card by card."""

    def __init__(self, user: User, stories: list[Article]) -> None:
        self.user = user
        self.known: dict[tuple[Any, ...], list[tuple[str, Any, str]]] = {}
        own = Article.objects.filter(pk__in=[story.pk for story in stories]).own(user)
        sees_through = user.has_perm(VERBS["submit"].permission)  # whose story it is makes no difference to them
        self.own = set() if sees_through else set(own.values_list("pk", flat=True))

    def of(self, story: Article) -> list[tuple[str, Any, str]]:
        is_own = story.pk in self.own or story.created_by_id == self.user.pk
        key = (story.stage, is_own, within_limits(self.user, story), story.has_unpublished_changes)
        if key not in self.known:
            self.known[key] = [
                (verb, VERBS[verb].label, column)
                for column, (_label, verbs) in COLUMNS.items()
                for verb in verbs
                if VERBS[verb].fits(self.user, story)
                and VERBS[verb].allowed(self.user, story, is_own=is_own)
                and (story.state != State.PUBLISHED or story.has_unpublished_changes)
                and (verb != "recall" or is_own)
            ]
        return self.known[key]


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Asks what the verb owes, and does it. Scripts get ``{"said"}``, or 409 ``{"refused", "address", "version"}``."""
    if verb not in MOVES:
        raise Http404
    user = person(request)
    story = get_object_or_404(Article.objects.for_user(user), pk=number)
    if not VERBS[verb].allowed(user, story):
        raise PermissionDenied
    make, act = MOVES[verb]
    form = make(request.POST if request.method == "POST" else None)
    query = query_of(request.GET.dict(), "list")
    back = reverse("admin:articles_article_board") + (f"?{query}" if query else "")
    version = request.POST.get("version", "")
    said = gettext("“%(story)s”: %(done)s.") % {"story": story, "done": VERBS[verb].label}
    if request.method == "POST" and form.is_valid():
        try:
            act(number, actor=user, expected_version=whole(version), **form.cleaned_data)
        except DeskProblem as problem:
            form.add_error(None, str(problem))
        else:
            if _wants_json(request):
                return JsonResponse({"said": said})
            messages.success(request, said)
            return redirect(back)
    if request.method == "POST" and _wants_json(request):
        refused = " ".join(str(each) for errors in form.errors.values() for each in errors)
        address = reverse("admin:articles_article_change", args=[number])
        # What was seen is told with it: sent once more, it is meant.
        return JsonResponse({"refused": refused, "address": address, "version": story.version}, status=409)
    return TemplateResponse(
        request,
        "admin/articles/article/move.html",
        {
            **admin.site.each_context(request),
            "opts": Article._meta,
            "title": VERBS[verb].label,
            "story": story,
            "form": form,
            "back": back,
            "version": story.version,
        },
    )


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


PAGES = [("board/", view, "board"), ("board/<int:number>/<slug:verb>/", move, "move")]
