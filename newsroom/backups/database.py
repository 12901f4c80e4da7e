"""The database as one file, taken at one moment while others write, and put back into an empty one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from newsroom.backups.container import BadBackup

SQLITE, POSTGRESQL = "database.sqlite3", "database.dump"


def name() -> str:
    """What the member is called; each kind of database reads only its own."""
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def take(target: Path) -> None:
    """Copies the database to `target` as it stands at one moment. Raises `BadBackup` where that fails."""
    if connection.vendor == "sqlite":
        source_path = str(connection.settings_dict["NAME"])
        try:
            with closing(sqlite3.connect(source_path)) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)  # in one step: writers go on in the write-ahead log, and none makes it begin again
        except sqlite3.Error as error:
            raise BadBackup(f"The database could not be copied to {target.parent}: {error}") from error
        return
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def check(path: Path) -> None:
    """Whether the file is a whole database. Raises `BadBackup`."""
    if path.name == SQLITE:
        with closing(sqlite3.connect(path)) as copy:
            try:
                said = copy.execute("PRAGMA quick_check").fetchone()[0]
            except sqlite3.DatabaseError as error:
                said = str(error)
        if said != "ok":
            raise BadBackup(f"The database in this backup is broken: {said}")
        return
    done = subprocess.run([_tool("pg_restore"), "--list", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadBackup(f"The database in this backup is broken: {done.stderr.strip()}")


def is_empty() -> bool:
    """No table is there yet."""
    return not connection.introspection.table_names()


def put(path: Path) -> None:
    """Makes the empty database what `path` holds. Raises `BadBackup`."""
    if path.name != name():
        kind = "SQLite" if path.name == SQLITE else "PostgreSQL"
        raise BadBackup(f"This backup is of a newsroom on {kind}: restore it there (DATABASE_URL).")
    connection.close()
    if path.name == SQLITE:
        target = Path(str(connection.settings_dict["NAME"]))
        for beside in ("", "-wal", "-shm"):
            Path(f"{target}{beside}").unlink(missing_ok=True)
        shutil.move(path, target)
        return
    database = str(connection.settings_dict["NAME"])
    _run(
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
        f"--dbname={database}",
        str(path),
    )


def migrations() -> list[str]:
    """What has been applied, as ``app.name``; backups say so, and an older code refuses a newer database."""
    return sorted(f"{app}.{step}" for app, step in MigrationRecorder(connection).applied_migrations())


def _tool(program: str) -> str:
    found = shutil.which(program)
    if not found:
        raise BadBackup(f"{program} is missing. On Debian or Ubuntu: apt-get install postgresql-client")
    return found


def environment(parameters: dict[str, Any]) -> dict[str, str]:
    """How PostgreSQL's programs reach the database as we do: all that libpq has a variable for, TLS included."""
    import psycopg.pq  # noqa: PLC0415  # only where it is the database

    known = {(each.envvar or b"").decode(): each.keyword.decode() for each in psycopg.pq.Conninfo.get_defaults()}
    ours = {variable: parameters.get(keyword) for variable, keyword in known.items() if variable}
    return {variable: str(value) for variable, value in ours.items() if value not in {None, ""}}


def _run(program: str, *arguments: str) -> None:
    around = {**os.environ, **environment(connection.get_connection_params())}
    done = subprocess.run([_tool(program), *arguments], env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadBackup(f"{program} failed: {done.stderr.strip()[:500]}")
