"""What ``/metrics`` says, in Prometheus' text format 0.0.4, as prometheus-client (the extra ``[metrics]``) writes it.

Labels are words of this code alone: nothing that readers, witnesses or staff typed, and never more of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Q
from django.utils import timezone
from prometheus_client import Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from articles import schedule
from citizen_reports.models.reports import Report, ReportState
from jobs.models import Chore
from newsroom.queues import LATE, QUEUES

__all__ = ["CONTENT_TYPE_PLAIN_0_0_4", "text"]

Samples = dict[tuple[str, ...], float]  # by the values of their labels
MOST = 100_000  # rows of a queue that are counted


def text() -> bytes:
    """All of it, as of now: a fixed number of queries, whatever waits."""
    return generate_latest(_Newsroom())


class _Newsroom(Collector):
    def collect(self) -> Iterator[Metric]:
        yield _gauge("disk_free_bytes", "Bytes free where DATA_DIR lies.", shutil.disk_usage(settings.DATA_DIR).free)
        try:
            waiting = list(_waiting())
        except DatabaseError:
            waiting = []
        yield _gauge("database_up", "1 when the database answers.", int(bool(waiting)))
        if apps.is_installed("pagecache"):
            yield from _pages(database_is_up=bool(waiting))
        yield from waiting


def _pages(*, database_is_up: bool) -> Iterator[Metric]:
    from pagecache import figures  # noqa: PLC0415  # has a model, which must be installed

    known = figures.figures() if database_is_up else figures.counted()
    answers = CounterMetricFamily(
        "newsroom_page_answers", "Answers of this host by where they came from, as X-Cache says.", labels=["outcome"]
    )
    for outcome, count in known.answers.items():
        answers.add_metric([outcome], count)
    yield answers
    yield _gauge("pages", "Finished pages kept as files.", known.pages)
    yield _gauge("pages_bytes", "Bytes of them, in all encodings.", known.size)
    purges = CounterMetricFamily("newsroom_purges", "Purges carried out on this host.")
    purges.add_metric([], known.purges)
    yield purges
    yield _gauge(
        "purges_looked_for_seconds", "Seconds since purges left over were last looked for.", known.seconds_since_look
    )
    if database_is_up:
        yield _gauge("purges_waiting", "Purges newer than that look; 1,000 at most.", known.waiting)
        yield _gauge("purges_untold", "Purges that a proxy in front was not told of; 1,000 at most.", known.untold)


def _waiting() -> Iterator[Metric]:
    """What stands in the database. Raises ``DatabaseError`` when it is away."""
    now = timezone.now()
    chores = list(Chore.objects.all())
    beat = next((chore.finished_at for chore in chores if chore.name == "beat"), None)
    yield _gauge(
        "worker_beat_age_seconds",
        "Seconds since a worker last gave a sign of life.",
        None if beat is None else (now - beat).total_seconds(),
    )
    overdue: Samples = {
        ("late",): sum(each.is_late() for each in chores),
        ("failing",): sum(each.failures > 0 for each in chores),
    }
    yield _by("chores", "Chores that are overdue, or failed last time.", ["state"], overdue)
    rows: Samples = {}
    for queue, (model, is_open) in QUEUES.items():
        due_at = model._default_manager.filter(is_open).order_by().values("due_at")[:MOST]
        counted = due_at.aggregate(
            open=Count("due_at"),
            due=Count("due_at", Q(due_at__lte=now)),
            late=Count("due_at", Q(due_at__lt=now - LATE)),
        )
        rows |= {(queue, state): count for state, count in counted.items()}
    yield _by(
        "queue_rows",
        "Rows of a queue: still open, of these due, of these due for two minutes; 100,000 at most.",
        ["queue", "state"],
        rows,
    )
    behind: Samples = {(state,): count for state, count in schedule.late_by_state().items()}
    yield _by("scheduled_changes", "Scheduled changes late or failed; 100 at most.", ["state"], behind)
    # Not before the desk was told: a history of this figure would keep the minute of an anonymous witness.
    unscreened = Report.objects.filter(state=ReportState.UNSCREENED, is_announced=True).order_by()[:MOST].count()
    yield _gauge("reports_awaiting", "Reports that nobody has looked at; 100,000 at most.", unscreened)


def _gauge(name: str, what: str, value: float | None) -> Metric:
    """A figure without labels; with no sample where there is nothing to say."""
    return _by(name, what, [], {} if value is None else {(): value})


def _by(name: str, what: str, labels: list[str], values: Samples) -> Metric:
    family = GaugeMetricFamily(f"newsroom_{name}", what, labels=labels)
    for these, value in values.items():
        family.add_metric(these, value)
    return family
