"""One at a time, on all hosts of a database: whoever comes first makes the tables and the first newsroom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from django.conf import settings
from django.db import connection

from safeguards import keys

if TYPE_CHECKING:
    import psycopg

PAUSE = 0.2  # seconds between two looks


@contextmanager
def turn(name: str, waits: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Waits until nobody else holds `name`, and holds it in the block; whoever dies lets go.

    `waits` is called once if it is not free. PostgreSQL keeps the lock, for all hosts; with SQLite, which is one
    host's, a file in its data folder does. Not to be taken twice by one thread. Raises
    ``django.db.OperationalError`` when the database does not answer.
    """
    if connection.vendor != "postgresql":
        with keys.locked(Path(settings.DATA_DIR) / "turns" / name, waits):
            yield
        return
    import psycopg  # noqa: PLC0415  # a connection of its own: what the block does with Django's is its own affair

    number = crc32(f"newsroom {name}".encode())
    with connection.wrap_database_errors:
        other = psycopg.connect(**connection.get_connection_params(), autocommit=True)
    with other:
        with connection.wrap_database_errors:
            # A host that loses its current says no goodbye: PostgreSQL finds out in a minute, not in two hours.
            other.execute(
                "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
            )
            # Asked again and again, never waited for: a statement that waits holds a snapshot, and an index that is
            # being made concurrently would wait for it in turn.
            if not _taken(other, number):
                waits()
                while not _taken(other, number):
                    time.sleep(PAUSE)
        yield


def _taken(database: psycopg.Connection, number: int) -> bool:
    row = database.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
    return bool(row and row[0])
