"""The rows of an export's tables, one after the other: a post, a tag, a person, who wrote what.

ijson reads the file piece by piece. It gives up at the first thing that is no JSON; so each piece ends where a row
does, and behind a broken one reading begins anew, in the same table or in the next that the piece itself begins.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple, cast

import ijson
from ijson.common import ObjectBuilder

MOST_BYTES = 32 * 1024 * 1024  # of one row; a long read has a hundredth of it
_CHUNK = 256 * 1024
_LOOK_BACK = 256
# Between two rows. In no text: a quotation mark in one has a backslash before it.
_BORDER = re.compile(rb'\}\s{0,100},\s{0,100}(?=\{\s{0,100}")')
_TABLE = re.compile(rb'"(?!db")(\w{1,60})"\s{0,100}:\s{0,100}\[\s{0,100}(?=\{\s{0,100}")')
_OPEN = re.compile(r"(?:db\.item\.)?data\.(\w+)")
# JSON knows no control characters but these spaces; where one stands in a text, a space is what was meant.
_SPACES = bytes(32 if sign < 32 else sign for sign in range(256))
_BOM = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """A row of a table, its number there (from 1), and the line and byte of the file at which it begins.

    ``problem``: "" for a whole row; "unreadable", with the reader's words in ``fields["error"]``; "cut_off" where the
    file ends within the table, or before its tables do.
    """

    table: str
    number: int
    line: int
    byte: int
    fields: dict[str, Any]
    problem: str = ""


class Scanner:
    """Iterates over the rows of `tables`, holding one at a time; those of other tables are passed over.

    ``read`` is how many bytes have gone through.
    """

    def __init__(self, stream: BinaryIO, tables: Collection[str]) -> None:
        # What there is, where a stream can say so: a packed file that was cut raises where it ends, and not before.
        self._read = getattr(stream, "read1", stream.read)
        self.tables = tables
        self.read = 0
        self._line, self._byte = 1, 0
        self._number, self._table = 0, ""  # of the row that was read last
        self._is_too_long = False
        self._parser: Any = None
        self._begin("", is_anew=False)

    def __iter__(self) -> Iterator[Row]:
        for piece in self._pieces():
            start = (self._line, self._byte)
            yield from self._rows_of(piece, *start)
            self._line += piece.count(b"\n")
            self._byte += len(piece)
        yield from self._end()

    def cut_off(self) -> Row:
        """Where reading stands, as a row that says that the file ends there."""
        return Row(self._table, self._number + 1, self._line, self._byte, {}, "cut_off")

    # Pieces --------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[bytes]:
        """The file in pieces, each of which ends with a row or with the file."""
        buffer, at = b"", 0
        while chunk := self._read(_CHUNK):
            self.read += len(chunk)
            buffer += chunk
            start = 0
            while border := _BORDER.search(buffer, max(at, start)):
                yield buffer[start : border.end()]
                start = border.end()
            buffer = buffer[start:]
            at = max(0, len(buffer) - _LOOK_BACK)
            if len(buffer) > MOST_BYTES:
                self._is_too_long = True
                yield buffer
                buffer, at = b"", 0
        if buffer:
            yield buffer

    def _rows_of(self, piece: bytes, line: int, byte: int) -> Iterator[Row]:
        is_told, rest = False, _mended(piece if byte else piece.removeprefix(_BOM))
        while True:
            is_lost = self._is_anew and not self._table
            error = "" if is_lost else self._fed(rest)
            for fields in self._whole_rows():
                yield Row(self._table, self._number, line, byte, fields)
            if not error and not is_lost:
                return
            if error and not is_told:
                self._number += 1
                yield Row(self._table, self._number, line, byte, {"error": error}, "unreadable")
                is_told = True
            following = _TABLE.search(rest, 1)
            self._begin(following[1].decode() if following else self._table, is_anew=True)
            if not following:
                return
            rest = rest[following.end() :]

    # The parser --------------------------------------------------------------------------------

    def _begin(self, table: str, *, is_anew: bool) -> None:
        """A parser at the start of the file, or within `table`."""
        if table != self._table:
            self._number = 0
        self._table = table
        self._events: list[tuple[str, str, Any]] = ijson.sendable_list()
        if is_anew:
            with suppress(ijson.JSONError):  # what it was in the middle of is given up
                self._parser.close()
        self._parser = ijson.parse_coro(self._events, use_float=True)
        self._row: ObjectBuilder | None = None
        self._is_anew: bool = is_anew
        if table:
            self._parser.send(b'{"db": [{"data": {"' + table.encode() + b'": [')
            for _none in self._whole_rows():
                pass

    def _fed(self, piece: bytes) -> str:
        """Gives the piece to the parser; its words if it gives up, else ""."""
        if self._is_too_long:
            self._is_too_long = False
            return "too long"
        try:
            self._parser.send(piece)
        except ijson.JSONError as error:
            return " ".join(str(error).split("\n")[0].split())
        return ""

    def _whole_rows(self) -> Iterator[dict[str, Any]]:
        events, self._events[:] = list(self._events), []
        for prefix, event, value in events:
            if self._row is not None:
                # No database but SQLite takes a NUL, which JSON writes as an escape.
                self._row.event(event, value.replace("\0", "") if isinstance(value, str) else value)
                if event == "end_map" and prefix == self._row_prefix:
                    self._number += 1
                    fields = cast(dict[str, Any], self._row.value)
                    self._row = None
                    yield fields
            elif not self._table or prefix != self._row_prefix:
                self._notice(prefix, event)
            elif event == "end_map":
                self._number += 1
            elif event == "start_map" and self._table in self.tables:
                self._row = ObjectBuilder()
                self._row.event(event, value)

    def _notice(self, prefix: str, event: str) -> None:
        """Where a table begins and ends."""
        if event == "start_array" and (found := _OPEN.fullmatch(prefix)):
            if found[1] != self._table:
                self._number = 0
            self._table, self._row_prefix = found[1], f"{prefix}.item"
        elif event == "end_array" and self._table and f"{prefix}.item" == self._row_prefix:
            self._table, self._number = "", 0

    def _end(self) -> Iterator[Row]:
        try:
            self._parser.close()
        except ijson.JSONError:
            # Begun anew, it misses the brackets that closed what it never saw opened.
            if self._table or not self._is_anew:
                yield self.cut_off()


def _mended(piece: bytes) -> bytes:
    piece = piece.translate(_SPACES)
    try:
        piece.decode()
    except UnicodeDecodeError:
        return piece.decode("utf-8", "replace").encode()
    return piece
