"""A pool of connections: as many as were allowed serve more threads than that, and come back by themselves."""

import io
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, close_old_connections, connection
from django.test import Client, RequestFactory

from accounts.roles import Role
from jobs import queues
from newsroom import databases
from newsroom.environment import Environment
from newsroom.slow_clients import Patience
from tests import make

FORM = "application/x-www-form-urlencoded"
POSTGRESQL = "postgres://newsroom:secret@db.example:5432/newsroom?sslmode=require"


def configured(url: str, *, pool: int = 0) -> dict[str, Any]:
    return databases.configured(Environment().db_url_config(url), max_age=60, pool=pool)


def test_without_a_pool_each_thread_keeps_its_connection() -> None:
    found = configured(POSTGRESQL)
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (60, True)
    assert (found["OPTIONS"]["sslmode"], found["OPTIONS"]["connect_timeout"]) == ("require", 5)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_server_that_is_gone_without_a_goodbye_is_not_waited_for_by_all_threads() -> None:
    """A machine that lost its current answers nothing: the system would send again for a quarter of an hour."""
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        told = {
            name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        }
    assert told == {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3}
    assert configured(f"{POSTGRESQL}&tcp_user_timeout=30000")["OPTIONS"]["tcp_user_timeout"] == 30_000


def test_a_pool_takes_the_place_of_kept_connections() -> None:
    found = configured(POSTGRESQL, pool=12)
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"], found["OPTIONS"]["sslmode"]) == (0, True, "require")
    assert (found["OPTIONS"]["pool"]["min_size"], found["OPTIONS"]["pool"]["max_size"]) == (2, 12)
    assert configured(POSTGRESQL, pool=1)["OPTIONS"]["pool"]["min_size"] == 1


def test_sqlite_has_none() -> None:
    assert "pool" not in configured("sqlite:////tmp/newsroom.sqlite3", pool=12)["OPTIONS"]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tests' database by two connections for each process."""
    connection.close()
    options = configured(POSTGRESQL, pool=2)["OPTIONS"]["pool"] | {"timeout": 1}
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {**connection.settings_dict["OPTIONS"], "pool": options})
    yield
    connection.close()
    connection.close_pool()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_connections_serve_many_threads_and_who_gets_none_is_told(pool: None) -> None:
    def ask(_: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (number,) = cursor.fetchone()
        close_old_connections()  # as at the end of each request
        return int(number)

    with ThreadPoolExecutor(8) as threads:
        assert 1 <= len(set(threads.map(ask, range(40)))) <= 2
        held, done = threading.Barrier(3), threading.Event()

        def hold() -> None:
            connection.ensure_connection()
            held.wait(60)
            done.wait(60)
            close_old_connections()

        holders = [threads.submit(hold) for _ in range(2)]
        held.wait(60)
        with pytest.raises(OperationalError, match="couldn't get a connection"):
            ask(0)
        done.set()
        for each in holders:
            each.result()
        assert ask(0)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_more_queues_than_connections_all_get_their_turn(pool: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that waits holds none."""
    stop, had = threading.Event(), set()

    def turn(worker: str, stop: threading.Event) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        had.add(threading.current_thread().name)
        if len(had) == 6:
            stop.set()
        return 0

    monkeypatch.setattr(queues, "registered", {f"queue {number}": turn for number in range(6)})
    for thread in queues.start("one", stop, pause=30):
        thread.join(60)
    assert len(had) == 6


class Slow(io.BytesIO):
    """A body; whether the thread held a connection each time it was waited for."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.held: list[bool] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.held.append(connection.connection is not None)
        return super().read(size)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_nobody_holds_a_connection_while_a_form_is_on_its_way(pool: None) -> None:
    """Whatever was asked before it: whose session it is, how large a body may be."""
    make.site()
    client = Client()
    client.force_login(make.user(Role.CHIEF))
    client.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    answer = Patience(WSGIHandler())
    for path in ("/admin/articles/tag/add/", "/accounts/", "/subscribe/"):
        body = Slow(f"csrfmiddlewaretoken={token}&name=Bridges".encode())
        environ = RequestFactory().generic("POST", path, body.getvalue(), FORM).environ
        environ |= {"wsgi.input": body, "HTTP_COOKIE": client.cookies.output(header="", sep=";")}
        said: list[str] = []
        b"".join(answer(environ, lambda status, headers, said=said: said.append(status)))
        close_old_connections()
        assert body.held, path
        assert not any(body.held), path
        assert said[0][0] in "234", path
