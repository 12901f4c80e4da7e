"""Real web servers over the test's database and data folder, as `serve` starts them, and readers who ask them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from pagecache import following, host
from tests.run import free_port
from tests.subscriptions.test_kills import database_url

PATIENCE = 120.0  # seconds: machines may be slow and busy


class Seen(NamedTuple):
    """An answer, and when it was asked for and had (``time.monotonic``)."""

    status: int
    headers: dict[str, str]
    body: bytes
    begun: float
    ended: float

    @property
    def how(self) -> str:
        return self.headers.get("x-cache", "")

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """One `newsroom.webserver` with its worker, a session of its own, on a port of this machine (0: a free one)."""

    def __init__(self, port: int = 0, **more: str) -> None:
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "newsroom.webserver", "127.0.0.1", str(self.port), str(os.getpid())],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.pagecache.server_settings",
                "DATA_DIR": str(settings.DATA_DIR),
                "DATABASE_URL": database_url(),
                "LOG_LEVEL": "ERROR",
                **more,
            },
            start_new_session=True,
        )

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> Seen:
        return ask(self.port, path, method, **headers)

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError, HTTPException):
                self.ask("/robots.txt")
                return
            assert self.process.poll() is None, "the server has ended"
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def servers(count: int, **more: str) -> Iterator[list[Server]]:
    """So many servers over one store, which is empty; killed at the end. What they had to catch up with is done."""
    host.here().purge([host.EVERYTHING], hard=True)
    begun = timezone.now()
    running = [Server(**more) for _ in range(count)]
    try:
        for each in running:
            each.wait()
        if "DATABASE_URL" not in more:
            wait_for_follower(begun)
        yield running
    finally:
        for each in running:
            each.kill()


def wait_for_follower(begun: datetime) -> None:
    """Until one of the host's servers has looked for purges since then: its first look may purge everything."""
    end = time.monotonic() + PATIENCE
    while (look := following.last_look()) is None or look <= begun:
        assert time.monotonic() < end, "nobody follows"
        time.sleep(0.05)


def ask(port: int, path: str = "/", method: str = "GET", body: str | None = None, **headers: str) -> Seen:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        begun = time.monotonic()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, headers={"Accept-Encoding": "identity", **named})
        answer = connection.getresponse()
        whole = answer.read()
        known = {name.lower(): value for name, value in answer.getheaders()}
        return Seen(answer.status, known, whole, begun, time.monotonic())
