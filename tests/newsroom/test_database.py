"""What SQLite is told, seen from a second program at the same file."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

BEGINS_TO_WRITE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
import django
django.setup()
from django.db import connection, transaction
connection.ensure_connection()
with transaction.atomic():
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_a_transaction_takes_its_turn_at_once_and_readers_never_wait(tmp_path: Path) -> None:
    """Otherwise two that have both read fail when the second begins to write."""
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", BEGINS_TO_WRITE]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "begun\n"
        with closing(sqlite3.connect(tmp_path / "newsroom.sqlite3", timeout=0, isolation_level=None)) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                database.execute("BEGIN IMMEDIATE")
