"""Old plain saves grow thinner: of each hour, later of each day, the last copy stays. Milestones stay for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from articles.models.revisions import Revision
from articles.models.workflow import ScheduledChange

BATCH = 500


def thin_revisions() -> int:
    """Deletes what the settings no longer keep, some hundred rows a statement; how many. For the worker.

    All copies are kept for ``REVISIONS_KEEP_ALL_DAYS`` (0: for ever), then the last of each hour for
    ``REVISIONS_KEEP_HOURLY_DAYS``, then the last of each day.
    """
    if not settings.REVISIONS_KEEP_ALL_DAYS:
        return 0
    now = timezone.now()
    hourly_from = now - timedelta(days=settings.REVISIONS_KEEP_ALL_DAYS)
    daily_from = min(hourly_from, now - timedelta(days=settings.REVISIONS_KEEP_HOURLY_DAYS))
    return _thin(TruncHour, before=hourly_from) + _thin(TruncDay, before=daily_from)


def _thin(span: type[TruncHour | TruncDay], *, before: datetime) -> int:
    """One walk through the rows; each batch is a transaction of its own, so that nobody waits for the whole."""
    superfluous = _superfluous(span, before=before)
    last = thinned = 0
    while batch := list(superfluous.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        # Asked once more: what was a plain save when we looked may be published or scheduled by now.
        thinned += superfluous.filter(pk__in=batch).delete()[0]
        last = batch[-1]
    return thinned


def _superfluous(span: type[TruncHour | TruncDay], *, before: datetime) -> QuerySet[Revision]:
    """Plain saves whose next copy of the same story came in the same hour or day (UTC), both older than `before`."""
    later = Revision.objects.filter(article=OuterRef("article"), number__gt=OuterRef("number")).order_by("number")
    waiting = ScheduledChange.objects.filter(article=OuterRef("article"), revision=OuterRef("number"))
    return (
        Revision.objects.filter(verb=Revision.Verb.SAVED, created_at__lt=before)
        .exclude(Q(number=F("article__latest_revision")) | Q(number=F("article__live_revision")))
        .annotate(next_at=Subquery(later.values("created_at")[:1]))
        .filter(next_at__lt=before)
        .annotate(span=span("created_at", tzinfo=UTC), next_span=span("next_at", tzinfo=UTC))
        .filter(~Exists(waiting), span=F("next_span"))
    )
