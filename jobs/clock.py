"""Whether the machine's clock can be believed: a worker must not do at once what is due in the next ten years.

A clock that jumps forward (a wrong answer from a time server, a machine moved) would send every letter, lift every
embargo and delete what is only to be kept for so long. So the worker waits for `DOUBT` after such a jump: by then the
clock has been set right, or was set right by the jump. After a jump back `chores.set_back` frees the chores; rows of
queues that are due, or claimed, for later wait until the clock is there again.
"""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
JUMP = 3600.0  # seconds that the clock may run ahead of the time that has passed
DOUBT = 3600.0


def passed() -> float:
    """Seconds since the machine started; where the system can tell, with those in which it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Clock:
    """One for all threads of a process. `wall` and `elapsed` are the clock of the calendar and one that nobody sets."""

    def __init__(self, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = passed) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._ahead = wall() - elapsed()  # of the two, by how much they differ
        self._doubted_since: float | None = None
        self._lock = threading.Lock()

    def is_believed(self) -> bool:
        """False for `DOUBT` seconds after a jump forward by more than `JUMP`, or until it is taken back."""
        with self._lock:
            return self._look()

    def _look(self) -> bool:
        ahead, now = self._wall() - self._elapsed(), self._elapsed()
        if ahead - self._ahead <= JUMP:
            if self._doubted_since is None:
                self._ahead = ahead  # what is gained or lost little by little, or set back
            self._doubted_since = None
            return True
        if self._doubted_since is None:
            self._doubted_since = now
            log.error("the clock jumped ahead by %d minutes: nothing is done for an hour", (ahead - self._ahead) / 60)
        if now - self._doubted_since < DOUBT:
            return False
        self._ahead, self._doubted_since = ahead, None
        return True


here = Clock()
