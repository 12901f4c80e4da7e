"""An export is read row by row in constant memory, wherever the chunks of the file end and whatever breaks in it."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from articles.ghost import scan
from articles.ghost.scan import Row, Scanner
from tests.articles.ghost.exports import export, post

TABLES = {"posts", "posts_tags", "tags", "users"}
POSTS = [
    post(1),
    post(2, title='Braces },{"id": "x"} in a headline'),
    post(3, html="<p>Å ferry</p>", tags=["t1", "t2"]),
]


def rows(text: str | bytes) -> list[Row]:
    return list(Scanner(io.BytesIO(text if isinstance(text, bytes) else text.encode()), TABLES))


def told(text: str | bytes) -> tuple[list[str], list[tuple[str, str, int]]]:
    """The posts that came by their numbers, and what did not: problem, table, row."""
    found = rows(text)
    posts = [row.fields["id"].lstrip("0") for row in found if row.table == "posts" and not row.problem]
    return posts, [(row.problem, row.table, row.number) for row in found if row.problem]


def test_the_rows_are_the_same_wherever_a_chunk_ends_and_however_it_is_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = export(*POSTS)
    whole = rows(text)
    assert [row.fields["title"] for row in whole if row.table == "posts"] == [each["title"] for each in POSTS]
    assert {row.table for row in whole} == TABLES
    for laid_out in (json.dumps(json.loads(text), indent=4), export(*POSTS, is_bare=True), "\ufeff" + text):
        assert [(row.table, row.number, row.fields) for row in rows(laid_out)] == [
            (row.table, row.number, row.fields) for row in whole
        ]
    lines = json.dumps(json.loads(text), indent=1)
    for row in rows(lines)[1:3]:
        assert lines.splitlines()[row.line] == f'      "id": "{row.fields["id"]}",'
        assert lines[row.byte] == "{"
    for chunk in (1, 7, 64, 1000):
        monkeypatch.setattr(scan, "_CHUNK", chunk)
        assert rows(text) == whole, chunk


@pytest.mark.parametrize(
    ("old", "new", "posts", "problems"),
    [
        ('"slug": "story-1"', '"slug": story-1', "23", [("unreadable", "posts", 1)]),
        ('"slug": "story-2"', '"slug": "story-2', "13", [("unreadable", "posts", 2)]),
        ('"slug": "story-3"', '"slug": "story-"3"', "12", [("unreadable", "posts", 3)]),
        ('"name": "Mira Okono"', '"name": ', "123", [("unreadable", "users", 1)]),
        ('"posts": [', '"posts": [,', "23", [("unreadable", "posts", 1)]),
        ('"title": "The ferry', '"title": "\x00\x0bThe\nferry', "123", []),
    ],
)
def test_what_is_broken_costs_its_own_row(old: str, new: str, posts: str, problems: list[tuple[str, str, int]]) -> None:
    text = export(*POSTS)
    assert old in text
    assert told(text.replace(old, new)) == (list(posts), problems)


def test_a_file_that_ends_too_soon_gives_what_came_before() -> None:
    text = export(*POSTS)
    assert told(text[: text.index("story-3")]) == (["1", "2"], [("cut_off", "posts", 3)])
    assert told(text[: text.index('"roles"')]) == (["1", "2", "3"], [("cut_off", "", 1)])
    assert told("")[1] == [("cut_off", "", 1)]
    assert [problem for problem, _table, _row in told('{"db": nonsense "x": [[[')[1]] == ["unreadable"]


def test_a_row_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_BYTES", 4000)
    monkeypatch.setattr(scan, "_CHUNK", 1000)
    assert told(export(post(1), post(2, html="x" * 9000), post(3)))[0] == ["1", "3"]


class Endless(io.RawIOBase):
    """An export of so many posts that is made while it is read."""

    def __init__(self, count: int) -> None:
        self.source, self.rest = self._text(count), b""

    def _text(self, count: int) -> Iterator[bytes]:
        yield b'{"db": [{"data": {"posts": ['
        for number in range(count):
            row = {name: value for name, value in post(number, html="<p>It left.</p>" * 300).items() if name != "tags"}
            yield (b"," if number else b"") + json.dumps(row).encode()
        yield b"]}}]}"

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and (more := next(self.source, b"")):
            self.rest += more
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def peak(count: int) -> int:
    tracemalloc.start()
    try:
        assert sum(row.table == "posts" for row in Scanner(Endless(count), TABLES)) == count  # type: ignore[arg-type]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_twenty_times_the_posts_take_the_same_memory() -> None:
    assert peak(2_000) < 1.2 * peak(100)
