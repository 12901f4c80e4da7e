"""What the desk's first page shows: what waits for this person, what is late, what readers see that they should not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Notice, User
from articles import actions_banner, actions_notes, rights_alarm, schedule
from articles.models.desk import CHANGED, Article, ArticleQuerySet, State
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.models.workflow import Comment, ScheduledChange
from articles.narrowing import UNFINISHED, in_order, narrow
from articles.verbs import VERBS
from authors.models import Author
from citizen_reports import consent_alarms, desks
from citizen_reports.models.reports import Report
from citizen_reports.models.stories import ConsentAlarm
from newsroom import health
from newsroom import mail_out as mail_files
from subscriptions.models.letters import Edition

SHOWN = 8
NOTICES = 5
MINE = 200  # of a person's stories, the last saved
AHEAD = timedelta(hours=24)
REMEMBERED = timedelta(days=3)  # letters that some readers did not get
# Whoever may do the verb finds what waits for it: state, verb, heading, and what is said of an empty one.
QUEUES: tuple[tuple[State, str, str | Promise, str | Promise], ...] = (
    (State.IN_REVIEW, "ready", _("In review"), _("Nothing waits for review.")),
    (State.READY, "publish", _("Ready to be published"), _("Nothing is ready to be published.")),
)


@dataclass(frozen=True)
class Queue:
    name: str
    label: Any
    empty: Any
    stories: list[Article]
    whole: str  # the address of the whole list


def first_page(user: User) -> dict[str, Any]:
    """What the desk's first page shows to this member of staff. Every list is short, and none reads a whole table."""
    alarms = rights_alarm.alarms(on=timezone.localdate())
    withdrawn = list(consent_alarms.open_ones()[: rights_alarm.SHOWN])
    may_see_mail = settings.MAIL_TO_FILES and user.has_perm("newsroom.view_mail_out")
    sees_all = user.has_perm("articles.view_article")
    return {
        "may_write": user.has_perm("articles.add_article"),
        "import_address": reverse("admin:articles_article_import") if user.has_perm("articles.import_text") else "",
        "late": schedule.late()[:SHOWN] if sees_all else [],
        "banners": actions_banner.live(SiteSettings.load()) if actions_banner.may_set(user) else [],
        # For those who see every story. What is longest over comes first.
        "rights_alarms": alarms[:SHOWN] if sees_all else [],
        "consent_alarms": _seen(withdrawn[:SHOWN], user) if sees_all else [],
        "my_work": _my_work(user),
        "queues": _queues(user),
        "upcoming": _upcoming() if sees_all else [],
        "shows_schedule": sees_all,
        "unpublished_changes": _unpublished_changes(user),
        "comments": _comments(user),
        "notices": Notice.objects.filter(user=user, read_at=None)[:NOTICES],
        "notes_waiting": actions_notes.waiting(user),
        "reports_waiting": _reports_waiting(user),
        "letters_open": _letters_open(user),
        "recently_published": PublishedArticle.objects.newest_first().cards()[:SHOWN],
        "health": health.report(alarms, len(withdrawn)),
        "letters": len(mail_files.letters()) if may_see_mail else 0,
        "now": timezone.now(),
    }


def _cards(stories: ArticleQuerySet) -> ArticleQuerySet:
    return stories.select_related("section__parent", "assignee").defer("body", "standfirst", "brief")


def _last_of(user: User, stories: ArticleQuerySet) -> dict[int, datetime | None]:
    """Of those of `stories` that are this person's, the last saved: number -> when it is due."""
    # A query for each way in which a story is mine: with OR between them, a database reads the whole table.
    # The authors first: joined, an account that signs nothing has every story's byline looked up.
    signed = stories.filter(bylines__author__in=list(Author.objects.filter(user=user).values_list("pk", flat=True)))
    ways = (stories.filter(assignee=user), stories.filter(created_by=user), signed)
    return dict(pair for way in ways for pair in way.order_by("-saved_at").values_list("pk", "due_at")[:MINE])


def _my_work(user: User) -> list[Article]:
    due = _last_of(user, Article.objects.filter(Q(state__in=UNFINISHED) | ~Q(changes="")))
    last = timezone.now() + timedelta(days=36_500)
    first = sorted(due, key=lambda number: (due[number] or last, -number))[:SHOWN]
    stories = _cards(Article.objects.all()).in_bulk(first)
    return [stories[number] for number in first if number in stories]


def _queues(user: User) -> list[Queue]:
    whole = reverse("admin:articles_article_changelist")
    found = []
    for state, verb, label, empty in QUEUES:
        if user.has_perm(VERBS[verb].permission):
            waiting = narrow(Article.objects.for_user(user), {"state": state}, user)
            found.append(Queue(state, label, empty, in_order(_cards(waiting), SHOWN), f"{whole}?state={state}"))
    return found


def _upcoming() -> Iterable[ScheduledChange]:
    now = timezone.now()
    return schedule.upcoming(now + AHEAD).filter(at__gte=now - schedule.GRACE)[:SHOWN]


def _unpublished_changes(user: User) -> Iterable[Article]:
    changed = Article.objects.for_user(user).filter(CHANGED)
    return changed.select_related("section__parent", "saved_by").defer("body")[:SHOWN]


def _comments(user: User) -> Iterable[Comment]:
    """Open threads that others began on this person's stories, or answered where this person began them."""
    mine = _last_of(user, Article.objects.exclude(state__in=(State.DISCARDED, State.KILLED)))
    answered = Comment.objects.exclude(author=user).filter(answers__author=user).values("answers")
    to_me = Q(article__in=mine) & ~Q(author=user) | Q(author=user, pk__in=answered)
    threads = Comment.objects.filter(to_me, answers=None, resolved_at=None).select_related("article", "author")
    return threads.order_by("-at", "-pk")[:SHOWN]


def _seen(alarms: list[ConsentAlarm], user: User) -> list[tuple[ConsentAlarm, bool]]:
    """Each with whether the person may see the report too."""
    reports = desks.seen_by(user) if alarms and user.has_perm("citizen_reports.view_report") else Report.objects.none()
    seen = set(reports.filter(pk__in=[alarm.report_id for alarm in alarms]).values_list("pk", flat=True))
    return [(alarm, alarm.report_id in seen) for alarm in alarms]


def _reports_waiting(user: User) -> Iterable[Report]:
    if not user.has_perm("citizen_reports.view_report"):
        return []
    waiting = desks.seen_by(user).filter(is_open=True, witness_waits=True).select_related("assigned_to")
    return waiting.order_by("-last_activity")[:SHOWN]


def _letters_open(user: User) -> Iterable[Edition]:
    """Letters that are on their way, that somebody must look at, or that some readers did not get."""
    if not user.has_perm("subscriptions.view_edition"):
        return []
    over = {Edition.State.DONE, Edition.State.CANCELLED}
    under_way = Q(state__in=[state for state in Edition.State if state not in over])  # what is over is nearly all
    missed = Q(created_at__gte=timezone.now() - REMEMBERED) & (Q(failed__gt=0) | Q(uncertain__gt=0))
    return Edition.objects.filter(under_way | missed).defer("html", "text")[:SHOWN]
