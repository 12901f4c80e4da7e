"""Chores: named functions that the worker calls at intervals. Any number of workers may run; each turn is done once."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, close_old_connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from jobs import clock, queues
from jobs.models import Chore

log = logging.getLogger(__name__)
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
LONGEST_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    """A chore's function, how often it is due, and the longest that one turn may take."""

    name: str
    run: Callable[[], object]
    every: timedelta
    lease: timedelta
    is_apart: bool = False


registered: dict[str, Job] = {}


def register(
    name: str,
    run: Callable[[], object],
    *,
    every: timedelta,
    lease: timedelta = timedelta(minutes=5),
    is_apart: bool = False,
) -> None:
    """Called from `AppConfig.ready`. `run` takes nothing, must bear being run twice, and ends within `lease`.

    One that asks somebody else's server is done apart, in a thread of its own: however long that server is silent, the
    others go on. And the pauses after failures are short, since such a server comes back.
    """
    registered[name] = Job(name, run, every, lease, is_apart)
    if is_apart:
        queues.register(name, lambda worker, stop: int(run_one(name, worker)))


def ensure_rows() -> None:
    """A row for each registered chore; those of chores that are no longer registered go."""
    Chore.objects.bulk_create([Chore(name=name) for name in registered], ignore_conflicts=True)
    Chore.objects.exclude(name__in=registered).delete()


def hasten(name: str) -> None:
    """The chore is due now; one that is being done stays as it is, and comes as it would."""
    Chore.objects.filter(name=name, due_at__gt=timezone.now()).update(due_at=timezone.now())


def set_back() -> int:
    """Chores due, or claimed, for later than any can be, since the clock was set back, are due now; how many."""
    now, freed = timezone.now(), 0
    far = Chore.objects.filter(Q(due_at__gt=now + BACK_OFF[-1]) | Q(lease_until__gt=now + BACK_OFF[-1]))
    for chore in far.filter(name__in=registered):
        job = registered[chore.name]
        latest = now + max(job.every, BACK_OFF[-1]) + job.lease
        if max(chore.due_at, chore.lease_until or now) > latest:
            unchanged = Chore.objects.filter(pk=chore.pk, due_at=chore.due_at, lease_until=chore.lease_until)
            freed += unchanged.update(due_at=now, lease_by="", lease_until=None)
    return freed


def claim(name: str, worker: str) -> bool:
    """Takes the chore for `worker` if it is due and free; False when another was first or it is not yet time."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return bool(
        Chore.objects.filter(free, name=name, due_at__lte=now).update(
            lease_by=worker, lease_until=now + registered[name].lease, started_at=now
        )
    )


def run_one(name: str, worker: str) -> bool:
    """One turn of a chore, if it is due. True when it was done here, well or badly.

    A failure is logged and kept in the row, and the chore comes due again after 30 s, 2 min, 10 min, then hourly.
    """
    if not claim(name, worker):
        return False
    job = registered[name]
    mine = Chore.objects.filter(name=name, lease_by=worker)
    try:
        job.run()
    except Exception as error:  # a worker's loop: one bad chore must not stop the others
        log.exception("chore failed", extra={"chore": name})
        with transaction.atomic():
            failures = Chore.objects.values_list("failures", flat=True).get(name=name)
            wait = BACK_OFF[min(failures, len(BACK_OFF) - 1)]
            wait = min(wait, LONGEST_APART) if job.is_apart else wait
            mine.update(
                lease_by="", lease_until=None, due_at=timezone.now() + wait,
                failures=F("failures") + 1, error=_told(error),
            )  # fmt: skip
        return True
    now = timezone.now()
    mine.update(lease_by="", lease_until=None, due_at=now + job.every, finished_at=now, failures=0, error="")
    return True


def _told(error: Exception) -> str:
    """What the row keeps of a failure: what a database says may hold what people wrote, so of that the kind alone."""
    kind = type(error).__name__
    return kind if isinstance(error, Error) else f"{kind}: {error}"[:500]


def run_due(worker: str) -> int:
    """One turn of every chore that is due and not done apart, as a queue; how many were done here."""
    return sum(run_one(name, worker) for name, job in registered.items() if not job.is_apart)


def run_for_ever(worker: str, stop: threading.Event, *, pause: float = 1.0) -> None:
    """The worker's loop, until `stop` is set. A database that is away is waited for."""
    while not stop.is_set():
        try:
            close_old_connections()
            ensure_rows()
            while not stop.is_set():
                if clock.here.is_believed():
                    set_back()
                    run_due(worker)
                close_old_connections()
                stop.wait(pause)
        except Error:
            log.warning("the database does not answer; trying again")
            stop.wait(5)
