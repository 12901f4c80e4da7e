"""Chores: each turn is done once, however many workers there are; a bad one waits longer and longer, and is seen."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone

from jobs import chores, queues
from jobs.models import Chore

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def no_chores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "registered", {})


def chore(run: Callable[[], object], name: str = "water the plants", **times: Any) -> Chore:
    chores.register(name, run, **{"every": HOUR, **times})
    chores.ensure_rows()
    return Chore.objects.get(name=name)


@pytest.mark.django_db
def test_a_turn_is_done_when_due_and_then_not_before_its_time() -> None:
    done: list[str] = []
    row = chore(lambda: done.append("watered"))
    assert [chores.run_due("one"), chores.run_due("one")] == [1, 0]
    row.refresh_from_db()
    assert done == ["watered"]
    assert row.finished_at is not None and row.lease_by == ""
    assert HOUR - timedelta(minutes=1) < row.due_at - timezone.now() <= HOUR


@pytest.mark.django_db
def test_another_worker_leaves_a_claimed_chore_alone_until_the_lease_runs_out() -> None:
    row = chore(lambda: None, lease=timedelta(minutes=5))
    assert chores.claim(row.name, "one")
    assert not chores.run_one(row.name, "two")
    Chore.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert chores.run_one(row.name, "two")


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_does_not_write_over_the_one_that_took_it() -> None:
    row = chore(lambda: Chore.objects.update(lease_by="two"))
    assert chores.run_one(row.name, "one")
    row.refresh_from_db()
    assert (row.lease_by, row.finished_at) == ("two", None)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_does_the_turn() -> None:
    done: list[str] = []
    chore(lambda: done.append("watered"))
    together, claims = threading.Barrier(2), []

    def work(worker: str) -> None:
        together.wait()
        claims.append(chores.run_due(worker))
        connection.close()

    workers = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(claims) == [0, 1] and done == ["watered"]


@pytest.mark.django_db
def test_a_failing_chore_is_kept_in_its_row_and_tried_again_later_and_later() -> None:
    def fail() -> None:
        raise ValueError("no water")

    row = chore(fail)
    waits = []
    for _ in range(5):
        Chore.objects.update(due_at=timezone.now())
        assert chores.run_due("one") == 1
        row.refresh_from_db()
        waits.append(round((row.due_at - timezone.now()).total_seconds() / 30))
    assert waits == [1, 4, 20, 120, 120]
    assert (row.failures, row.error, row.lease_by) == (5, "ValueError: no water", "")

    chore(lambda: None)
    Chore.objects.update(due_at=timezone.now())
    chores.run_due("one")
    row.refresh_from_db()
    assert (row.failures, row.error) == (0, "")


@pytest.mark.django_db
def test_of_a_database_that_refuses_values_the_row_keeps_the_kind_alone() -> None:
    def fail() -> None:
        raise IntegrityError("duplicate key\nDETAIL:  Key (email)=(ada@mail.example) already exists.")

    row = chore(fail)
    assert chores.run_due("one") == 1
    row.refresh_from_db()
    assert row.error == "IntegrityError"


@pytest.mark.django_db
def test_one_bad_chore_does_not_stop_the_others() -> None:
    done: list[str] = []

    def fail() -> None:
        raise RuntimeError

    chore(fail, "bad")
    chore(lambda: done.append("good"), "good")
    assert chores.run_due("one") == 2
    assert done == ["good"]


@pytest.mark.django_db
def test_rows_of_chores_that_are_no_more_go() -> None:
    Chore.objects.create(name="feed the horse")
    chore(lambda: None)
    assert list(Chore.objects.values_list("name", flat=True)) == ["water the plants"]


@pytest.mark.django_db
def test_a_chore_is_late_when_long_due_and_in_nobodys_hands() -> None:
    now = timezone.now()
    due = Chore(name="a", due_at=now - timedelta(minutes=1))
    overdue = Chore(name="b", due_at=now - timedelta(minutes=3))
    held = Chore(name="c", due_at=now - timedelta(minutes=3), lease_until=now + HOUR)
    dropped = Chore(name="d", due_at=now - timedelta(minutes=3), lease_until=now - timedelta(seconds=1))
    assert [each.is_late() for each in (due, overdue, held, dropped)] == [False, True, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_database_that_is_away_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    answers = iter([DatabaseError("away"), None])

    def ensure_rows(real: Callable[[], None] = chores.ensure_rows) -> None:
        answer = next(answers)
        if answer:
            raise answer
        real()

    monkeypatch.setattr(chores, "ensure_rows", ensure_rows)
    monkeypatch.setattr(stop, "wait", lambda seconds: stop.is_set())
    chores.register("last", stop.set, every=HOUR)
    chores.run_for_ever("one", stop)
    assert Chore.objects.get(name="last").finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_chore_that_asks_a_silent_server_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "registered", {})
    asked, answered, beats = threading.Event(), threading.Event(), threading.Semaphore(0)

    def ask() -> None:
        asked.set()
        assert answered.wait(60)

    chores.register("fetch mail", ask, every=HOUR, is_apart=True)
    chores.register("beat", beats.release, every=timedelta(0))
    chores.ensure_rows()
    stop = threading.Event()

    def work() -> None:
        chores.run_for_ever("worker", stop, pause=0.01)
        connection.close()

    threads = [*queues.start("worker", stop, pause=0.01), threading.Thread(target=work)]
    threads[-1].start()
    try:
        assert asked.wait(60)
        for _beat in range(3):
            assert beats.acquire(timeout=60)
    finally:
        answered.set()
        stop.set()
        for thread in threads:
            thread.join(60)
    assert Chore.objects.get(name="fetch mail").finished_at is not None


@pytest.mark.django_db
def test_a_server_that_was_away_for_long_is_asked_again_within_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise TimeoutError

    monkeypatch.setattr(queues, "registered", {})
    row = chore(fail, is_apart=True)
    Chore.objects.update(failures=20)
    assert queues.registered[row.name]("worker", threading.Event()) == 1
    row.refresh_from_db()
    assert row.failures == 21
    assert row.due_at - timezone.now() <= chores.LONGEST_APART
