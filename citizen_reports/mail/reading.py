"""A mail is taken apart in a program of its own, with limits on memory and time: a hostile one ends as `Unreadable`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

MEMORY = 768 * 1024 * 1024
PROCESSOR, SECONDS = 20, 60
_HEAD = 4 * 1024 * 1024
_PIECE = 64 * 1024
_PARSER = Path(__file__).with_name("parser.py")


class Unreadable(Exception):
    """The mail could not be taken apart within the limits."""


@dataclass(frozen=True)
class File:
    """A file of a mail: its name and its type as the sender says, and its size in bytes."""

    name: str
    declared: str
    size: int


@dataclass(frozen=True)
class Letter:
    """What is in a mail. Nothing of it is proven: every word is the sender's.

    ``signals``: the headers by which programs are known, lower-case name → text. ``over``: "headers", "parts" or
    "depth" where it is built beyond the limits. ``left_out``: how many files were not taken.
    """

    sender: str = ""
    sender_name: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    message_id: str = ""
    references: list[str] = field(default_factory=list)
    languages: str = ""
    signals: dict[str, str] = field(default_factory=dict)
    text: str = ""
    over: str = ""
    left_out: int = 0
    files: list[File] = field(default_factory=list)


class Reader:
    """An open mail: `letter`, and its files' bytes, which are read once, in the order of ``letter.files``."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.letter = _letter(stream.readline(_HEAD))

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes. Raises `Unreadable` when there are fewer."""
        while size:
            piece = self._stream.read(min(size, _PIECE))
            if not piece:
                raise Unreadable
            size -= len(piece)
            yield piece


@contextmanager
def opened(raw: bytes) -> Iterator[Reader]:
    """The mail, taken apart; the program is gone at the end, whatever happened. Raises `Unreadable`."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_PARSER), str(MEMORY), str(PROCESSOR)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/",
        start_new_session=True,
    )  # fmt: skip
    feed, told = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    late = threading.Timer(SECONDS, child.kill)
    late.start()
    try:
        with suppress(BrokenPipeError):  # it died: what it did not say shows below
            feed.write(raw)
            feed.close()
        yield Reader(told)
    finally:
        late.cancel()
        child.kill()
        told.close()
        with suppress(BrokenPipeError):
            feed.close()
        child.wait()


def _letter(line: bytes) -> Letter:
    try:
        told: dict[str, Any] = json.loads(line)
        return Letter(**{**told, "files": [File(*each) for each in told["files"]]})
    except (ValueError, LookupError, TypeError) as error:
        raise Unreadable from error
