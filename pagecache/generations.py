"""When each tag was last purged: counters in a small file that all processes of this host have mapped into memory.

Every purge has a number, the epoch. A tag's slot holds the epochs of its last hard and of its last soft purge; a page
remembers the epoch that stood before it was rendered, and is good while no slot of its tags holds a later one. Readers
take no lock: they read single eight-byte words. Writers take an flock: without it increments are lost.

Tags share 65,536 slots: a purge may now and then take a page with it that was still good, never leave one that is not.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

SLOTS = 65_536
RING = 16_384  # the newest purges that this host has carried out, by the numbers of their rows
_EPOCH, _BOOT, _NEXT, FIGURES, _HEAD = 0, 1, 2, 8, 32
_HARD = _HEAD + RING
_SOFT = _HARD + SLOTS
_SOFT_AT = _SOFT + SLOTS
_SOFT_BEFORE = _SOFT_AT + SLOTS
_WORDS = _SOFT_BEFORE + SLOTS
GRACE = 2.0  # seconds that the page just replaced may still be served after a soft purge
OVER = -1.0  # a moment before all others


@lru_cache(maxsize=16_384)
def slot_of(tag: str) -> int:
    return int.from_bytes(blake2b(tag.encode(), digest_size=2).digest())


class Generations:
    """The counters in the file `path`, which is made if need be. One object a process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._descriptor = descriptor
        self._thread_lock = threading.Lock()  # an flock is one for all threads of a process
        with self.locked():
            if os.fstat(descriptor).st_size < _WORDS * 8 or os.lseek(descriptor, 0, os.SEEK_HOLE) < _WORDS * 8:
                # Written out, not only made long: on a full disk, the first word put into a hole ends the process.
                os.pwrite(descriptor, os.pread(descriptor, _WORDS * 8, 0).ljust(_WORDS * 8, b"\0"), 0)
            self._words = memoryview(mmap.mmap(descriptor, _WORDS * 8)).cast("Q")
            # After a sudden end of the machine the counters on the disk may be older than what lies beside them.
            boot = _boot()
            self.is_after_boot = self._words[_BOOT] != boot
            if self.is_after_boot:
                self._words[_EPOCH] += 1
                self._words[_BOOT] = boot
                self._words[FIGURES:_HEAD] = memoryview(bytes((_HEAD - FIGURES) * 8)).cast("Q")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No purge begins or ends meanwhile, in any process of this host."""
        with self._thread_lock:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @property
    def epoch(self) -> int:
        """To be read before rendering, and kept with the page."""
        return self._words[_EPOCH]

    def purge(self, slots: Iterable[int], *, hard: bool) -> int:
        """Marks the slots; returns the new epoch. When this returns, every process of the host knows."""
        with self.locked():
            epoch = self._words[_EPOCH] + 1
            now = int(time.monotonic() * 1000)
            for slot in slots:
                if hard:
                    self._words[_HARD + slot] = epoch
                else:
                    self._purge_softly(slot, epoch, now)
            self._words[_EPOCH] = epoch  # last: who sees it sees the slots as well
        return epoch

    def _purge_softly(self, slot: int, epoch: int, now: int) -> None:
        """A purge in the grace of an earlier one does not prolong it: pages that missed that one have no more time."""
        words = self._words
        if not words[_SOFT_AT + slot] <= now < words[_SOFT_AT + slot] + GRACE * 1000:
            # In this order: who sees the new moment sees as well which pages it is not for.
            words[_SOFT_BEFORE + slot] = words[_SOFT + slot]
            words[_SOFT_AT + slot] = now
        words[_SOFT + slot] = epoch

    def good_until(self, slots: tuple[int, ...], epoch: int) -> float:
        """Until when a page with tags in these slots, rendered at `epoch`, may be served: a ``time.monotonic``.

        ``math.inf``: nothing of it was purged; 0: it is gone; `OVER`: it was purged softly, longer ago than `GRACE`.
        """
        words = self._words
        until = math.inf
        for slot in slots:
            if words[_HARD + slot] > epoch:
                return 0
            if words[_SOFT + slot] > epoch:
                ends = words[_SOFT_AT + slot] / 1000 + GRACE
                until = min(until, OVER if words[_SOFT_BEFORE + slot] > epoch else ends)
        return until

    # Purges are rows of the database too; this host notes which of them it has carried out.

    def done(self) -> set[int]:
        """The numbers of the newest `RING` rows."""
        return set(self._words[_HEAD : _HEAD + RING].tolist())

    def note_done(self, *numbers: int) -> None:
        with self.locked():
            for number in numbers:
                self._words[_HEAD + self._words[_NEXT] % RING] = number
                self._words[_NEXT] += 1

    # Figures for ``/health/`` and ``/metrics``: each process adds its own now and then.

    def add_figures(self, figures: Iterable[int]) -> None:
        with self.locked():
            for place, figure in enumerate(figures):
                self._words[FIGURES + place] += figure

    def figures(self, count: int) -> list[int]:
        return self._words[FIGURES : FIGURES + count].tolist()


def _boot() -> int:
    """A number that stays until the machine starts anew; where there is none to be had, 1."""
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return 1
    return int.from_bytes(blake2b(text, digest_size=7).digest())
