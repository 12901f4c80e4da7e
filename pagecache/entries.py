"""A finished page: its bytes in every encoding, and all that an answer needs, made once."""

from __future__ import annotations

import gzip
import json
import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import brotli

Headers = list[tuple[str, str]]

ENCODINGS = ("br", "gzip", "")
# Compressing on a miss must cost less than rendering; the worker does it again, better.
QUICK = {"br": 5, "gzip": 6}
BEST = {"br": 11, "gzip": 9}
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_MARK = re.compile(r'"([^"]*)"')
_SMALL = 300  # bytes below which compressing gains nothing
_TEXT = ("text/", "application/json", "application/feed+json", "application/xml", "application/rss+xml",
         "application/atom+xml", "application/manifest+json", "application/javascript", "image/svg+xml")  # fmt: skip
_OURS = frozenset({"content-length", "content-encoding", "etag", "vary", "x-cache", "date", "server", "connection"})


@dataclass(slots=True)
class Entry:
    """`slots` and `epoch` say whether it is still good (`pagecache.generations`); `checked` is the last epoch it was.

    `tags` are what the page declared, as it did: for what stands in front of us.
    """

    status: str
    headers: Headers
    bodies: dict[str, bytes]
    etag: str
    tags: str
    slots: tuple[int, ...]
    epoch: int
    checked: int
    until: float = math.inf
    answers: dict[str, Headers] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about."""
        return sum(map(len, self.bodies.values())) + 2_000

    def choose(self, accepted: str) -> str:
        """The encoding that the browser's ``Accept-Encoding`` likes best; "" is none."""
        return next((encoding for encoding in preferred(accepted) if encoding in self.bodies), "")

    def head(self, encoding: str) -> Headers:
        """The headers of a whole answer in that encoding, but for ``X-Cache``."""
        known = self.answers.get(encoding)
        if known is None:
            known = [*self.headers, ("Content-Length", str(len(self.bodies[encoding]))), *self._marks(encoding)]
            if encoding:
                known.append(("Content-Encoding", encoding))
            self.answers[encoding] = known
        return known

    def head_unchanged(self, encoding: str) -> Headers:
        """The headers of a 304 (RFC 9110, 15.4.5): those that a cache would bring up to date."""
        wanted = {"cache-control", "surrogate-key", "content-security-policy", "surrogate-control"}
        return [*(each for each in self.headers if each[0].lower() in wanted), *self._marks(encoding)]

    def is_known_to(self, if_none_match: str) -> bool:
        """Whether the client has this page already, in whatever encoding."""
        known = {mark.partition("-")[0] for mark in _MARK.findall(if_none_match)}
        return self.etag in known or if_none_match.strip() == "*"

    def _marks(self, encoding: str) -> Headers:
        return [("ETag", f'"{self.etag}{"-" if encoding else ""}{encoding}"'), ("Vary", "Accept-Encoding")]


def make(
    status: str, headers: Headers, body: bytes, *, tags: str, slots: tuple[int, ...], epoch: int,
    levels: dict[str, int] = QUICK,
) -> Entry:  # fmt: skip
    """An entry from what the application answered. Headers of transport are left out."""
    kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
    content_type = next((value for name, value in kept if name.lower() == "content-type"), "")
    return Entry(
        status=status, headers=kept, bodies=encoded(body, content_type, levels=levels), etag=mark(body), tags=tags,
        slots=slots, epoch=epoch, checked=epoch,
    )  # fmt: skip


def mark(body: bytes) -> str:
    """What stands in the ETag: the same for the same bytes, on every host."""
    return blake2b(body, digest_size=12).hexdigest()


def encoded(body: bytes, content_type: str, *, levels: dict[str, int]) -> dict[str, bytes]:
    """The body as it is and, for text that is worth it, by gzip and brotli; the former without a time in it."""
    bodies = {"": body}
    if len(body) > _SMALL and content_type.startswith(_TEXT):
        bodies["gzip"] = gzip.compress(body, levels["gzip"], mtime=0)
        bodies["br"] = brotli.compress(body, quality=levels["br"])
    return bodies


def to_json(entry: Entry) -> str:
    """All but the bodies."""
    return json.dumps(
        {"status": entry.status, "headers": entry.headers, "etag": entry.etag, "tags": entry.tags,
         "slots": entry.slots, "epoch": entry.epoch}
    )  # fmt: skip


def from_json(text: str, bodies: dict[str, bytes]) -> Entry:
    known: dict[str, Any] = json.loads(text)
    headers = [(name, value) for name, value in known.pop("headers")]
    slots = tuple(known.pop("slots"))
    return Entry(**known, headers=headers, slots=slots, bodies=bodies, checked=-1)


@lru_cache(maxsize=256)
def preferred(accepted: str) -> tuple[str, ...]:
    """Our encodings in the order that an ``Accept-Encoding`` gives them (RFC 9110, 12.5.3); what it refuses is missing.

    Among those liked as much ours decides. "" is no encoding, which is sent as well where nothing is left.
    """
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _semicolon, weight = part.replace(" ", "").replace("\t", "").partition(";")
        found = _WEIGHT.fullmatch(weight or "q=1")
        weights[{"identity": "", "x-gzip": "gzip"}.get(name, name)] = float(found[1]) if found else 0.0
    # What is not named has the weight of the asterisk; no encoding at all is the last resort, unless refused.
    others = weights.get("*", 0.0)
    given = {encoding: weights.get(encoding, others) for encoding in ENCODINGS}
    if "" not in weights and "*" not in weights:
        given[""] = 0.000_1
    return tuple(sorted((each for each in ENCODINGS if given[each]), key=lambda each: -given[each]))
