"""The real `serve`, as processes: it comes up, mends itself, and leaves nobody behind."""

import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.error import URLError

import pytest
from django.conf import settings

from tests import prepared

T = TypeVar("T")
pytestmark = pytest.mark.processes
PATIENCE = 120.0  # two cores may be busy with other tests
SERVE = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(ask: Callable[[], T], *, within: float = PATIENCE) -> T:
    """The first true answer; fails when none came in time."""
    end = time.monotonic() + within
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < end, f"still {answer!r} after {within:.0f} s"
        time.sleep(0.1)


def processes() -> dict[int, tuple[int, str]]:
    """All living processes: number -> (parent's number, command line)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has just ended
        if state != "Z":
            found[int(folder.name)] = (int(parent), line)
    return found


def children(parent: int, word: str = "") -> set[int]:
    return {number for number, (above, line) in processes().items() if above == parent and word in line}


class Served:
    """One `serve` on a data folder and a port."""

    def __init__(self, data: Path, port: int, command: list[str] = SERVE) -> None:
        self.port, self.output = port, data.parent / f"output-{port}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=data.parent,
                env={
                    **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
                    "DATA_DIR": str(data),
                    "DATABASE_URL": f"sqlite:///{data / 'newsroom.sqlite3'}",
                    "PORT": str(port),
                    "DEMO": "0",
                },
            )

    def get(self, path: str) -> bytes:
        """The answer's body, or nothing when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read()
        except (URLError, ConnectionError, TimeoutError):
            return b""

    def up(self) -> bool:
        return self.beat_age() < 60

    def beat_age(self) -> float:
        """Seconds since the worker's last sign of life, as `/health/` tells; without end when nobody answers."""
        parts = json.loads(self.get("/health/") or "{}").get("parts", {})
        age = parts["worker"]["seconds_since_beat"] if parts else None
        return float("inf") if age is None else age

    def part(self, word: str, parent: int | None = None) -> int:
        """The number of the one child with `word` in its command line."""
        (number,) = eventually(lambda: children(parent or self.process.pid, word))
        return number

    @property
    def main(self) -> int:
        return self.part("newsroom.webserver")

    def everybody(self) -> set[int]:
        return {self.process.pid, self.part("manage.py work"), self.main, *children(self.main)}

    def said(self) -> str:
        return self.output.read_text()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.data(tmp_path_factory.mktemp("served") / "data")


@pytest.fixture
def served(data: Path) -> Iterator[Served]:
    served = Served(data, free_port())
    try:
        eventually(served.up)
        yield served
    finally:
        everybody = set() if served.process.poll() is not None else served.everybody()
        served.process.terminate()
        served.process.wait(PATIENCE)
        assert not everybody & set(processes())


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_empty_newsroom_comes_up_and_serves_its_static_files(served: Served, data: Path) -> None:
    assert served.get("/static/admin/css/base.css") == (data / "static/admin/css/base.css").read_bytes() != b""
    assert f"http://127.0.0.1:{served.port}/admin/" in eventually(lambda: "Ctrl-C" in served.said() and served.said())
    # Their memory has keys and what witnesses typed: a crash writes it to no disk.
    for number in (served.part("manage.py work"), *children(served.main)):
        limits = Path(f"/proc/{number}/limits").read_text()
        assert limits.partition("Max core file size")[2].split()[:2] == ["0", "0"]


def test_a_killed_worker_is_replaced(served: Served) -> None:
    killed = served.part("manage.py work")
    os.kill(killed, signal.SIGKILL)
    died = time.monotonic()
    eventually(lambda: children(served.process.pid, "manage.py work") - {killed})
    eventually(lambda: served.beat_age() < time.monotonic() - died - 1)
    assert "worker ended (status -9)" in served.said()


def test_a_killed_web_worker_is_replaced(served: Served) -> None:
    main = served.main
    (killed,) = children(main)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: children(main) - {killed})
    eventually(served.up)
    assert served.main == main


def test_a_killed_web_server_is_replaced_on_the_same_port_without_orphans(served: Served) -> None:
    main = served.main
    orphans = children(main)
    os.kill(main, signal.SIGKILL)
    eventually(lambda: not (orphans | {main}) & set(processes()), within=10)
    eventually(lambda: children(served.process.pid, "newsroom.webserver") - {main})
    eventually(served.up)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_within_seconds_and_frees_the_port(served: Served, number: signal.Signals) -> None:
    everybody = served.everybody()
    with socket.create_connection(("127.0.0.1", served.port)) as slow_reader:
        slow_reader.sendall(
            b"POST /accounts/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nonly the beginning"
        )
        served.process.send_signal(number)
        assert served.process.wait(10) == 0
    assert not everybody & set(processes())
    assert port_is_free(served.port)


def test_nobody_outlives_a_killed_serve(served: Served) -> None:
    everybody = served.everybody()
    served.process.kill()
    served.process.wait()
    eventually(lambda: not everybody & set(processes()), within=10)
    assert port_is_free(served.port)


def test_serve_started_by_make_ends_with_make(data: Path) -> None:
    served = Served(data, free_port(), ["sh", "-c", f"{shlex.join(SERVE)} --with-parent & wait"])
    eventually(served.up)
    (serve,) = children(served.process.pid)
    everybody = {serve, *children(serve), *children(served.part("newsroom.webserver", serve))}
    served.process.kill()
    served.process.wait()
    eventually(lambda: not everybody & set(processes()), within=10)


def staff(data: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(data / "newsroom.sqlite3")) as database:
        return database.execute("SELECT email, password FROM accounts_user").fetchall()


def test_the_second_run_is_quick_and_has_lost_nothing(tmp_path: Path) -> None:
    data, port = prepared.data(tmp_path / "data"), free_port()
    first = Served(data, port)
    eventually(first.up)
    assert "chief@localhost  password" in eventually(lambda: "Sign in" in first.said() and first.said())
    kept = (data / "secrets/django").read_text(), staff(data)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(10) == 0

    second = Served(data, port)
    try:
        eventually(lambda: "Ctrl-C" in second.said(), within=60)
        assert "password" not in second.said() and "Static files collected" not in second.said()
        assert ((data / "secrets/django").read_text(), staff(data)) == kept
    finally:
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(10) == 0


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = Served(tmp_path / "data", port)
        assert refused.process.wait(PATIENCE) == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in refused.said()
    assert not (tmp_path / "data/newsroom.sqlite3").exists()


def test_a_second_serve_on_the_same_folder_is_refused(served: Served, data: Path) -> None:
    second = Served(data, free_port())
    assert second.process.wait(PATIENCE) == 1
    assert f"already being served from {data} (process {served.process.pid})" in second.said()
    assert served.up()
