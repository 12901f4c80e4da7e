"""What waits for the clock: the rows, which of them are late, and what becomes of them when people are quicker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models.audit import record
from articles.models.desk import Article
from articles.models.workflow import ScheduledChange

if TYPE_CHECKING:
    from accounts.models import User

Verb, State = ScheduledChange.Verb, ScheduledChange.State
GRACE = timedelta(minutes=2)  # what is done within it counts as on time
CANCELLED = gettext_noop("schedule cancelled")
PUBLICATIONS = (Verb.PUBLISH, Verb.UPDATE)


def waiting(article: int) -> models.QuerySet[ScheduledChange]:
    """What the clock is still to do to the story, the earliest first."""
    return ScheduledChange.objects.filter(article=article, state=State.WAITING).order_by("at", "pk")


def upcoming(until: datetime) -> models.QuerySet[ScheduledChange]:
    """All that waits until that moment, the earliest first, with its story. Bound it before you read it."""
    found = ScheduledChange.objects.filter(state=State.WAITING, at__lt=until).order_by("at", "pk")
    return found.select_related("article__section__parent", "created_by").defer("article__body")


def late() -> models.QuerySet[ScheduledChange]:
    """What should have happened and has not: waiting for more than two minutes past its time, or failed.

    A failed one stays here until the story is published or scheduled anew, or somebody dismisses it (cancels it).
    The longest late first, with its story. Bound it before you read it.
    """
    found = ScheduledChange.objects.filter(late_ones()).order_by("at", "pk")
    return found.select_related("article__section__parent", "created_by").defer("article__body")


def late_ones() -> Q:
    """The condition of `late`, as of now; an index answers it."""
    return Q(state=State.WAITING, at__lt=timezone.now() - GRACE) | Q(state=State.FAILED)


def late_by_state() -> dict[str, int]:
    """How many are late and how many have failed, each counted to a hundred at most."""
    overdue = ScheduledChange.objects.filter(state=State.WAITING, at__lt=timezone.now() - GRACE)
    return {"late": overdue[:100].count(), "failed": ScheduledChange.objects.filter(state=State.FAILED)[:100].count()}


def was_late(change: ScheduledChange) -> bool:
    """Done, and more than two minutes after its time."""
    return bool(change.state == State.DONE and change.finished_at and change.finished_at > change.at + GRACE)


def settle(article: Article, verbs: Iterable[str], *, actor: User | None, why: str) -> list[ScheduledChange]:
    """Cancels what waits or has failed of these verbs, since it is done already or has become pointless.

    Called by whoever holds the story's row. `why` is a msgid that the panel shows. Gives what was still waiting.
    """
    found = list(
        ScheduledChange.objects.filter(
            article=article, verb__in=[*verbs], state__in=(State.WAITING, State.FAILED)
        ).select_related("created_by")
    )
    if not found:
        return []
    ScheduledChange.objects.filter(pk__in=[change.pk for change in found]).update(
        state=State.CANCELLED, finished_at=timezone.now(), error=why, lease_by="", lease_until=None
    )
    given_up = [change for change in found if change.state == State.WAITING]
    for change in given_up:
        record(actor=actor, verb=CANCELLED, thing=article, what=change.verb, at=change.at.isoformat(), note=why)
        notices.tell(
            [change.created_by] if change.created_by else [],
            gettext_noop("What you had scheduled for “%(story)s” is cancelled."),
            url=reverse("admin:articles_article_change", args=[article.pk]), actor=actor, story=str(article),
        )  # fmt: skip
    return given_up
