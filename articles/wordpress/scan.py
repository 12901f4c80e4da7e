"""The pieces of an export file, one after the other: an author, a category, a tag, a post.

The file is cut by its bytes, not by an XML parser: exports reach gigabytes, are cut off, and hold characters that XML
forbids, and a parser gives up at the first of these. Each piece is parsed by itself: a broken one costs itself alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

KINDS = ("item", "wp:author", "wp:category", "wp:tag", "wp:term", "wp:base_site_url", "wp:base_blog_url")
MOST_BYTES = 32 * 1024 * 1024  # of one piece; a long read has a hundredth of it
_CHUNK = 256 * 1024
_START = re.compile(rb"<(%s)(?=[\s>/])" % b"|".join(kind.encode() for kind in KINDS))
_ENDS = {kind: re.compile(rb"<!\[CDATA\[|</%s\s*>" % kind.encode()) for kind in KINDS}
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_LONGEST_TAG = 64
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding=["']([\w.-]+)["']""")


class Piece(NamedTuple):
    """The bytes of one element, start and end tag included, and the line (from 1) on which it begins.

    ``is_whole`` is False where the element has no end in the file, or none within `MOST_BYTES`.
    """

    kind: str
    source: bytes
    line: int
    is_whole: bool = True


class Scanner:
    """Iterates over the pieces of `stream`, holding one at a time.

    ``read`` is how many bytes have gone through, ``line`` on which it is.
    """

    def __init__(self, stream: BinaryIO) -> None:
        # What there is, where a stream can say so: a packed file that was cut raises where it ends, and not before.
        self._read = getattr(stream, "read1", stream.read)
        self.read = 0
        self.encoding = "utf-8"
        self._buffer = b""
        self.line = 1
        self._is_over = False

    def __iter__(self) -> Iterator[Piece]:
        self._more()
        declared = _ENCODING.search(self._buffer[:200])
        if declared:
            self.encoding = _of_these_bytes(declared[1].decode("ascii").lower())
        while True:
            start = _START.search(self._buffer)
            if start:
                self._drop(start.start())
                yield self._piece(start[1].decode())
            elif self._is_over:
                return
            else:
                self._drop(max(0, len(self._buffer) - _LONGEST_TAG))
                self._more()

    def _piece(self, kind: str) -> Piece:
        """The piece that the buffer begins with. Of a broken one only its start is left behind: others may follow."""
        line, end = self.line, self._end(kind)
        if end:
            source = self._buffer[:end]
            self._drop(end)
            return Piece(kind, source, line)
        source = self._buffer[:MOST_BYTES]
        self._drop(len(kind) + 1)
        return Piece(kind, source, line, is_whole=False)

    def _end(self, kind: str) -> int:
        """Where it ends; 0 where it does not. An end tag that stands in CDATA is text."""
        at, ends, wanted = 1, _ENDS[kind], b""
        while True:
            if wanted:
                found = self._buffer.find(wanted, at)
                if found >= 0:
                    at, wanted = found + len(wanted), b""
                    continue
            else:
                mark = ends.search(self._buffer, at)
                if mark and mark[0] == _CDATA:
                    at, wanted = mark.end(), _CDATA_END
                    continue
                if mark:
                    return mark.end()
            at = max(at, len(self._buffer) - _LONGEST_TAG)
            if self._is_over or len(self._buffer) > MOST_BYTES:
                return 0
            self._more()

    def _more(self) -> None:
        chunk = self._read(_CHUNK)
        self.read += len(chunk)
        self._is_over = not chunk
        self._buffer += chunk

    def _drop(self, count: int) -> None:
        self.line += self._buffer.count(b"\n", 0, count)
        self._buffer = self._buffer[count:]


def _of_these_bytes(encoding: str) -> str:
    """The encoding that a file declares, if its tags could be found in it; else UTF-8, which it is then."""
    try:
        return encoding if b"<item>".decode(encoding, "replace") == "<item>" else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"
