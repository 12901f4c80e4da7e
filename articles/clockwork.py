"""Carries out what is scheduled, each row once, whatever becomes of the worker; and calls when something is late.

Any number of workers may run. A row is claimed alone and for a short time; the claim is given up in the transaction
that does the work, so that a worker that was too slow, or was killed, leaves either everything or nothing.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from accounts import notices
from accounts.models import User
from accounts.models.audit import record
from accounts.roles import Role
from articles import actions, schedule
from articles.clocks import Zones, on_both_clocks
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.models.workflow import ScheduledChange
from articles.problems import DeskProblem
from jobs import leases

log = logging.getLogger(__name__)
Verb, State = ScheduledChange.Verb, ScheduledChange.State
LEASE = timedelta(seconds=30)  # many times what a publication takes; what a killed worker costs
# What may pass by itself: a locked or absent database, a full disk.
PASSING = (OperationalError, InterfaceError, OSError)
STEPS = tuple(timedelta(seconds=each) for each in (3, 10, 30, 60, 120, 300, 600, 1200))
MOST_ATTEMPTS = 3 * len(STEPS)  # of which most ended without a word: the worker died over it
TOLD_AT_ONCE = 50
FAILED = gettext_noop("schedule failed")


def turn(worker: str, stop: threading.Event) -> int:
    """Carries out what is due until nothing is, or `stop` is set; how many rows were worked on."""
    done = 0
    try:
        _mend()
        while not stop.is_set():
            change = _next(worker)
            if not change:
                break
            _try(change, worker)
            done += 1
    except PASSING:
        log.warning("the schedule cannot be worked off just now; trying again")
    return done


def due() -> models.QuerySet[ScheduledChange]:
    """What waits, except what something earlier of the same story still stands before. (`leases.claim` looks when.)"""
    rows = ScheduledChange.objects.filter(state=State.WAITING)
    earlier = rows.filter(article=OuterRef("article")).filter(
        Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
    )
    return rows.filter(~Exists(earlier))


def _next(worker: str) -> ScheduledChange | None:
    # First a look, which takes no lock: on SQLite a claim is one writer's turn, and this comes every second.
    if not ScheduledChange.objects.filter(state=State.WAITING, due_at__lte=timezone.now()).exists():
        return None
    claimed = leases.claim(due(), worker=worker, limit=1, lease=LEASE)
    return claimed[0] if claimed else None


def _mend() -> None:
    """After the machine's clock was put back, a claim or a next try would lie far ahead: they are forgotten."""
    now = timezone.now()
    ahead = ScheduledChange.objects.filter(state=State.WAITING, at__lte=now).filter(
        Q(lease_until__gt=now + 2 * LEASE) | Q(due_at__gt=now + 2 * STEPS[-1])
    )
    if ahead.exists():
        ahead.update(lease_by="", lease_until=None, due_at=F("at"))


def _try(change: ScheduledChange, worker: str) -> None:
    if change.attempts > MOST_ATTEMPTS:
        _fail(change, worker, gettext_noop("It was tried many times, and each time something broke."))
        return
    setter = change.created_by
    try:
        # What is refused is said in the language and on the clock of whoever set it.
        with (
            override(setter.language if setter else None),
            timezone.override(ZoneInfo(setter.time_zone) if setter else None),
        ):
            try:
                _carry_out(change, worker)
            except DeskProblem as problem:
                _fail(change, worker, str(problem))
    except PASSING as error:
        log.warning("scheduled change %s: %s; trying again", change.pk, type(error).__name__)
        again = leases.again_at(change.attempts, STEPS)
        words = f"{type(error).__name__}: {error}"[:500]
        if again:
            leases.finish(change, worker=worker, due_at=again, error=words)
        else:
            _fail(change, worker, words)
    except Exception as error:  # a worker's loop: one bad story must not stop the others
        log.exception("scheduled change %s failed", change.pk)
        _fail(change, worker, f"{type(error).__name__}: {error}")


@transaction.atomic
def _carry_out(change: ScheduledChange, worker: str) -> None:
    # The story's row first, as everybody takes it; then the claim, which is gone if somebody was quicker.
    Article.objects.select_for_update().get(pk=change.article_id)
    if not leases.finish(change, worker=worker, state=State.DONE, finished_at=timezone.now(), error=""):
        return
    number, setter = change.article_id, change.created_by
    # What has come to stand in the way since, such as a consent withdrawn, nobody has set aside.
    chiefs: dict[str, Any] = {"override": change.override, "known": change.set_aside}
    if change.verb == Verb.PUBLISH:
        actions.publish(number, actor=setter, options=change.options, frozen=change.revision, **chiefs)
    elif change.verb == Verb.UPDATE:
        actions.update(number, actor=setter, frozen=change.revision, **chiefs)
    else:
        actions.withdraw(number, actor=setter, note=change.note, by_clock=True)


@transaction.atomic
def _fail(change: ScheduledChange, worker: str, words: str) -> None:
    """Gives it up, and says so to the desk at once."""
    now = timezone.now()
    values = {"state": State.FAILED, "finished_at": now, "warned_at": now, "error": words[:500]}
    if leases.finish(change, worker=worker, **values):
        record(actor=None, verb=FAILED, thing=change.article, what=change.verb, error=words[:300])
        _tell(
            change, gettext_noop("The clock could not do this to “%(story)s”, due at %(at)s: %(why)s"), why=words[:300]
        )


def tell_of_late() -> int:
    """Tells whoever set it, whoever has the story, and the chiefs, once, of each change that is late; of how many."""
    late = ScheduledChange.objects.filter(
        state=State.WAITING, at__lt=timezone.now() - schedule.GRACE, warned_at=None
    ).order_by("at", "pk")
    told = 0
    for change in late.select_related("article", "created_by")[:TOLD_AT_ONCE]:
        with transaction.atomic():
            # Only one worker gets through here.
            if late.filter(pk=change.pk).update(warned_at=timezone.now()):
                _tell(change, gettext_noop("“%(story)s” is late: it was to be done by the clock at %(at)s."))
                told += 1
    return told


def _tell(change: ScheduledChange, message: str, why: str = "") -> None:
    article = change.article
    near = Q(pk__in={change.created_by_id, article.created_by_id, article.assignee_id} - {None})
    notices.tell(
        User.objects.filter(near | Q(role=Role.CHIEF), is_active=True), message, urgent=True,
        url=reverse("admin:articles_article_schedule", args=[article.pk]),
        story=str(article), at=on_both_clocks(change.at, Zones.of(SiteSettings.load())), why=why,
    )  # fmt: skip
