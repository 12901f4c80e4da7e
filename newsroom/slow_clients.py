"""WSGI: nobody who sends or reads slowly holds up the paper.

The web server has a fixed number of threads and no clock for bodies: a request that sends half of what it declares
would hold its thread for as long as it likes, and what had come by then would pass for the whole. Here

- no more than `BODIES` of the threads read bodies and no more than `STREAMS` hand out what is larger than `AT_ONCE`;
  others are told 503, and pages go on;
- while more than half of either are taken, connections on which nothing moves are closed (`Watch`; Linux);
- a body that breaks off raises ``ConnectionAbortedError``, which Django makes `UnreadablePostError`, and ends in 408;
  of a PATCH, which says from which byte on it writes (tus), what came before the break is handed over first;
- who waits for a body keeps no connection of a pool from others.
"""

from __future__ import annotations

import io
import logging
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from newsroom.databases import give_back

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

HEADERS_WITHIN = 15_000  # milliseconds for a request's head, and for the next request on an open connection
BODIES, STREAMS = 32, 20  # threads at once, of the server's 64: the others are for pages
PIECE = 16 * 1024
HURRY = 15.0  # seconds for a piece, while many are slow at once
LOOK = 3.0  # seconds between two looks
AT_ONCE = 512 * 1024  # bytes of an answer that are given to the server in one, whose memory then waits for the reader
ENDLESS = 10**18  # bytes: more than anything takes
_TCP_INFO_BYTES = struct.Struct("=120xQQ")  # tcpi_bytes_acked and tcpi_bytes_received in linux/tcp.h's tcp_info


class TooMany(ConnectionAbortedError):
    """Others have all the places. An ``OSError``, so that Django says `UnreadablePostError`."""


class Places:
    """So many at once and no more. `on_crowd` is called when more than half are taken."""

    def __init__(self, most: int, on_crowd: Callable[[], object] = lambda: None) -> None:
        self.most, self.taken, self._on_crowd = most, 0, on_crowd
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            if self.taken >= self.most:
                return False
            self.taken += 1
        if self.is_crowded:
            self._on_crowd()
        return True

    def leave(self) -> None:
        with self._lock:
            self.taken -= 1

    @property
    def is_crowded(self) -> bool:
        return self.taken * 2 > self.most


class _Moved(NamedTuple):
    """What has gone over a connection when it last moved, and when that was (``time.monotonic``)."""

    sent: int
    received: int
    at: float


class Watch:
    """Closes connections on which nothing moves, for as long as `places` are crowded. One thread at a time.

    What moves: any answer going out, or a `PIECE` coming in within `HURRY`. The server does not say which connection a
    request came by, so somebody who waits that long for an answer in the middle of such an attack is cut off too.
    """

    port = 0  # the server's

    def __init__(self) -> None:
        self._running = threading.Lock()

    def begin(self, places: Places) -> None:
        if sys.platform == "linux" and self._running.acquire(blocking=False):
            threading.Thread(target=self._run, args=(places,), name="slow clients", daemon=True).start()

    def _run(self, places: Places) -> None:
        moved: dict[tuple[int, Any], _Moved] = {}
        try:
            while places.is_crowded:
                moved = self.look(moved)
                time.sleep(LOOK)
        finally:
            self._running.release()

    def look(self, before: dict[tuple[int, Any], _Moved]) -> dict[tuple[int, Any], _Moved]:
        """Closes what has not moved since; what there is now."""
        now, after, closed = time.monotonic(), {}, 0
        for each in Path("/proc/self/fd").iterdir():
            try:
                if not each.is_socket():
                    continue
                number = int(each.name)
                with _line(number) as line:
                    if line.getsockname()[1] != self.port:
                        continue
                    peer = line.getpeername()
                    sent, received = _TCP_INFO_BYTES.unpack_from(
                        line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES.size)
                    )
                    last = before.get((number, peer))
                    if last is None or sent != last.sent or received >= last.received + PIECE:
                        last = _Moved(sent, received, now)
                    if now - last.at > HURRY:
                        line.shutdown(socket.SHUT_RDWR)
                        closed += 1
                    else:
                        after[number, peer] = last
            except (OSError, IndexError, struct.error):
                continue  # not such a one, or just gone
        if closed:
            log.warning("closed %d connections on which nothing moved", closed)
        return after


def _line(number: int) -> socket.socket:
    """The same connection by a number of its own, which is closed with it."""
    copy = os.dup(number)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


