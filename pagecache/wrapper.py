"""The WSGI wrapper: answers a GET from ready bytes, outside Django's handler, if what the page declared still stands.

A page declares its tags in the header ``Surrogate-Key`` (``site article:12 section:4``); one without is never kept, nor
is one with a cookie, a nonce or a private ``Cache-Control``. ``X-Cache`` says of every answer where it came from:
HIT (memory), FILE (another process or an earlier run made it), STALE (softly purged a moment ago, while another
renders), MISS (rendered now), PASS (not ours to keep).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from html import escape
from http import HTTPStatus
from typing import Any

from pagecache import entries
from pagecache.entries import Entry, Headers
from pagecache.files import Files
from pagecache.generations import Generations, slot_of
from pagecache.keys import Environ, bare, key_of
from pagecache.memory import Memory
from pagecache.turns import Turns

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

FIGURES = ("hit", "file", "stale", "miss", "pass", "busy")
PATIENCE = 10.0  # seconds that a reader waits for somebody else's rendering
_CHARSET = '<meta charset="utf-8">'
_KEPT = frozenset({"200", "301", "404", "410"})
_LARGEST = 4 * 1024 * 1024
_MISSING = 2 * 1024 * 1024
_FAILED_FOR = 3.0  # seconds that the old page is served before a page that failed is tried again
_PASSED_FOR = 10.0  # seconds that a page known not to be kept is not waited for
_NOTED_MOST = 4_096
_FOR_PROXIES = {"cache-control", "surrogate-key"}
_ASK_EACH_TIME = ("Cache-Control", "public, max-age=0, must-revalidate")
_ONCE = ("Cache-Control", "private, max-age=0, must-revalidate")
_EVERY = 64  # hits between two words to the memory that a page is in use


class PageStore:
    """Wraps `application`. `surrogate_keys`: tags go out to what stands in front of us; else they stay here."""

    def __init__(
        self, application: Application, *, memory: Memory, files: Files, generations: Generations, turns: Turns,
        surrogate_keys: bool = False,
    ) -> None:  # fmt: skip
        self.application = application
        self.memory = memory
        # Addresses that nobody ever had: a flood of them must not push pages out.
        self.missing = Memory(min(memory.most_bytes // 8, _MISSING))
        self.files = files
        self.generations = generations
        self.turns = turns
        self.surrogate_keys = surrogate_keys
        self._passed: dict[str, float] = {}  # until when a page is known not to be kept
        self._failed: dict[str, float] = {}  # when a page failed, since it last did not
        self._counts = dict.fromkeys(FIGURES, 0)
        self._told = 0.0
        self._guard = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return self._pass(environ, start_response)
        entry = self.memory.get(key) or self.missing.get(key)
        if entry is not None:
            epoch = self.generations.epoch
            if entry.checked == epoch or self._still_good(entry, epoch):
                return self._answer(entry, environ, start_response, "hit", key)
        if self._passed and self._passed.get(key, 0) > time.monotonic():
            return self._pass(environ, start_response)
        return self._fetch(key, entry, environ, start_response)

    def _still_good(self, entry: Entry, epoch: int) -> bool:
        until = self.generations.good_until(entry.slots, entry.epoch)
        if until == math.inf:
            entry.checked = epoch  # until the next purge, of whatever
            return True
        entry.until = min(entry.until, until)
        return False

    def _fetch(self, key: str, old: Entry | None, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        came = time.monotonic()
        may_serve_old = old is not None and came < old.until < math.inf
        if old is not None and key in self._failed and self._is_better_than_none(old):
            if came - self._failed.get(key, 0) < _FAILED_FOR:
                return self._answer(old, environ, start_response, "stale", key)
            may_serve_old = True  # one tries again, which may take long; the others need not wait for it
        with self.turns.turn(key, wait=0) as is_ours:
            if is_ours:
                return self._fetch_now(key, environ, start_response)
        if may_serve_old and old is not None:
            return self._answer(old, environ, start_response, "stale", key)
        with self.turns.turn(key, wait=PATIENCE) as is_ours:
            # Where the one before us has just failed, a whole queue need not fail one after the other.
            if is_ours and self._failed.get(key, 0) < came:
                return self._fetch_now(key, environ, start_response)
        return self._busy(environ, start_response)

    def _fetch_now(self, key: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """In our turn: what another has made meanwhile, else what the application makes."""
        entry = self.memory.get(key) or self.missing.get(key)
        if entry is not None and self._still_good(entry, self.generations.epoch):
            return self._answer(entry, environ, start_response, "hit", key)
        found = self.files.load(key)
        if found is not None and self._still_good(found, self.generations.epoch):
            self.memory.put(key, found)
            self._failed.pop(key, None)
            return self._answer(found, environ, start_response, "file", key)
        return self._render(key, entry, environ, start_response)

    def _render(self, key: str, old: Entry | None, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        epoch = self.generations.epoch
        status, headers, body = _collect(self.application, bare(environ))
        if status.startswith("5"):
            self._note(self._failed, key, time.monotonic())
            if old is not None and self._is_better_than_none(old):
                return self._answer(old, environ, start_response, "stale", key)
        else:
            self._failed.pop(key, None)
        tags = _tags_of(status, headers, body)
        if not tags:
            if old is not None:
                self._drop(key, old)
            if not status.startswith("5"):
                self._note(self._passed, key, time.monotonic() + _PASSED_FOR)
            return self._hand_on(status, headers, body, environ, start_response)
        if not self.surrogate_keys:
            headers = [(name, value) for name, value in headers if name.lower() != "surrogate-key"]
        slots = tuple(sorted({slot_of(tag) for tag in tags.split()}))
        body = carrying_its_policy(headers, body)
        entry = entries.make(status, headers, body, tags=tags, slots=slots, epoch=epoch)
        if self.generations.good_until(slots, epoch) != math.inf:
            entry = _for_once(entry)  # purged meanwhile: for this reader, who came before
        else:
            (self.missing if status.startswith("404") else self.memory).put(key, entry)
            if old is not None:
                self._drop(key, old)  # where the other kind is: it must not come back when the page fails
            self.files.keep(key, entry)
        return self._answer(entry, environ, start_response, "miss", key)

    def _is_better_than_none(self, old: Entry) -> bool:
        """Whether the page may be served where there is no newer one to be had: it was purged softly at most."""
        return self.generations.good_until(old.slots, old.epoch) != 0

    def _drop(self, key: str, old: Entry) -> None:
        self.memory.drop(key, old)
        self.missing.drop(key, old)

    # Answers ------------------------------------------------------------------------------------------------------

    def _answer(
        self, entry: Entry, environ: Environ, start_response: StartResponse, how: str, key: str
    ) -> Iterable[bytes]:
        self._count(how, key)
        if how == "stale":
            entry = _for_once(entry)
        encoding = entry.choose(environ.get("HTTP_ACCEPT_ENCODING", ""))
        mark = ("X-Cache", how.upper())
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and entry.status.startswith("200") and entry.is_known_to(known):
            start_response("304 Not Modified", [*entry.head_unchanged(encoding), mark])
            return []
        start_response(entry.status, [*entry.head(encoding), mark])
        # A list: the web server sends it as bytes, and anything else piece by piece, which costs as much again.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [entry.bodies[encoding]]

    def _hand_on(
        self, status: str, headers: Headers, body: bytes, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        self._count("pass")
        start_response(status, [*_without_tags(headers), ("X-Cache", "PASS")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _pass(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._count("pass")

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            return start_response(status, [*_without_tags(headers), ("X-Cache", "PASS")], *rest)

        return self.application(environ, start)

    def _busy(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._count("busy")
        status = HTTPStatus.SERVICE_UNAVAILABLE
        body = b"The page is being made. Please try again in a moment.\n"
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        headers += [("Retry-After", "1"), ("Cache-Control", "no-store"), ("X-Cache", "BUSY")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    # Accounts -----------------------------------------------------------------------------------------------------

    def _note(self, moments: dict[str, float], key: str, moment: float) -> None:
        with self._guard:
            if len(moments) >= _NOTED_MOST:
                moments.clear()
            moments[key] = moment

    def _count(self, how: str, key: str = "") -> None:
        counts = self._counts
        counts[how] += 1  # threads may lose one now and then: these are figures, not accounts
        if how != "hit" or counts[how] % _EVERY == 0:
            self._tell()
            if key:
                self.memory.touch(key)

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < 1 or not self._guard.acquire(blocking=False):
            return
        try:
            self._told = now
            told = dict(self._counts)
            for how in FIGURES:
                self._counts[how] -= told[how]
            self.generations.add_figures(told[how] for how in FIGURES)
        finally:
            self._guard.release()


def _collect(application: Application, environ: Environ) -> tuple[str, Headers, bytes]:
    """The application's whole answer. What it raises, it raises."""
    answer: list[Any] = []

    def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        answer[:] = [status, headers]
        return lambda _piece: None

    pieces = application(environ, start)
    try:
        body = b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
    return answer[0], list(answer[1]), body


