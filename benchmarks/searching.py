"""What a search costs beside the bare index query: the same SQL by hand, which fetches what a page of hits shows."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from django.db import connection

from articles.search import find
from articles.search.query import understand
from benchmarks.filling import is_postgresql, open_newsroom
from benchmarks.load import spent
from benchmarks.table import Row

HITS = 20
# As the engines rank: of the newest 10,000 matches the best, the newest first among equals.
_BARE = {
    "sqlite": """
        SELECT f.headline, f.standfirst, f.body_html, f.path FROM (
            SELECT number, score FROM (
                SELECT s.rowid AS number, bm25(articles_search, 10.0, 1.0) AS score
                FROM articles_search AS s JOIN articles_publishedarticle AS p ON p.id = s.rowid
                WHERE articles_search MATCH %s AND p.language = 'en' ORDER BY s.rowid DESC LIMIT 10000
            ) AS ranked ORDER BY score, number DESC LIMIT 21
        ) AS best JOIN articles_publishedarticle AS f ON f.id = best.number""",
    "postgresql": """
        SELECT f.headline, f.standfirst, f.body_html, f.path FROM (
            SELECT number, score FROM (
                SELECT s.id AS number,
                    (-ts_rank('{0.1, 0.1, 0.1, 1.0}', s.vector, to_tsquery('simple', %s)))::float8 AS score
                FROM articles_searchtext AS s JOIN articles_publishedarticle AS p ON p.id = s.id
                WHERE s.vector @@ to_tsquery('simple', %s) AND p.language = 'en' ORDER BY s.id DESC LIMIT 10000
            ) AS ranked ORDER BY score, number DESC LIMIT 21
        ) AS best JOIN articles_publishedarticle AS f ON f.id = best.number""",
}


def compare(count: int, *, rounds: int, on: str) -> list[Row]:
    """A word that every story has, one that a story in a thousand has, and one that a single story has."""
    open_newsroom(count)
    words = {"in every story": "ferry", "in one of 1,000": "berth7", "in one story": str(count // 2)}
    rows = []
    for what, word in words.items():
        ours: list[float] = []
        bare: list[float] = []
        for number in range(rounds + 1):
            for costs, search in ((ours, _ours), (bare, _bare)):
                took, hits = _timed(search, word)
                if hits != min(HITS, _expected(what, count)):
                    raise RuntimeError(f"searching for {word} found {hits}")
                if number:  # the first round brings the index into memory
                    costs.append(took)
        mine, theirs = statistics.median(ours) * 1000, statistics.median(bare) * 1000
        budget = "≤ 1.50"
        rows.append(
            Row(f"search, a word {what} of {count:,}", on, f"{mine:.2f} ms", f"{theirs:.2f} ms", mine / theirs, budget)
        )
    return rows


def _timed(search: Callable[[str], int], word: str) -> tuple[float, int]:
    before = spent()
    hits = search(word)
    return spent() - before, hits


def _ours(word: str) -> int:
    return len(find.by_relevance(understand(word), find.Filters(language="en"), count=HITS).hits)


def _bare(word: str) -> int:
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(_BARE["postgresql"], [f"'{word}'", f"'{word}'"])
        else:
            cursor.execute(_BARE["sqlite"], [f'"{word}"'])
        return len(cursor.fetchall()[:HITS])


def _expected(what: str, count: int) -> int:
    return {"in every story": count, "in one of 1,000": len(range(7, count + 1, 1_000)), "in one story": 1}[what]
