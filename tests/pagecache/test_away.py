"""Database and application go away under readers: warm pages go on, cold ones say so at once, all mends itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from pagecache import host
from tests import make
from tests.nginx import nginx, shipped
from tests.pagecache.servers import PATIENCE, Seen, Server, ask, servers
from tests.run import free_port

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@contextmanager
def database_away() -> Iterator[None]:
    """Nobody but the test itself gets at the database."""
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        aside = file.with_name("away")
        file.rename(aside)
        file.mkdir()
        try:
            yield
        finally:
            file.rmdir()
            aside.rename(file)
        return
    import psycopg

    name = connection.settings_dict["NAME"]
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    with psycopg.connect(**parameters, autocommit=True) as other, connection.cursor() as mine:
        mine.execute("SELECT pg_backend_pid()")
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                [name, *mine.fetchone()],
            )
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@contextmanager
def readers(port: int, paths: list[str], count: int = 4) -> Iterator[list[Seen]]:
    """So many readers who ask for these pages all the time; what they saw."""
    seen: list[Seen] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.extend(ask(port, path) for path in paths)

    with ThreadPoolExecutor(count) as pool:
        reading = [pool.submit(read) for _ in range(count)]
        try:
            yield seen
        finally:
            stop.set()
        for each in reading:
            each.result()


def wait_for_page(port: int, path: str) -> Seen:
    end = time.monotonic() + PATIENCE
    while (seen := ask(port, path)).status != 200:
        assert time.monotonic() < end, f"still {seen.status}"
        time.sleep(0.1)
    return seen


@pytest.mark.both_databases
def test_without_the_database_warm_pages_go_on_and_cold_ones_say_503() -> None:
    make.site()
    warm, cold = make.story("Ferry resumes"), make.story("Bridge opens")
    pages = [warm.path, "/", "/feeds/rss.xml"]
    with servers(1) as (server,):
        for path in pages:
            server.ask(path)
        with readers(server.port, pages) as seen:
            with database_away():
                refused = [server.ask(cold.path) for _ in range(10)]
                assert {(each.status, each.how) for each in refused} <= {(503, "PASS"), (503, "BUSY")}
                assert all(int(each.headers["retry-after"]) <= 5 for each in refused)
                assert {each.headers["cache-control"] for each in refused} == {"no-store"}
                seen_before = len(seen)
                end = time.monotonic() + PATIENCE
                while len(seen) < seen_before + 30:
                    assert time.monotonic() < end, "readers of warm pages wait"
                    time.sleep(0.01)
            assert "Bridge opens" in wait_for_page(server.port, cold.path).text
    assert {(each.status, each.how) for each in seen} == {(200, "HIT")}


@pytest.mark.nginx
def test_behind_nginx_warm_pages_go_on_without_application_and_database(tmp_path: Path) -> None:
    make.site()
    warm, cold = make.story("Ferry resumes"), make.story("Bridge opens")
    pages, port = [warm.path, "/", "/feeds/rss.xml"], free_port()
    with (
        ExitStack() as running,
        servers(1) as (server,),
        nginx(
            shipped(port=port, data=settings.DATA_DIR, application=server.port, log=tmp_path / "log"),
            tmp_path / "nginx",
            port=port,
        ),
    ):
        for path in pages:
            ask(port, path)
        with readers(port, pages) as seen:
            server.kill()
            with database_away():
                refused = [ask(port, cold.path) for _ in range(10)]
            running.callback(Server(server.port).kill)
            assert "Bridge opens" in wait_for_page(port, cold.path).text
        assert ask(port, cold.path).how == "FRONT"
        host.here().purge([host.EVERYTHING], hard=True)
        assert ask(port, warm.path).how == "MISS"
    assert {(each.status, each.headers["retry-after"]) for each in refused} == {(503, "5")}
    assert {(each.status, each.how) for each in seen} == {(200, "FRONT")}
    assert len(seen) > 10


def test_a_database_that_never_answers_holds_nobody_up_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        with servers(1, DATABASE_URL=address, CONNECT_WITHIN="2") as (server,):
            seen = server.ask("/")
    assert seen.status == 503
    assert seen.ended - seen.begun < 60
