"""Lists of addresses as others write them: CSV of any shape, read line by line in constant memory.

UTF-8, or UTF-16 with a byte order mark; commas, semicolons or tabs; with or without a line of headings, and whatever
stands above that. An address may have a name before it, as mail programs write it. Each line stands alone, so that a
quotation mark that is never closed spoils one line and not the rest.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

LONGEST_LINE = 10_000  # characters; of a longer one the beginning counts
_NOTHING = " \t\n,;\"'\0"
_MAIL = ("mail", "address", "adresse", "بريد")
_LANGUAGE, _ZONE = {"language", "lang"}, {"time_zone", "timezone", "time zone"}
# “Ada Holt <ada@x.example>”, and how spreadsheets say what is between their cells.
_NAMED = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>\s*\Z")
_SPREADSHEET = re.compile(r'"?sep=.', re.IGNORECASE)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class Record:
    """One line that says something. ``line`` counts from 1; what is not there is ""."""

    line: int
    email: str
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class _Columns:
    """Where things stand in a line; -1: nowhere."""

    delimiter: str
    email: int
    language: int = -1
    time_zone: int = -1

    def record(self, line: int, text: str) -> Record:
        cells = _cells(text, self.delimiter)

        def cell(number: int) -> str:
            return cells[number] if 0 <= number < len(cells) else ""

        named = _NAMED.search(cell(self.email))
        return Record(line, named[1] if named else cell(self.email), cell(self.language), cell(self.time_zone))


# Of a line above all columns: it is shown as one without an address.
_ALONE = _Columns("\t", 0)


def records(pieces: Iterable[bytes], *, after: int = 0) -> Iterator[Record]:
    """What the lines after that number say; empty lines and the line of headings say nothing."""
    columns: _Columns | None = None
    for number, text in _lines(pieces):
        if not text.strip(_NOTHING):
            continue
        if columns is None:
            columns, is_heading = _columns(text)
            if is_heading or _SPREADSHEET.match(text):
                continue
        if number > after:
            yield (columns or _ALONE).record(number, text)


def _lines(pieces: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    binary = io.BufferedReader(_Pieces(pieces))
    head = binary.peek(3)
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    # What is not in that encoding becomes a sign that no address holds.
    with io.TextIOWrapper(binary, encoding=encoding, errors="replace") as text:
        number = 1
        while line := text.readline(LONGEST_LINE):
            yield number, line
            while not line.endswith("\n") and (line := text.readline(LONGEST_LINE)):
                pass
            number += 1


def _columns(text: str) -> tuple[_Columns | None, bool]:
    """What the line shows of those below, None for nothing; and whether it is a line of headings."""
    delimiter = max(",;\t", key=text.count)
    cells = [cell.lower() for cell in _cells(text, delimiter)]
    with_at = [number for number, cell in enumerate(cells) if "@" in cell]
    if with_at:
        return _Columns(delimiter, with_at[0]), False
    named = [number for word in _MAIL for number, cell in enumerate(cells) if word in cell]
    if not named:
        return None, False

    def place(words: set[str]) -> int:
        return next((number for number, cell in enumerate(cells) if cell in words), -1)

    return _Columns(delimiter, named[0], place(_LANGUAGE), place(_ZONE)), True


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:  # a line that no reader of tables takes
        return []
    return [cell.strip() for cell in cells]


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file that can be read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._pieces)
            except StopIteration:
                return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
