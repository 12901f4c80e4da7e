"""How the page store of this host is doing: for ``/health/`` and ``/metrics``."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from pagecache.following import KEPT, last_look
from pagecache.host import here
from pagecache.models import Purge

PATIENCE = timedelta(minutes=1)
_MOST = 1_000  # purges counted


class Figures(NamedTuple):
    """`answers` counts by where they came from (`pagecache.wrapper`), of all processes, since the machine started; the
    last few hits of each may be missing. Ages are seconds; None: never, or there is none.
    """

    answers: dict[str, int]
    pages: int | None  # as files; None: their index cannot be read
    size: int | None  # bytes
    purges: int  # carried out on this host, ever
    seconds_since_look: float | None  # since the follower last saw to it that nothing is left over
    waiting: int  # purges that it has not seen yet, a thousand at most
    longest_waiting: float | None
    untold: int  # purges that a proxy in front still has to be told of
    longest_untold: float | None

    @property
    def kept_share(self) -> float | None:
        """Of the pages that might have come from store, the part that did; None before the first."""
        kept = self.answers["hit"] + self.answers["file"] + self.answers["stale"]
        asked = kept + self.answers["miss"] + self.answers["busy"]
        return kept / asked if asked else None

    @property
    def is_late(self) -> bool:
        """Whether readers of this host, or of a proxy, may still be served what was purged a minute ago."""
        oldest = max(self.longest_waiting or 0, self.longest_untold or 0)
        return oldest > PATIENCE.total_seconds()


def figures() -> Figures:
    """As of now. One query, a second one where there are proxies. ``DatabaseError`` when the database is away."""
    kept_since, look = timezone.now() - KEPT, last_look()
    waiting = _moments(Purge.objects.filter(at__gt=max(kept_since, look or kept_since)).order_by("at"))
    untold = _moments(Purge.objects.filter(told_at=None).order_by("pk")) if settings.VARNISH_URLS else []
    return counted()._replace(
        waiting=len(waiting), longest_waiting=_longest(waiting), untold=len(untold), longest_untold=_longest(untold)
    )


def counted() -> Figures:
    """What this host knows without its database: all but the purges that wait."""
    host = here()
    pages: int | None = None
    size: int | None = None
    with suppress(sqlite3.Error):  # a full disk, mostly; other figures say so
        pages, size = host.files.figures()
    look = last_look()
    since = None if look is None else _seconds_since(look)
    return Figures(host.answers(), pages, size, host.generations.epoch, since, 0, None, 0, None)


def _moments(rows: QuerySet[Purge]) -> list[datetime]:
    return list(rows.values_list("at", flat=True)[:_MOST])


def _longest(moments: list[datetime]) -> float | None:
    return _seconds_since(moments[0]) if moments else None


def _seconds_since(moment: datetime) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds())