class Body(io.RawIOBase):
    """``wsgi.input`` of `length` bytes. The first read takes one of `places`; `end` leaves it."""

    def __init__(self, inner: Any, length: int, places: Places, *, keeps_parts: bool) -> None:
        self._inner, self._left, self._places, self._keeps_parts = inner, length, places, keeps_parts
        self._has_place = False
        self.problem: OSError | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises ``OSError`` when the body breaks off."""
        most = self._left if size < 0 else min(size, self._left)
        if most:
            give_back()
        pieces: list[bytes] = []
        while most:
            if self.problem is None and not self._has_place:
                self._has_place = self._places.take()
                self.problem = None if self._has_place else TooMany("too many bodies at once")
            if self.problem:
                raise self.problem
            wanted = min(PIECE, most)
            piece = self._inner.read(wanted)
            self._left -= len(piece)
            most -= len(piece)
            pieces.append(piece)
            if len(piece) < wanted:
                self.problem = ConnectionAbortedError("the body broke off")
                if not (self._keeps_parts and any(pieces)):
                    raise self.problem
                break
        return b"".join(pieces)

    def end(self) -> None:
        """Nobody reads any more."""
        if self._has_place:
            self._has_place = False
            self._places.leave()


def length_of(environ: Environ) -> int:
    """Bytes that a request says it brings: 0 where that is no number, `ENDLESS` where it is a longer one."""
    told = environ.get("CONTENT_LENGTH") or ""
    if not (told.isascii() and told.isdecimal()):
        return 0
    digits = told.lstrip("0")
    return int(digits or "0") if len(digits) < len(str(ENDLESS)) else ENDLESS


class Patience:
    """Wraps the whole application. What asks for no address (``OPTIONS *``) does not come to it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.watch = Watch()
        self.bodies = Places(BODIES, lambda: self.watch.begin(self.bodies))
        self.streams = Places(STREAMS, lambda: self.watch.begin(self.streams))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.watch.port = int(environ["SERVER_PORT"])
        if not (environ.get("PATH_INFO") or "/").startswith("/"):
            return _refuse(start_response, HTTPStatus.BAD_REQUEST, _NOWHERE)
        length = length_of(environ)
        if not length:
            return self._hand_out(environ, start_response, None)
        keeps_parts = environ["REQUEST_METHOD"] == "PATCH"
        body = Body(environ["wsgi.input"], length, self.bodies, keeps_parts=keeps_parts)
        try:
            return self._hand_out({**environ, "wsgi.input": body}, start_response, body)
        finally:
            body.end()  # every view has read what it wants before it answers

    def _hand_out(self, environ: Environ, start_response: StartResponse, body: Body | None) -> Iterable[bytes]:
        begun: list[Any] = []

        def start(*head: Any) -> Callable[[bytes], object]:
            begun[:] = head
            return lambda _piece: None

        answer = self.application(environ, start)
        status, headers = begun[0], begun[1]
        if body and body.problem and not status.startswith("2"):
            _close(answer)
            log.warning("a request's body was given up: %s", type(body.problem).__name__)
            if isinstance(body.problem, TooMany):
                return _refuse(start_response, HTTPStatus.SERVICE_UNAVAILABLE, _CROWDED)
            return _refuse(start_response, HTTPStatus.REQUEST_TIMEOUT, _BROKEN)
        if isinstance(answer, list):
            start_response(*begun)
            return answer
        if not getattr(answer, "streaming", True) or _size(headers) <= AT_ONCE:
            try:
                whole = b"".join(answer)
            finally:
                _close(answer)
            start_response(*begun)
            return [whole]
        if not self.streams.take():
            _close(answer)
            return _refuse(start_response, HTTPStatus.SERVICE_UNAVAILABLE, _CROWDED)
        start_response(*begun)
        return _Stream(answer, self.streams)


class _Stream:
    """What is handed out piece by piece, and has a place until it is closed."""

    def __init__(self, answer: Iterable[bytes], places: Places) -> None:
        self._answer, self._places = answer, places

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        self._places.leave()
        _close(self._answer)


_NOWHERE = b"This server has pages at addresses that begin with a slash.\n"
_BROKEN = b"What you sent did not arrive whole: the connection was too slow, or broke. Please send it again.\n"
_CROWDED = b"Too many are sending or fetching large files just now. Please try again in a moment.\n"


def _size(headers: list[tuple[str, str]]) -> float:
    """What the answer says of its length; without end where it says nothing."""
    return next((int(value) for name, value in headers if name.lower() == "content-length"), float("inf"))


def _close(answer: Iterable[bytes]) -> None:
    close = getattr(answer, "close", None)
    if close:
        close()


def _refuse(start_response: StartResponse, status: HTTPStatus, words: bytes) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(words)))]
    headers += [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Connection", "close")]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "5"))
    start_response(f"{status.value} {status.phrase}", headers)
    return [words]