def _tags_of(status: str, headers: Headers, body: bytes) -> str:
    """The tags under which the answer may be kept; "" when it may not."""
    if status[:3] not in _KEPT or len(body) > _LARGEST:
        return ""
    named = {name.lower(): value for name, value in headers}
    if "set-cookie" in named or "content-encoding" in named or "'nonce-" in named.get("content-security-policy", ""):
        return ""
    control = named.get("cache-control", "")
    if "no-store" in control or "private" in control or "cookie" in named.get("vary", "").lower():
        return ""
    return named.get("surrogate-key", "")


def _for_once(entry: Entry) -> Entry:
    """The page for one reader: a cache in front, which has been told of the purge already, must not keep it."""
    headers = [each for each in entry.headers if each[0].lower() not in _FOR_PROXIES]
    return replace(entry, headers=[*headers, _ONCE], answers={})


def carrying_its_policy(headers: Headers, body: bytes) -> bytes:
    """A page of HTML with its Content-Security-Policy inside too: as a file, it has no headers of its own.

    What HTML may not say (who frames the page) is left out; the web server says it for all (``deploy/nginx.conf``).
    """
    policy = next((value for name, value in headers if name.lower() == "content-security-policy"), "")
    # In one order, so that the same page has the same bytes in every process.
    said = "; ".join(sorted(part for part in policy.split("; ") if not part.startswith("frame-ancestors")))
    if not said or not body.startswith(b"<!doctype html>"):
        return body
    tag = f'{_CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{escape(said, quote=False)}">'
    return body.replace(_CHARSET.encode(), tag.encode(), 1)


def _without_tags(headers: Headers) -> Headers:
    """For an answer that no purge reaches: caches in front must not keep it for as long as one that is told of each."""
    kept = [each for each in headers if each[0].lower() != "surrogate-key"]
    if len(kept) == len(headers):
        return kept
    return [
        _ASK_EACH_TIME if name.lower() == "cache-control" and "s-maxage" in value else (name, value)
        for name, value in kept
    ]
