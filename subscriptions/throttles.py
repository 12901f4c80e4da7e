"""How many letters may go in a minute: by the route, and to each mail provider. Token buckets that all workers share.

A bucket holds what flows into it in ten seconds, so a new letter begins at once and then goes on evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subscriptions.models.deliveries import Throttle

ROUTE = "route"
BURST = timedelta(seconds=10)
KEPT = timedelta(days=1)


def route_rate() -> int:
    """Letters a minute by the route; 0: as many as go."""
    return int(settings.MAIL_PER_MINUTE)


def domain_rate(domain: str) -> int:
    """Letters a minute to one mail provider: its own figure, else that of ``*``; 0: as many as go."""
    rates: dict[str, int] = settings.MAIL_PER_DOMAIN_PER_MINUTE
    return rates.get(domain, rates.get("*", 0))


def interval(rate: int) -> timedelta:
    return timedelta(minutes=1) / rate


@transaction.atomic
def take(wanted: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Takes tokens out of buckets. `wanted`: name → (how many, rate a minute). Returns how many there were of each."""
    now = timezone.now()
    names = sorted(wanted)
    held = {row.name: row for row in Throttle.objects.select_for_update().filter(name__in=names).order_by("name")}
    found, rows = {}, []
    for name in names:
        many, rate = wanted[name]
        tokens = room = max(1.0, rate * (BURST / timedelta(minutes=1)))
        if row := held.get(name):
            flown = max(timedelta(), now - row.at) / timedelta(minutes=1) * rate
            tokens = min(room, row.tokens + flown)
        found[name] = min(many, int(tokens + 1e-6))
        rows.append(Throttle(name=name, tokens=tokens - found[name], at=now))
    Throttle.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["tokens", "at"])
    return found


@transaction.atomic
def give_back(name: str, many: int) -> None:
    """Tokens that were taken and not used."""
    row = Throttle.objects.select_for_update().filter(name=name).first()
    if row and many:
        row.tokens += many
        row.save(update_fields=["tokens"])


def by_domain(domains: Iterable[str]) -> dict[str, int]:
    """How many letters may go to each mail provider now, out of as many as it occurs; only those with a limit."""
    wanted: dict[str, tuple[int, int]] = {}
    for domain in domains:
        if rate := domain_rate(domain):
            many, _rate = wanted.get(f"@{domain}", (0, rate))
            wanted[f"@{domain}"] = many + 1, rate
    return {name[1:]: count for name, count in take(wanted).items()} if wanted else {}


def forget() -> int:
    """For the worker, daily: buckets that nobody used are full again anyhow; how many went."""
    return Throttle.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
