"""Other databases than the test's own: an empty one, a server to be killed; and how this process comes to use them."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import environ
import psycopg
from django.db import connection

from newsroom.backups import database
from tests.run import Cluster, postgresql

_REACHED = ("NAME", "HOST", "PORT", "USER", "PASSWORD")


def new_database(name: str, folder: Path) -> str:
    """The DATABASE_URL of an empty one, of the kind that this run is on."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder / name}.sqlite3"
    known = connection.settings_dict
    reached = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"]}
    unique = f"{name}_{os.getpid()}"
    with psycopg.connect(dbname="postgres", autocommit=True, **reached) as server:
        server.execute(f"DROP DATABASE IF EXISTS {unique}")
        server.execute(f"CREATE DATABASE {unique}")
    return f"postgres://{known['USER']}@{known['HOST']}:{known['PORT']}/{unique}"


@contextmanager
def database_at(url: str) -> Iterator[None]:
    """While the block runs, this process and what it starts (`database_url`) use that one, of the same kind."""
    given = environ.Env.db_url_config(url)
    before = {name: connection.settings_dict[name] for name in _REACHED}
    connection.close()
    connection.settings_dict.update({name: given[name] for name in _REACHED})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    """A PostgreSQL that writes to the disk as in life, with a copy of the test's database, which all use meanwhile."""
    programs = postgresql()
    assert programs
    database.take(folder / database.POSTGRESQL)
    # Not below `folder`, which may be closed to the user whom PostgreSQL runs as.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        cluster = Cluster(programs, Path(place))
        cluster.start()
        try:
            with database_at(cluster.create("newsroom")):
                database.put(folder / database.POSTGRESQL)
                yield cluster
        finally:
            cluster.stop()


def kill(cluster: Cluster) -> None:
    """SIGKILL to all of its processes at once; returns when none of them is left."""
    connection.close()
    main = cluster.process.pid
    others = [int(each) for each in Path(f"/proc/{main}/task/{main}/children").read_text().split()]
    for each in (main, *others):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    cluster.process.wait()
    end = time.monotonic() + 60
    while any(_lives(each) for each in others):
        assert time.monotonic() < end, "PostgreSQL lives"
        time.sleep(0.01)


def _lives(number: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
