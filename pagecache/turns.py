"""One renderer a page at a time: among the threads of this process by a lock, among the host's processes by another."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path


class Turns:
    """Turns by key. `path` is a file whose single bytes processes lock (POSIX record locks; the kernel frees them)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._guard = threading.Lock()
        self._waiting: dict[int, tuple[threading.Lock, int]] = {}

    @contextmanager
    def turn(self, key: str, *, wait: float) -> Iterator[bool]:
        """True once it is this thread's turn; False when it was not within `wait` seconds (0: at once or not)."""
        place = int.from_bytes(blake2b(key.encode(), digest_size=6).digest())
        lock = self._enter(place)
        until = time.monotonic() + wait
        has_it = is_ours = False
        try:
            has_it = lock.acquire(timeout=wait) if wait else lock.acquire(blocking=False)
            is_ours = has_it and self._among_processes(place, until)
            yield is_ours
        finally:
            if is_ours:
                with suppress(OSError):
                    fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, place)
            if has_it:
                lock.release()
            self._leave(place)

    def _among_processes(self, place: int, until: float) -> bool:
        while True:
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except OSError:
                if time.monotonic() >= until:
                    return False
                time.sleep(0.005)
            else:
                return True

    def _enter(self, place: int) -> threading.Lock:
        with self._guard:
            lock, count = self._waiting.get(place, (threading.Lock(), 0))
            self._waiting[place] = (lock, count + 1)
            return lock

    def _leave(self, place: int) -> None:
        with self._guard:
            lock, count = self._waiting[place]
            if count == 1:
                del self._waiting[place]
            else:
                self._waiting[place] = (lock, count - 1)
