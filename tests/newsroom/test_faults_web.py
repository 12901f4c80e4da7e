"""Clients that send slowly, half, or without end, against the real web server: readers are served meanwhile."""

from __future__ import annotations

import os
import resource
import select
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol

import pytest
from django.conf import settings

from citizen_reports import intake
from newsroom import slow_clients
from subscriptions.models.people import Subscriber
from tests import make
from tests.nginx import nginx, shipped
from tests.pagecache.servers import PATIENCE, ask, servers
from tests.run import free_port

SOAK = bool(os.environ.get("SOAK"))
SLOW = 600 if SOAK else 70  # more than the server has threads
SILENT = 2000 if SOAK else 20
SENT = 10_000_000_000 if SOAK else 50_000_000  # bytes that are sent where the server goes on taking them
TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEF"
LENGTH, FORM = {"Content-Length": "10000000000"}, {"Content-Type": "application/x-www-form-urlencoded"}
CHUNKED = {"Transfer-Encoding": "chunked"}
PARTS = {"Content-Type": "multipart/form-data; boundary=xx"}
FILE = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'


class Door(Protocol):
    """The web server, or nginx before it."""

    port: int
    process: subprocess.Popen[bytes]


def head(server: Door, path: str, **headers: str) -> bytes:
    origin = f"127.0.0.1:{server.port}"
    lines = {"Host": origin, "Origin": f"http://{origin}", "Cookie": f"csrftoken={TOKEN}", **headers}
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
    ).encode()


