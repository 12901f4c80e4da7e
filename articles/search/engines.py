"""The two databases' full-text indexes behind one face: FTS5 of SQLite, tsvector of PostgreSQL.

Both hold the words that `articles.search.words` makes, and take `Query`; their words are letters and digits alone, so
that nothing typed can be anything but a word to them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from articles.search.query import Query, Term

# Of a common word's matches the newest are ranked: ranking a million takes seconds, and nobody pages that far.
RANKED = 10_000
_GLANCED, _COMMON = 500, 25  # the newest stories, and how many of them have a common word
_TITLE = 10.0  # how much a word of the headline weighs against one of the text


class Match(NamedTuple):
    """A story's number, and its score: the smaller, the better."""

    number: int
    score: float


class Sqlite:
    """The virtual table ``articles_search``, an external-content FTS5 table over `SearchText`."""

    def put(self, cursor: CursorWrapper, number: int, title: str, body: str) -> None:
        cursor.execute("INSERT INTO articles_search (rowid, title, body) VALUES (%s, %s, %s)", [number, title, body])

    def take_out(self, cursor: CursorWrapper, number: int, title: str, body: str) -> None:
        cursor.execute(
            "INSERT INTO articles_search (articles_search, rowid, title, body) VALUES ('delete', %s, %s, %s)",
            [number, title, body],
        )

    def expression(self, query: Query) -> str:
        wanted = " AND ".join(self._term(term) for term in query.wanted)
        excluded = [self._term(term) for term in query.terms if term.is_excluded]
        return f"({wanted})" + "".join(f" NOT {term}" for term in excluded)

    def _term(self, term: Term) -> str:
        return '"' + " ".join(term.words) + '"' + ("*" if term.is_prefix else "")

    @property
    def matching(self) -> str:
        return (
            "FROM articles_search AS s JOIN articles_publishedarticle AS p ON p.id = s.rowid"
            " WHERE articles_search MATCH %s"
        )

    score = f"bm25(articles_search, {_TITLE}, 1.0)"
    number = "s.rowid"

    def titled(self, query: Query, count: int) -> list[int]:
        return _numbers(
            f"SELECT rowid FROM articles_search WHERE articles_search MATCH %s ORDER BY rowid DESC LIMIT {count}",  # noqa: S608
            f"{{title}} : ({self.expression(query)})",
        )


class Postgresql:
    """The column ``vector`` of `SearchText`, with a GIN index."""

    def put(self, cursor: CursorWrapper, number: int, title: str, body: str) -> None:
        cursor.execute(
            "UPDATE articles_searchtext SET vector = setweight(to_tsvector('simple', title), 'A')"
            " || setweight(to_tsvector('simple', left(body, 400000)), 'D') WHERE id = %s",
            [number],
        )

    def take_out(self, cursor: CursorWrapper, number: int, title: str, body: str) -> None:
        """The row goes, and its words with it."""

    def expression(self, query: Query) -> str:
        return " & ".join(("!" if term.is_excluded else "") + f"({self._term(term)})" for term in query.terms)

    def _term(self, term: Term) -> str:
        return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.is_prefix else "")

    @property
    def matching(self) -> str:
        return (
            "FROM articles_searchtext AS s JOIN articles_publishedarticle AS p ON p.id = s.id"
            " WHERE s.vector @@ to_tsquery('simple', %s)"
        )

    # The same weights; the sign so that smaller is better, as with FTS5.
    score = (
        f"(-ts_rank('{{{1 / _TITLE}, {1 / _TITLE}, {1 / _TITLE}, 1.0}}', s.vector, to_tsquery('simple', %s)))::float8"
    )
    number = "s.id"

    _in_title = "to_tsvector('simple', title) @@ to_tsquery('simple', %s)"

    # Which way is quick hangs on how common the words are, and the planner takes every beginning for one that a story
    # in fifty has: it would look for a rare one among all, the greatest number first, and sort a million of a common
    # one. So the newest stories are asked first how common the words are; they may be so of late alone, and no more
    # stories are read in order than takes a moment.
    def titled(self, query: Query, count: int) -> list[int]:
        words = self.expression(query)
        if len(self._titled_among(_GLANCED, words, count=_COMMON)) == _COMMON:
            found = self._titled_among(RANKED, words, count=count)
            if len(found) == count:
                return found
        # The index of headlines alone: the other holds no weights, and would have each story's words read for them.
        # Behind an OFFSET the planner does not know how few are wanted, and asks it.
        return _numbers(
            f"SELECT id FROM (SELECT id FROM articles_searchtext WHERE {self._in_title} OFFSET 0) AS found"  # noqa: S608
            f" ORDER BY id DESC LIMIT {count}",
            words,
        )

    def _titled_among(self, newest: int, words: str, *, count: int) -> list[int]:
        return _numbers(
            f"SELECT id FROM (SELECT id, title FROM articles_searchtext ORDER BY id DESC LIMIT {newest}) AS newest"  # noqa: S608
            f" WHERE {self._in_title} ORDER BY id DESC LIMIT {count}",
            words,
        )


