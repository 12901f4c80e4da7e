"""Queues in a running worker: each in its own thread, none held up by another, all ended by the event."""

import threading

import pytest

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
