"""How many readers came and went, day by day: written by the worker, drawn by `subscriptions.audience.charts`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from articles.models.site import SiteSettings
from subscriptions.models.audience import DailyFigure
from subscriptions.models.people import Subscriber, Subscription, Suppression, Topic

Name = DailyFigure.Name


def write_down() -> int:
    """For the worker, hourly: today's figures and, since a day ends between two turns, yesterday's; how many."""
    zone = ZoneInfo(SiteSettings.load().newsroom_time_zone)
    today = timezone.localdate(timezone=zone)
    rows = [
        DailyFigure(day=day, name=name, count=count)
        for day in (today - timedelta(days=1), today)
        for name, count in _of(day, zone).items()
    ]
    active = Subscriber.objects.filter(Exists(_wants(OuterRef("pk"))), state=Subscriber.State.ACTIVE).count()
    rows.append(DailyFigure(day=today, name=Name.ACTIVE, count=active))
    DailyFigure.objects.bulk_create(rows, update_conflicts=True, unique_fields=["day", "name"], update_fields=["count"])
    return len(rows)


def _wants(reader: OuterRef) -> QuerySet[Subscription]:
    """What the reader gets letters about. Who has left everything is known still, and no reader any more."""
    return Subscription.objects.filter(subscriber=reader, state=Subscription.State.ACTIVE)


def _of(day: date, zone: ZoneInfo) -> dict[DailyFigure.Name, int]:
    begin = datetime.combine(day, time(), zone)
    hours = (begin, datetime.combine(day + timedelta(days=1), time(), zone))
    confirmed = Subscriber.objects.filter(confirmed_at__gte=hours[0], confirmed_at__lt=hours[1])
    # Not who only wants something else now, nor whose story has come to its end.
    gone = Subscription.objects.filter(
        ~Exists(_wants(OuterRef("subscriber"))),
        state=Subscription.State.LEFT, changed_at__gte=hours[0], changed_at__lt=hours[1],
    ).exclude(topic__kind=Topic.Kind.STORY)  # fmt: skip
    barred = Suppression.objects.filter(at__gte=hours[0], at__lt=hours[1])
    erased = barred.filter(reason=Suppression.Reason.ERASURE).count()
    bounced = barred.filter(reason__in=[Suppression.Reason.HARD, Suppression.Reason.COMPLAINT])
    return {
        Name.CONFIRMED: confirmed.count(),
        Name.LEFT: gone.order_by().values("subscriber").distinct().count() + erased,
        Name.BOUNCED: bounced.count(),
    }
