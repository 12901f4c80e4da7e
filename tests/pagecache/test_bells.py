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

from pagecache import bells, following, host
from pagecache.models import Purge
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


def follower_comes_to(row: Purge) -> bool:
    """Whether a follower carries the row out, by whichever way."""
    stop = threading.Event()

    def follow() -> None:
        following._follow(stop)
        connection.close()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    for _ in range(2400):
        if row.number in host.here().generations.done():
            break
        stop.wait(0.05)
    stop.set()
    thread.join(60)
    return row.number in host.here().generations.done()


def test_a_redis_that_is_away_holds_no_purge_up(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    following.catch_up()
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    with pytest.raises(ConnectionError, match="Redis"), bells.listening():
        pass
    assert follower_comes_to(Purge.objects.create(tags=["article:12"], is_hard=True))


def test_what_others_took_off_is_gone_before_anybody_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    following.catch_up()
    row = Purge.objects.create(tags=["article:12"], is_hard=True)
    monkeypatch.setattr(following, "follow_for_ever", lambda stop: None)
    following.start()
    assert row.number in host.here().generations.done()
