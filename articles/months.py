"""Months by newsroom time: the archive, the sitemaps and the store of finished pages count in them."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo


def bounds(year: int, month: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a month and that of the next."""
    start = datetime(year, month, 1, tzinfo=zone)
    return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)


def back_from(last: datetime, first: datetime) -> Iterator[tuple[int, int]]:
    """Year and month of every month from that of `last` back to that of `first`, both by the same clock."""
    year, month = last.year, last.month
    while (year, month) >= (first.year, first.month):
        yield year, month
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