@contextmanager
def line(server: Door, first: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as opened:
        opened.sendall(first)
        yield opened


def answer(opened: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    whole = b""
    try:
        while more := opened.recv(65536):
            whole += more
    except ConnectionResetError:
        pass
    return whole


def memory(server: Door) -> int:
    """Bytes that its workers hold."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children)
    return pages * resource.getpagesize()


def pour(server: Door, path: str, headers: dict[str, str], first: bytes = b"") -> tuple[int, bytes]:
    """Sends without end; how much was taken, and the first line of the answer."""
    taken, piece = 0, b"a" * 65536
    if headers is CHUNKED or "Transfer-Encoding" in headers:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    with line(server, head(server, path, **headers) + first) as opened:
        try:
            while taken < SENT:
                taken += opened.send(piece)
            with suppress(OSError):
                opened.shutdown(socket.SHUT_WR)  # whoever takes and forgets it all need not wait for more
        except ConnectionError:
            pass
        return taken, answer(opened).partition(b"\r\n")[0]


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_slow_half_and_endless_requests_cost_readers_nothing() -> None:
    make.site()
    story = make.story("Ferry resumes")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with ExitStack() as stack, servers(1, HASTY="1") as (server,):
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        assert server.ask(story.path).status == 200

        # Nothing, half a head, or the wish to speak HTTP/2: all are hung up on after a while.
        starts = [b"", b"GET / HTTP/1.1\r\nHost: 12", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
        silent = [stack.enter_context(line(server, first)) for first in starts for _ in range(SILENT)]

        # More bodies that do not come on than there are threads.
        half = head(server, "/accounts/sign-in/", **FORM, **{"Content-Length": "1000"}) + b"email=a"
        slow = [stack.enter_context(line(server, half)) for _ in range(SLOW)]
        for path in (story.path, "/health/", "/accounts/sign-in/", "/static/admin/css/base.css"):
            assert server.ask(path).status == 200, path
        said = {answer(each)[9:12] for each in slow[slow_clients.BODIES :]}
        assert said <= {b"503", b"408", b""}
        assert b"503" in said
        # Enough of the others are cut off for a place to be free again, for a form that is whole.
        end = time.monotonic() + PATIENCE
        whole = head(server, "/subscribe/", **FORM, **{"Content-Length": "7"}) + b"email=a"
        while True:
            with line(server, whole.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) as opened:
                status = answer(opened)[9:12]
            if status != b"503":
                break
            assert time.monotonic() < end
        assert status == b"422", "the form, with what is missing"
        assert all(answer(each)[9:12] in {b"", b"408"} for each in silent)

        # Half a form is none.
        body = b"email=reader%40example.org&topic=news"
        with line(server, head(server, "/subscribe/", **FORM, **{"Content-Length": "1000"}) + body) as opened:
            opened.shutdown(socket.SHUT_WR)
            assert answer(opened)[9:12] in {b"", b"408"}

        # What has no end is refused at its beginning, and fills neither memory nor disk.
        before = memory(server)
        for headers, first in [
            ({**FORM, **LENGTH}, b""), ({**PARTS, **LENGTH}, FILE), ({**FORM, **CHUNKED}, b""),
            ({**FORM, "Content-Encoding": "gzip", **LENGTH}, b"\x1f\x8b\x08"),
        ]:  # fmt: skip
            for path in ("/accounts/sign-in/", "/subscribe/", "/report/witness/", "/hooks/mail/", story.path):
                taken, status = pour(server, path, headers, first)
                assert taken < 20_000_000, (path, headers)
                assert status[9:10] in {b"4", b""}, (path, status)
        fields = "&".join(f"f{number}=" for number in range(200_000)).encode()
        many = head(server, "/subscribe/", **FORM, **{"Content-Length": str(len(fields)), "Connection": "close"})
        with line(server, many + fields) as opened:
            assert answer(opened)[9:12] in {b"400", b"413"}
        assert memory(server) < before + 100_000_000
        assert server.ask(story.path).status == 200
    assert not Subscriber.objects.exists()


@contextmanager
def disk_used(*folders: Path) -> Iterator[list[int]]:
    """The most bytes that lay in the folders at one time while the block ran, in a list of one."""
    most, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(0.002):
            sizes = 0
            for each in [path for folder in folders for path in folder.rglob("*")]:
                with suppress(FileNotFoundError):
                    sizes += each.stat().st_size if each.is_file() else 0
            most[0] = max(most[0], sizes)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield most
        finally:
            stop.set()
        looking.result()


@pytest.mark.processes
@pytest.mark.nginx
@pytest.mark.django_db(transaction=True)
def test_behind_nginx_what_has_no_end_is_refused_too_and_lies_on_no_disk(tmp_path: Path) -> None:
    make.site()
    intake.found_forms()
    story = make.story("Ferry resumes")
    temporary, port = tmp_path / "tmp", free_port()
    temporary.mkdir()
    with (
        servers(1, TMPDIR=str(temporary)) as (server,),
        nginx(
            shipped(port=port, data=settings.DATA_DIR, application=server.port, log=tmp_path / "log"),
            tmp_path / "nginx",
            port=port,
        ) as process,
        disk_used(temporary, tmp_path / "nginx") as most,
        ThreadPoolExecutor() as pool,
    ):
        front: Door = SimpleNamespace(port=port, process=process)
        assert ask(port, story.path).status == 200
        before = memory(server), memory(front)
        kinds = [({**FORM, **CHUNKED}, b""), ({**PARTS, **CHUNKED}, b""), ({**PARTS, **LENGTH}, FILE)]
        pages = ("/subscribe/", "/report/witness/")
        poured = [pool.submit(pour, front, page, *kind) for page in pages for kind in kinds]
        assert {ask(port, page).status for page in (story.path, *pages)} == {200}
        for each in poured:
            assert each.result()[1][9:12] in {b"411", b"413", b""}, each.result()
        assert memory(server) < before[0] + 100_000_000
        assert memory(front) < before[1] + 20_000_000
    assert most[0] < 2_000_000


class Inner:
    """A body as the web server gives it: short where it breaks off."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece


def test_the_watch_leaves_nothing_open() -> None:
    watch = slow_clients.Watch()
    watch.port = 1
    reading, writing = os.pipe()
    try:
        with Path(__file__).open(), socket.socket(), select.epoll():
            before = len(list(Path("/proc/self/fd").iterdir()))
            for _look in range(10):
                assert watch.look({}) == {}
            assert len(list(Path("/proc/self/fd").iterdir())) < before + 10, "not one for each look"
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize(("told", "length"), [
    ("", 0), ("0", 0), ("000", 0), ("+5", 0), ("²", 0), ("12", 12), ("0" * 30 + "12", 12), ("9" * 18, 10**18 - 1),
    ("1" + "0" * 18, 10**18), ("9" * 5000, 10**18), ("0" * 5000 + "7", 7),
])  # fmt: skip
def test_a_length_is_what_its_digits_say_however_many(told: str, length: int) -> None:
    assert slow_clients.length_of({"CONTENT_LENGTH": told}) == length


def test_what_asks_for_no_address_is_refused_before_the_application() -> None:
    def application(environ: dict[str, str], start: slow_clients.StartResponse) -> list[bytes]:
        raise AssertionError("asked")

    said: list[str] = []
    environ = {"SERVER_PORT": "1", "REQUEST_METHOD": "OPTIONS", "PATH_INFO": "*"}
    (words,) = slow_clients.Patience(application)(environ, lambda status, headers: said.append(status))
    assert said == ["400 Bad Request"] and words.startswith(b"This server has pages")


@pytest.mark.parametrize(("method", "kept"), [("POST", b""), ("PATCH", b"half")])
def test_of_a_body_that_breaks_off_only_a_protocol_with_offsets_gets_the_part(method: str, kept: bytes) -> None:
    places = slow_clients.Places(1)
    body = slow_clients.Body(Inner(b"half"), 8, places, keeps_parts=method == "PATCH")
    if kept:
        assert body.read(8) == kept
    with pytest.raises(ConnectionAbortedError):
        body.read(8)
    assert not slow_clients.Body(Inner(b"whole"), 5, places, keeps_parts=False).read(0)
    with pytest.raises(slow_clients.TooMany):
        slow_clients.Body(Inner(b"whole"), 5, places, keeps_parts=False).read()
    body.end()
    assert slow_clients.Body(Inner(b"whole"), 5, places, keeps_parts=False).read() == b"whole"


def test_large_answers_have_places_of_their_own_which_they_leave() -> None:
    said: list[str] = []

    def application(environ: dict[str, str], start: slow_clients.StartResponse) -> Iterator[bytes]:
        start("200 OK", [("Content-Length", environ["size"])])
        return iter([b"film"])

    patience = slow_clients.Patience(application)

    def ask(size: int) -> object:
        environ = {"SERVER_PORT": "1", "REQUEST_METHOD": "GET", "size": str(size)}
        return patience(environ, lambda status, headers: said.append(status))

    small = slow_clients.AT_ONCE
    films = [ask(small + 1) for _ in range(slow_clients.STREAMS + 1)]
    assert said == ["200 OK"] * slow_clients.STREAMS + ["503 Service Unavailable"]
    assert ask(small) == [b"film"], "given to the server at once, and needs no place"
    films[0].close()  # type: ignore[attr-defined]
    ask(small + 1)
    assert said[-1] == "200 OK"
