"""The reader's own clock: when a letter of that hour comes, when nothing may, and what the database can ask of it.

Conditions are for querysets of `Subscriber`. Databases do not all know time zones, so the few zones in use are looked
at here, at one moment, and named in the condition.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from articles.clocks import around_gap, instants
from subscriptions.models.people import Subscriber

DAY = timedelta(days=1)
REGIONS = {
    "Africa": _("Africa"),
    "America": _("The Americas"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("The Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("The Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("The Indian Ocean"),
    "Pacific": _("The Pacific"),
}
_NOBODY = Q(pk__in=[])


def moment(day: date, hour: int, zone: str) -> datetime:
    """When clocks of the zone show that hour on that day (UTC).

    Where they skip it, the first minute after; where they show it twice, the first time.
    """
    wall, place = datetime.combine(day, time(hour)), ZoneInfo(zone)
    found = instants(wall, place) or instants(around_gap(wall, place)[1], place)
    return found[0]


def next_at(hour: int, zone: str, now: datetime) -> datetime:
    """The next moment after `now` at which clocks of the zone show that full hour (UTC)."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return next(at for at in (moment(today + DAY * days, hour, zone) for days in range(3)) if at > now)


def is_quiet(reader: Subscriber, now: datetime) -> bool:
    """Nothing may wake the reader at this moment."""
    start, end = reader.quiet_from, reader.quiet_until
    if start is None or end is None:
        return False
    hour = now.astimezone(ZoneInfo(reader.time_zone)).hour
    return start <= hour < end if start < end else hour >= start or hour < end


def is_paused(reader: Subscriber, now: datetime) -> bool:
    """The reader wants no letters yet: her own day is before `paused_until`."""
    return bool(reader.paused_until and reader.paused_until > now.astimezone(ZoneInfo(reader.time_zone)).date())


def wakes_at(reader: Subscriber, now: datetime) -> datetime:
    """When a letter may come to the reader at the earliest: now, or at the end of her quiet hours."""
    if not is_quiet(reader, now) or reader.quiet_until is None:
        return now
    return next_at(reader.quiet_until, reader.time_zone, now)


def quiet(now: datetime) -> Q:
    """The condition on readers for whom these are quiet hours; one query beforehand, on an index of its own."""
    hours = defaultdict(list)
    for zone in _zones(Subscriber.objects.filter(quiet_until__isnull=False)):
        hours[now.astimezone(ZoneInfo(zone)).hour].append(zone)
    found = _NOBODY
    for hour, zones in hours.items():
        over_day = Q(quiet_from__lt=F("quiet_until"), quiet_from__lte=hour, quiet_until__gt=hour)
        over_night = Q(quiet_from__gt=F("quiet_until")) & (Q(quiet_from__lte=hour) | Q(quiet_until__gt=hour))
        found |= Q(time_zone__in=zones) & (over_day | over_night)
    return found


def due_at(now: datetime) -> Combinable:
    """For each reader when a letter of this moment may come: now, or the end of her quiet hours; as `wakes_at`."""
    at_end = defaultdict(list)
    sleepers = Subscriber.objects.filter(quiet_until__isnull=False).order_by()
    pairs = sleepers.values_list("time_zone", "quiet_until").distinct()
    for zone, hour in pairs:
        if hour is not None:
            at_end[hour, next_at(hour, zone, now)].append(zone)
    ends = [
        When(time_zone__in=zones, quiet_until=hour, then=Value(end, DateTimeField()))
        for (hour, end), zones in at_end.items()
    ]
    # Who sleeps is asked once, and not again for each hour at which somebody wakes: the statement would grow with both.
    awake = Value(now, DateTimeField())
    wakes = Case(*ends, default=awake, output_field=DateTimeField())
    return Case(When(quiet(now), then=wakes), default=awake, output_field=DateTimeField())


def paused(now: datetime) -> Q:
    """The condition on readers who want no letters yet; one query beforehand, on an index of its own."""
    days = defaultdict(list)
    for zone in _zones(Subscriber.objects.filter(paused_until__isnull=False)):
        days[now.astimezone(ZoneInfo(zone)).date()].append(zone)
    found = _NOBODY
    for day, zones in days.items():
        found |= Q(time_zone__in=zones, paused_until__gt=day)
    return found


def _zones(readers: QuerySet[Subscriber]) -> list[str]:
    return list(readers.order_by().values_list("time_zone", flat=True).distinct())


@cache
def _cities() -> dict[str, list[tuple[str, str]]]:
    """By region of the world: zones and their cities, of those that are named after a city."""
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(available_timezones()):
        region, _slash, place = name.partition("/")
        if region in REGIONS and place:
            grouped[region].append((name, place.replace("_", " ").replace("/", " – ")))
    return dict(grouped)


def zone_choices(*, besides: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by part of the world, each with its city, for a select; `besides` is among them in any case."""
    named = [(str(REGIONS[region]), cities) for region, cities in _cities().items()]
    known = {name for _region, cities in named for name, _city in cities}
    return [*named, ("UTC", [(name, name) for name in sorted({"UTC", besides} - known)])]