def engine() -> Sqlite | Postgresql:
    return Postgresql() if connection.vendor == "postgresql" else Sqlite()


def best(
    query: Query, *, where: str, values: list[Any], after: Match | None, count: int, among: int = 0
) -> list[Match]:
    """The best `count` matches after one already shown, best first, the newest first among equals.

    Of what is `where`, only the newest `RANKED` matches are ranked; with `among`, only the newest `among` of all
    matches are looked at, whatever is `where`, so that a question of which little comes costs no more than another.
    `where` is SQL about ``p``, the published story, beginning with " AND " or empty, with its `values`.
    """
    us = engine()
    scored = [us.expression(query)] if "%s" in us.score else []
    going_on, place = "", []
    if after:
        going_on, place = " WHERE score > %s OR (score = %s AND number < %s)", [after.score, after.score, after.number]
    ranked = _newest(us, us.score, "" if among else where, among or RANKED)
    if among:
        ranked = (
            f"SELECT seen.number, seen.score FROM ({ranked}) AS seen"  # noqa: S608
            f" JOIN articles_publishedarticle AS p ON p.id = seen.number WHERE 1 = 1{where}"
        )
    rows = _ask(
        f"SELECT number, score FROM ({ranked}) AS ranked{going_on}"  # noqa: S608
        f" ORDER BY score, number DESC LIMIT {count}",
        [*scored, us.expression(query), *values, *place],
    )
    return [Match(*row) for row in rows]


def newest(query: Query, *, where: str, values: list[Any], before: tuple[Any, int] | None, count: int) -> list[int]:
    """Numbers of the newest matches, older than `before` (a moment as the database has it, a number)."""
    us = engine()
    going_on, place = "", []
    if before:
        going_on, place = " WHERE score < %s OR (score = %s AND number < %s)", [before[0], *before]
    rows = _ask(
        f"SELECT number FROM ({_newest(us, 'p.published_at', where, RANKED)}) AS dated{going_on}"  # noqa: S608
        f" ORDER BY score DESC, number DESC LIMIT {count}",
        [us.expression(query), *values, *place],
    )
    return [number for (number,) in rows]


def titled(query: Query, *, count: int) -> list[int]:
    """Numbers of stories with all of it in headline, kicker or byline, the greatest first."""
    return engine().titled(query, count)


def _newest(us: Sqlite | Postgresql, score: str, where: str, among: int) -> str:
    """Of a common word's matches those of the newest stories, by number: the index gives them without sorting."""
    return (
        f"SELECT {us.number} AS number, {score} AS score {us.matching}{where} ORDER BY {us.number} DESC LIMIT {among}"
    )


def _numbers(sql: str, words: str) -> list[int]:
    return [number for (number,) in _ask(sql, [words])]


def _ask(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
