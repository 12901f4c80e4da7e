"""Queues: functions that claim rows and work them off. Every worker runs each in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from jobs import clock

log = logging.getLogger(__name__)
AWAY = 5.0  # seconds that a queue waits for a database that does not answer

# Takes the worker's name and the event that says stop; does some work and returns how much (0: nothing was due).
Turn = Callable[[str, threading.Event], int]
registered: dict[str, Turn] = {}


def register(name: str, turn: Turn) -> None:
    """Called from `AppConfig.ready`. A turn is short: it claims a batch, and looks at the event in between."""
    registered[name] = turn


def run_once(worker: str) -> int:
    """One turn of each queue in this thread; how much was done."""
    return sum(turn(worker, threading.Event()) for turn in registered.values())


def start(worker: str, stop: threading.Event, *, pause: float = 1.0) -> list[threading.Thread]:
    """Starts a thread per queue; each ends soon after `stop` is set. One queue's trouble never holds up another."""

    def loop(name: str, turn: Turn) -> None:
        wait = pause
        while not stop.is_set():
            try:
                done, wait = turn(worker, stop) if clock.here.is_believed() else 0, pause
            except (OperationalError, InterfaceError):  # away, locked, full: that passes, and all queues say so at once
                log.warning("queue waits for the database", extra={"chore": name})
                done, wait = 0, AWAY
            except Exception:  # a worker's loop: whatever went wrong, the next turn tries again, a little later
                log.exception("queue failed", extra={"chore": name})
                done, wait = 0, min(wait * 2, 60)
            close_old_connections()  # nobody waits with one in hand: a pool may have fewer than there are queues
            if not done:
                stop.wait(wait)
        connections.close_all()

    threads = [threading.Thread(target=loop, args=item, name=item[0], daemon=True) for item in registered.items()]
    for thread in threads:
        thread.start()
    return threads
