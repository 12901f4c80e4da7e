"""The thread that carries out the purges which other hosts, or a process that died, have left in the table.

One process of a host follows at a time; it holds a lock that the kernel frees when it dies.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from pagecache import bells
from pagecache.generations import RING
from pagecache.host import EVERYTHING, here
from pagecache.models import Purge
from pagecache.purging import carry_out

log = logging.getLogger(__name__)
KEPT = timedelta(hours=1)
_TOO_MANY = 500  # purges to carry out one by one
_IMPROVED = 3  # pages at a time: about 20 ms each
_AGAIN = 5.0  # seconds until a process asks once more whether it is its turn to follow


def follow_for_ever(stop: threading.Event) -> None:
    """The thread's loop. A database or bell that is away is waited for."""
    descriptor = os.open(here().folder / "pagecache" / "follower", os.O_RDWR | os.O_CREAT, 0o600)
    while not stop.is_set():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stop.wait(_AGAIN)
            continue
        _follow(stop)
    os.close(descriptor)


def _follow(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            look()  # before the bell is asked: one that is broken holds up no purge
            with bells.listening() as wait:
                while not stop.is_set():
                    look()
                    wait()
        except (DatabaseError, OSError) as error:
            log.warning("following purges: %s; trying again", type(error).__name__)
            stop.wait(1)
        except Exception:  # a worker's loop: whatever went wrong, the next turn tries again
            log.exception("following purges failed; trying again")
            stop.wait(1)


def look() -> None:
    """Carries out what there is to do, and hands the connection back."""
    try:
        catch_up()
        tidy()
    finally:
        close_old_connections()


def catch_up() -> int:
    """Carries out every row that this host has not; how many there were.

    A host that was away too long, or missed too much, throws all pages away instead.
    """
    host = here()
    look = last_look()
    # By number and not by time: the clock of the host that wrote a row may be an hour behind.
    recent = Purge.objects.only("pk", "at").order_by("-pk")
    done = host.generations.done()
    # No more than the host can note: of a host that missed older ones, many of these are missing too.
    missed = [row for row in recent[: RING // 2] if row.number not in done]
    if look is None or timezone.now() - look > KEPT / 2 or len(missed) > _TOO_MANY:
        host.purge([EVERYTHING], hard=True)
        host.generations.note_done(*(row.number for row in missed))
    else:
        for row in Purge.objects.filter(pk__in=[row.pk for row in missed]).order_by("pk"):
            carry_out(row)
    _mark().touch()
    return len(missed)


def last_look() -> datetime | None:
    """When this host last had carried out every row; None: never."""
    try:
        return datetime.fromtimestamp(_mark().stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _mark() -> Path:
    return here().folder / "pagecache" / "followed"


def tidy() -> None:
    """A little of the housekeeping: the oldest pages go when there are too many, some are compressed better."""
    files = here().files
    files.sweep()
    try:
        files.trim()
        files.improve(_IMPROVED)
    except sqlite3.Error as error:
        files.lose_all(error)


def start() -> None:
    """Follows in a thread of this process, until it ends.

    Once before anybody is answered: of a host that was away, what others took off meanwhile is gone at once. Without
    the database nobody can know; then the pages that lie here are better than none.
    """
    try:
        look()
    except (DatabaseError, OSError) as error:
        log.warning("purges are not looked for yet: %s", type(error).__name__)
    connections.close_all()
    threading.Thread(target=follow_for_ever, args=(threading.Event(),), name="purges", daemon=True).start()
