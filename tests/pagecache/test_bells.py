"""The bell between hosts: who waits is woken, by whichever way the settings give."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from pagecache import bells
from tests.run import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis_address(tmp_path: Path) -> Iterator[str]:
    """A real Redis of this test's own, gone at the end."""
    port = free_port()
    server = subprocess.Popen(
        [shutil.which("redis-server") or "redis-server", "--port", str(port), "--dir", str(tmp_path), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    address = f"redis://127.0.0.1:{port}/0"
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            threading.Event().wait(0.05)
    yield address
    server.terminate()
    server.wait(10)


def is_woken(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether somebody who waits hears a ring long before the time is up."""
    monkeypatch.setattr(bells, "EVERY", 60.0)
    waits, heard = threading.Event(), threading.Event()

    def follow() -> None:
        with bells.listening() as wait:
            waits.set()
            wait()
        connection.close()
        heard.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert waits.wait(10)
    for _ in range(40):  # Redis forgets what is said before anybody subscribed
        bells.ring()
        if heard.wait(0.25):
            thread.join(5)
            return True
    return False


@pytest.mark.redis
def test_redis_wakes_who_waits(monkeypatch: pytest.MonkeyPatch, settings: Any, redis_address: str) -> None:
    settings.REDIS_URL = redis_address
    assert is_woken(monkeypatch)


def test_the_database_wakes_who_waits_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "postgresql":
        assert is_woken(monkeypatch)
    else:
        monkeypatch.setattr(bells, "EVERY", 0.0)
        with bells.listening() as wait:
            assert wait() is None


def test_a_redis_that_is_away_holds_nobody_up(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    bells.ring()
    assert "Redis does not answer" in caplog.text
