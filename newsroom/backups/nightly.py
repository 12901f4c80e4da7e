"""The worker's backup: one a day, where ``BACKUP_DAILY`` says so, by one worker of this machine at a time."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from newsroom.backups import writing

EVERY = timedelta(hours=23)
LOOK_EVERY = 600.0  # seconds; also after one that failed, which `/health/` and the log tell of


class _Looked:
    """When this process looked last whether one is due."""

    at = -LOOK_EVERY


def turn(worker: str, stop: threading.Event) -> int:
    """How many were made, 0 or 1. Raises what `writing.write` raises; it is tried again ten minutes later."""
    if not settings.BACKUP_DAILY or time.monotonic() - _Looked.at < LOOK_EVERY:
        return 0
    _Looked.at = time.monotonic()
    with _alone() as is_ours:
        if not is_ours or _is_fresh():
            return 0
        writing.write()
        writing.rotate()
    return 1


def _is_fresh() -> bool:
    newest = writing.newest()
    return newest is not None and timezone.now() - newest < EVERY


@contextmanager
def _alone() -> Iterator[bool]:
    place = writing.folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
