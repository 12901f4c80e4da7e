"""What things cost in processor time, so that whatever else the machine does meanwhile counts for little.

A server is asked for one page over and over, on connections that stay open, and its own processes' time is taken: so
this client's does not count either.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

CONNECTIONS = 16
_PATIENCE = 20.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A whole answer as it came over the wire."""

    head: bytes
    body: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _colon, value in (line.partition(":") for line in lines)]

    def header(self, wanted: str) -> str:
        return next((value for name, value in self.headers if name.lower() == wanted), "")


def request(path: str, host: str) -> bytes:
    """What a browser that knows gzip sends, as far as it matters."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode()


def ask(port: int, asked: bytes) -> Answer:
    """One answer. Raises ``RuntimeError`` unless it is 200."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as line:
        line.sendall(asked)
        answer = _whole(line)
    if not answer.head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{asked!r}: {answer.head!r}")
    return answer


def _whole(line: socket.socket) -> Answer:
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _empty, body = got.partition(b"\r\n\r\n")
    length = int(Answer(head, b"").header("content-length"))
    while len(body) < length:
        body += line.recv(65536)
    return Answer(head, body)


def drive(port: int, asked: bytes, *, seconds: float) -> int:
    """How many answers came within `seconds`. ``TimeoutError`` when none comes any more."""
    done = 0
    with ExitStack() as stack, selectors.DefaultSelector() as selector:

        def begin() -> None:
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ, _Coming(line))
            line.sendall(asked)

        for _each in range(CONNECTIONS):
            begin()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise TimeoutError(f"port {port} does not answer any more")
            for key, _events in ready:
                try:
                    if key.data.is_whole():
                        done += 1
                        key.data.line.sendall(asked)
                except ConnectionError:  # nginx closes a connection after 1,000 answers
                    selector.unregister(key.fileobj)
                    key.data.line.close()
                    begin()
    return done


class _Coming:
    """An answer on its way."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.head = b""
        self.left = 0

    def is_whole(self) -> bool:
        """Takes what has come; True when that was the end of the answer. ``ConnectionError`` when it was closed."""
        got = self.line.recv(65536)
        if not got:
            raise ConnectionResetError
        if self.left:
            self.left -= len(got)
        else:
            self.head += got
            head, end, body = self.head.partition(b"\r\n\r\n")
            length = _LENGTH.search(head) if end else None
            if length:
                self.head, self.left = b"", int(length[1]) - len(body)
        return not self.left and not self.head


def processor_seconds(session: int) -> float:
    """What all processes of a session have used so far (Linux: proc(5), the first figure of ``schedstat``)."""
    nanoseconds = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # The name in brackets may hold anything; of what follows it the fourth figure is the session.
            if int((process / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                nanoseconds += sum(
                    int((thread / "schedstat").read_text().split()[0]) for thread in (process / "task").iterdir()
                )
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
    return nanoseconds / 1e9


def rate(session: int, port: int, asked: bytes, *, seconds: float) -> float:
    """Answers a second of processor time of the server that runs as `session`."""
    before = processor_seconds(session)
    done = drive(port, asked, seconds=seconds)
    return done / (processor_seconds(session) - before)


def most_memory() -> int:
    """The most that this process has held, in kB. What ``getrusage`` says counts in whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def spent() -> float:
    """Seconds of processor time that this process and, where it is another, that of its database have used so far."""
    ours = time.process_time()
    if connection.vendor != "postgresql":
        return ours
    connection.ensure_connection()
    theirs = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return ours + int(theirs) / 1e9
