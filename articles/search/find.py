"""Asks the index: pages of hits with the words marked, and what may have been meant when there are none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import Any

from django.db import connection

from articles.models.published import Place, PublishedArticle
from articles.models.search import SearchWord
from articles.search import engines
from articles.search.engines import Match
from articles.search.index import text_of
from articles.search.query import Query, Term, understand
from articles.search.words import COUNTED, Word, words

AROUND = 140  # letters before and after the first word found
_NEAR = 2  # letters that a word may differ in
_CANDIDATES = 4_000
TITLED = 1_000


@dataclass(frozen=True)
class Filters:
    """What the hits must be; None or empty: whatever."""

    language: str = ""
    sections: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()  # any of them
    tags: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None  # not included


@dataclass(frozen=True)
class Hit:
    """A story found; `headline` and `snippet` are HTML, the words found in ``<mark>``."""

    story: PublishedArticle
    headline: str
    snippet: str


@dataclass(frozen=True)
class Page:
    """Hits, and the place after them (None at the end): a `Match` by relevance, a `Place` by date."""

    hits: list[Hit] = field(default_factory=list)
    more: Match | Place | None = None


def by_relevance(query: Query, filters: Filters, *, after: Match | None = None, count: int = 20) -> Page:
    """The best matches first; among the newest 10,000, should there be more."""
    if not query:
        return Page()
    where, values = _where(filters)
    matches = engines.best(query, where=where, values=values, after=after, count=count + 1)
    shown = matches[:count]
    return Page(_hits(query, [match.number for match in shown]), shown[-1] if len(matches) > count else None)


def by_date(query: Query, filters: Filters, *, before: Place | None = None, count: int = 20) -> Page:
    """The newest first."""
    if not query:
        return Page()
    where, values = _where(filters)
    place = (connection.ops.adapt_datetimefield_value(before.published_at), before.number) if before else None
    numbers = engines.newest(query, where=where, values=values, before=place, count=count + 1)
    hits = _hits(query, numbers[:count])
    return Page(hits, hits[-1].story.place if len(numbers) > count and hits else None)


def titled(typed: str) -> list[int]:
    """Numbers of published stories whose headline, kicker or byline has every word, or one that begins so.

    For whoever looks for a story known to be there: nothing typed has a meaning of its own. At most `TITLED`:
    first those that have the very words, then those with longer ones, the greatest number first among either.
    """
    query = understand(typed)
    terms = tuple(replace(term, is_prefix=False, is_excluded=False) for term in query.terms)
    if not terms:
        return []
    # The words themselves first: their stories stand in the index in order, so that a common word's newest are read and
    # no others, where a beginning has the stories of all its words put together before the first one is known.
    found = engines.titled(Query(typed, terms), count=TITLED)
    if len(found) == TITLED:
        return found
    begun = tuple(replace(term, is_prefix=True) for term in terms)
    return list(dict.fromkeys([*found, *engines.titled(Query(typed, begun), count=TITLED)]))[:TITLED]


def _where(filters: Filters) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    if filters.language:
        parts.append("p.language = %s")
        values.append(filters.language)
    if filters.sections:
        parts.append(f"p.section_id IN ({_marks(filters.sections)})")
        values += filters.sections
    for moment, sign in ((filters.since, ">="), (filters.until, "<")):
        if moment:
            parts.append(f"p.published_at {sign} %s")
            values.append(connection.ops.adapt_datetimefield_value(moment))
    for numbers, table, column, key in (
        (filters.authors, "articles_publishedbyline", "author_id", "article_id"),
        (filters.tags, "articles_publishedtag", "tag_id", "content_object_id"),
    ):
        if numbers:
            among = _marks(numbers)
            parts.append(f"EXISTS (SELECT 1 FROM {table} AS r WHERE r.{key} = p.id AND r.{column} IN ({among}))")  # noqa: S608
            values += numbers
    return "".join(f" AND {part}" for part in parts), values


def _marks(values: tuple[int, ...]) -> str:
    return ", ".join(["%s"] * len(values))


def _hits(query: Query, numbers: list[int]) -> list[Hit]:
    stories = PublishedArticle.objects.select_related("section__parent").in_bulk(numbers)
    return [
        Hit(
            stories[number],
            marked(stories[number].headline, query),
            snippet(text_of(stories[number], with_credits=False), query),
        )
        for number in numbers
        if number in stories
    ]


def marked(text: str, query: Query) -> str:
    """The text as HTML, the words looked for marked."""
    return _mark(text, _found(list(words(text)), query), 0, len(text))


def snippet(text: str, query: Query) -> str:
    """The part of the text round the first words looked for, as HTML with those marked; its beginning if none are."""
    there = _as_far_as_shown(text, query)
    found = _found(there, query)
    first = found[0][0] if found else 0
    start, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    # Whole words at both ends.
    start = next((word.start for word in there if word.start >= start), start) if start else 0
    end = next((word.end for word in reversed(there) if word.end <= end), end) if end < len(text) else end
    inside = _mark(text, [span for span in found if start <= span[0] and span[1] <= end], start, end)
    return ("… " if start else "") + inside.replace("\n", " ") + (" …" if end < len(text) else "")


def _as_far_as_shown(text: str, query: Query) -> list[Word]:
    """The words of the text from its beginning to the end of its snippet: most stories need not be read to the end."""
    there: list[Word] = []
    last, longest = len(text), max(len(term.words) for term in query.wanted)
    beginnings, ahead = _beginnings(query), 0
    for word in words(text):
        there.append(word)
        if word.start > last:
            break
        ahead = longest if word.text.startswith(beginnings) else ahead - 1
        if ahead > 0 and last == len(text) and (found := _found(there[-longest:], query)):
            last = found[0][0] + 2 * AROUND
    return there


def _found(there: list[Word], query: Query) -> list[tuple[int, int]]:
    spans, wanted, beginnings = [], query.wanted, _beginnings(query)
    for place, word in enumerate(there):
        if not word.text.startswith(beginnings):
            continue
        for term in wanted:
            count = len(term.words)
            if _is_at(term, there, place):
                spans.append((word.start, there[place + count - 1].end))
                break
    return spans


def _beginnings(query: Query) -> tuple[str, ...]:
    return tuple(term.words[0] for term in query.wanted)


def _is_at(term: Term, there: list[Word], place: int) -> bool:
    run = there[place : place + len(term.words)]
    if len(run) < len(term.words):
        return False
    *before, last = zip(term.words, run, strict=True)
    is_last = last[1].text.startswith(last[0]) if term.is_prefix else last[1].text == last[0]
    return is_last and all(wanted == word.text for wanted, word in before)


def _mark(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    out, at = [], start
    for first, last in spans:
        if first >= at:
            out += [escape(text[at:first], quote=False), f"<mark>{escape(text[first:last], quote=False)}</mark>"]
            at = last
    return "".join([*out, escape(text[at:end], quote=False)])


def meant(query: Query) -> str:
    """What may have been meant, where words are misspelt: the query with the nearest words of headlines; "" if none."""
    changed, is_changed = [], False
    for term in query.terms:
        nearest_words = [nearest(word) for word in term.words] if not term.is_excluded else list(term.words)
        is_changed |= tuple(nearest_words) != term.words
        phrase = " ".join(nearest_words)
        changed.append(("-" if term.is_excluded else "") + (f'"{phrase}"' if len(nearest_words) > 1 else phrase))
    return " ".join(changed) if is_changed else ""


def nearest(word: str, *, among: int = _CANDIDATES) -> str:
    """The word of headlines that is most like `word`, of the `among` commonest with its first letter; else itself."""
    if len(word) < COUNTED or SearchWord.objects.filter(word=word, stories__gt=0).exists():
        return word
    rows = SearchWord.objects.filter(initial=word[0], stories__gt=0).order_by("-stories")
    best, distance = word, _NEAR + 1
    for known in rows.values_list("word", flat=True)[:among]:
        if abs(len(known) - len(word)) <= _NEAR:
            found = _distance(word, known, distance - 1)
            if found < distance:
                best, distance = known, found
    return best


def _distance(one: str, other: str, most: int) -> int:
    """Letters to change, add, leave out or swap (optimal string alignment); `most` + 1 for anything further apart."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, before_above = row, before
        row = [i]
        for j, opposite in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, before_above[j - 2] + 1)
            row.append(cost)
        before = above
        if min(row) > most:
            return most + 1
    return row[-1]
