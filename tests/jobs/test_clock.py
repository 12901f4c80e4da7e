"""Clocks that jump: nothing is done for a wrong date, and nothing waits for a date that was taken back."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs import chores, clock, queues
from jobs.models import Chore

DAY = 24 * 3600.0


class Times:
    """Both clocks of a machine, as a test sets them."""

    def __init__(self) -> None:
        self.wall, self.elapsed = 1_000_000.0, 500.0
        self.clock = clock.Clock(lambda: self.wall, lambda: self.elapsed)

    def go_on(self, seconds: float, *, jump: float = 0) -> bool:
        self.wall += seconds + jump
        self.elapsed += seconds
        return self.clock.is_believed()


def test_a_jump_forward_is_doubted_for_an_hour_and_then_believed() -> None:
    times = Times()
    assert times.go_on(10)
    assert not times.go_on(1, jump=30 * DAY)
    assert not times.go_on(clock.DOUBT - 2)
    assert times.go_on(3)
    assert times.go_on(DAY)


def test_a_jump_that_is_taken_back_is_over_at_once_and_the_next_is_doubted_again() -> None:
    times = Times()
    assert not times.go_on(1, jump=30 * DAY)
    assert times.go_on(1, jump=-30 * DAY)
    assert not times.go_on(clock.DOUBT, jump=30 * DAY)
    assert not times.go_on(clock.DOUBT - 1)


def test_small_corrections_jumps_back_and_a_machine_that_slept_are_believed() -> None:
    times = Times()
    assert times.go_on(1, jump=clock.JUMP - 1)
    assert times.go_on(1, jump=-DAY)
    assert times.go_on(30 * DAY)
    assert all(times.go_on(60, jump=1) for _minute in range(10_000)), "it runs fast, and is not set"


def test_a_thread_that_sees_the_jump_taken_back_waits_for_the_one_that_doubts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times, believed = Times(), []
    other = threading.Thread(target=lambda: believed.append(times.clock.is_believed()))

    def meanwhile(*_about: object) -> None:
        times.wall -= 30 * DAY
        other.start()
        other.join(0.2)  # long enough, where nothing holds it

    monkeypatch.setattr(clock.log, "error", meanwhile)
    assert not times.go_on(1, jump=30 * DAY)
    other.join(60)
    assert believed == [True]


@pytest.mark.django_db
def test_chores_that_were_due_in_a_time_that_was_taken_back_are_due_now(monkeypatch: pytest.MonkeyPatch) -> None:
    chores.ensure_rows()
    name = "clear expired sessions"
    now = timezone.now()
    Chore.objects.update(due_at=now + timedelta(hours=23))  # as one that is done daily may be
    Chore.objects.filter(name="beat").update(due_at=now + timedelta(minutes=30))
    assert chores.set_back() == Chore.objects.exclude(name__in=["beat", *daily()]).count()
    Chore.objects.filter(name=name).update(due_at=now + timedelta(days=30))
    Chore.objects.filter(name="beat").update(lease_by="dead", lease_until=now + timedelta(days=30))
    assert chores.set_back() == 2
    assert chores.claim("beat", "worker")
    assert chores.claim(name, "worker")


def daily() -> list[str]:
    return [name for name, job in chores.registered.items() if job.every >= timedelta(days=1)]


@pytest.mark.parametrize("believed", [True, False])
@pytest.mark.django_db(transaction=True)
def test_workers_do_nothing_while_the_clock_is_doubted(monkeypatch: pytest.MonkeyPatch, believed: bool) -> None:
    stop, done = threading.Event(), []
    looks = {name: threading.Semaphore(0) for name in ("queue", "chores")}  # of each thread, by its name

    def is_believed() -> bool:
        looks[threading.current_thread().name].release()
        return believed

    def turn(name: str) -> Callable[..., int]:
        def take(*_about: object) -> int:
            done.append(name)
            return 0

        return take

    monkeypatch.setattr(clock.here, "is_believed", is_believed)
    monkeypatch.setattr(queues, "registered", {"queue": turn("queue")})
    monkeypatch.setattr(chores, "registered", {})
    monkeypatch.setattr(chores, "run_due", turn("chores"))
    (thread,) = queues.start("worker", stop, pause=0.01)

    def work() -> None:
        chores.run_for_ever("worker", stop, pause=0.01)
        connection.close()

    worker = threading.Thread(target=work, name="chores")
    worker.start()
    for each in [*looks.values()] * 2:
        assert each.acquire(timeout=60)
    stop.set()
    thread.join(60)
    worker.join(60)
    assert (set(done) == {"queue", "chores"}) is believed
    assert bool(done) is believed
