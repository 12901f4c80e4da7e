"""Queues in a running worker: each in its own thread, none held up by another, all ended by the event."""

import threading

import pytest
from django.db import OperationalError

from jobs import queues


@pytest.mark.django_db(transaction=True)
def test_one_queues_trouble_does_not_hold_up_another_and_all_end_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, rows, tried = threading.Event(), list(range(5)), []

    def letters(worker: str, stop: threading.Event) -> int:
        rows.pop()
        if not rows:
            stop.set()
        return 1

    def broken(worker: str, stop: threading.Event) -> int:
        tried.append(worker)
        raise OSError("the disk is gone")

    monkeypatch.setattr(queues, "registered", {"broken": broken, "letters": letters})
    threads = queues.start("one", stop, pause=0.01)
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert rows == [] and set(tried) == {"one"}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_away_finds_every_queue_at_work_soon_after(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, tries = threading.Event(), []

    def turn(worker: str, stop: threading.Event) -> int:
        tries.append(worker)
        if len(tries) < 5:
            raise OperationalError("secret address")
        stop.set()
        return 1

    monkeypatch.setattr(queues, "AWAY", 0.01)  # as long after the fourth failure as after the first
    monkeypatch.setattr(queues, "registered", {"letters": turn})
    for thread in queues.start("one", stop, pause=60):
        thread.join(30)
    assert len(tries) == 5
    assert "queue waits for the database" in caplog.text and "secret" not in caplog.text
