"""Counts that a story was read, without knowing by whom, and without a query for each reader.

A process counts in its memory and writes every half minute, and when it ends. What a killed process had not written yet
is lost: half a minute of a figure that nobody settles accounts with.
"""

from __future__ import annotations

import logging
import threading
from array import array
from collections import Counter
from datetime import datetime, timedelta

from django.db import Error, close_old_connections, connection, connections
from django.db.models import Q, Sum
from django.utils import timezone

from articles.models.published import PublishedArticle
from articles.models.reads import StoryReads
from articles.models.site import SiteSettings
from safeguards import limits

log = logging.getLogger(__name__)
WRITTEN_EVERY = 30.0  # seconds
STORIES = 2_000  # different ones between two writings; whatever a flood of numbers names, no more are remembered
# Reads that count in an hour from one neighbourhood of the network: of all stories, of one. A camp or a college, even a
# whole mobile network, may be one neighbourhood; and one neighbour alone must not make a list.
FROM_ONE, OF_ONE = 300, 30
_CELLS = 1 << 16

_ADD = """
    INSERT INTO articles_storyreads (article_number, hour, count) VALUES {rows}
    ON CONFLICT (article_number, hour) DO UPDATE SET count = articles_storyreads.count + excluded.count
"""


class Tally:
    """What this process has counted and not written yet. Safe for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[int, datetime]] = Counter()
        self._forget_neighbours(None)

    def count(self, number: int, *, address: str) -> bool:
        """One more read of that story, from that network address, of which nothing is kept. False if it was too many.

        Whether there is such a story, `write` finds out.
        """
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        of_all, of_this = limits.bucket("reads", address), limits.bucket(f"reads {number}", address)
        with self._lock:
            if hour != self._hour:
                self._forget_neighbours(hour)
            if not (_is_within(self._of_all, of_all, FROM_ONE) and _is_within(self._of_one, of_this, OF_ONE)):
                return False
            if (number, hour) not in self._counts and len(self._counts) >= STORIES:
                return False
            self._counts[number, hour] += 1
        return True

    def _forget_neighbours(self, hour: datetime | None) -> None:
        # As many cells as there are, however many neighbours: two that share one share its limit, and no cell can be
        # traced back to anybody.
        self._hour = hour
        self._of_all, self._of_one = array("H", bytes(2 * _CELLS)), array("H", bytes(2 * _CELLS))

    def write(self) -> int:
        """Adds what was counted to the rows, in one statement; how many reads. Unknown numbers are dropped.

        Raises ``django.db.Error``; the counts then wait for the next time.
        """
        with self._lock:
            taken, self._counts = self._counts, Counter()
        if not taken:
            return 0
        try:
            numbers = {number for number, _hour in taken}
            known = PublishedArticle.objects.filter(pk__in=numbers).values_list("pk", flat=True)
            wanted = set(known) if SiteSettings.load().counts_reads else set()
            # In one order, so that two processes never wait for each other's rows in a circle.
            rows = sorted((number, hour, count) for (number, hour), count in taken.items() if number in wanted)
            if rows:
                _add(rows)
        except Error:
            with self._lock:
                self._counts.update(taken)
            raise
        return sum(count for _number, _hour, count in rows)


def _is_within(cells: array[int], bucket: str, most: int) -> bool:
    cell = int(bucket[:8], 16) % _CELLS
    if cells[cell] >= most:
        return False
    cells[cell] += 1
    return True


def _add(rows: list[tuple[int, datetime, int]]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    values = [value for number, hour, count in rows for value in (number, adapt(hour), count)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=", ".join(["(%s, %s, %s)"] * len(rows))), values)


tally = Tally()


def start() -> None:
    """Writes what this process counts, in a thread, for as long as it runs, and once more when it ends."""
    threading.Thread(target=_write_for_ever, name="reads").start()


def _write_for_ever() -> None:
    # No daemon: the interpreter waits for this thread, which sees the main one end and writes a last time.
    main = threading.main_thread()
    while main.is_alive():
        main.join(WRITTEN_EVERY)
        try:
            tally.write()
        except Error as error:
            log.warning("reads wait to be written: %s", type(error).__name__)
        close_old_connections()
    connections.close_all()


def reads_of(numbers: list[int]) -> dict[int, tuple[int, int]]:
    """How often each of these stories was read in the last day and in the last seven, by number; one query.

    What nobody read is missing.
    """
    now = timezone.now()
    day, week = Q(hour__gt=now - timedelta(days=1)), Q(hour__gt=now - timedelta(days=7))
    rows = StoryReads.objects.filter(week, article_number__in=numbers).values("article_number")
    sums = rows.annotate(in_day=Sum("count", filter=day, default=0), in_week=Sum("count"))
    return {row["article_number"]: (row["in_day"], row["in_week"]) for row in sums}
