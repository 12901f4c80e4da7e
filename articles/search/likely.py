"""Which stories an address that leads nowhere may have meant.

Made-up addresses come in floods: of stories only so many are read, however many there are. (Of a common word the index
still goes through its own list.)
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from articles.languages import LANGUAGES
from articles.models.published import PublishedArticle
from articles.models.search import SearchWord
from articles.search import engines, find
from articles.search.query import Query, Term
from articles.search.words import words

SHOWN = 5
_MOST_WORDS = 8
_AMONG = 300  # the newest matches in all languages, of which the best are shown
_OF_A_DAY = 60
_ENDING = re.compile(r"\.(?:html?|php|aspx?)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_DATED = re.compile(r"/([12]\d{3})/(\d\d)/(\d\d)/([^/]+)", re.ASCII)


def words_of(path: str) -> str:
    """The words in the last part of an address that has any, for the search field; "" for an address of numbers."""
    for segment in reversed(path.split("/")):
        found = _WORD.findall(_ENDING.sub("", segment)[:200])
        if segment not in LANGUAGES and any(not word.isdigit() and len(word) > 1 for word in found):
            return " ".join(found[:_MOST_WORDS])
    return ""


def stories(path: str, *, language: str, zone: ZoneInfo) -> list[PublishedArticle]:
    """Up to five stories in `language`, the likeliest first: those of the day in the address (by the clock of `zone`)
    whose own address is much like it, then those with its words. Seven queries at most."""
    wanted = words_of(path)
    if not wanted:
        return []
    numbers = list(dict.fromkeys([*_of_the_day(path, language, zone), *_with_words(wanted, language)]))[:SHOWN]
    found = PublishedArticle.objects.cards().in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _of_the_day(path: str, language: str, zone: ZoneInfo) -> list[int]:
    """Stories of that day whose slug begins like the one asked for (it was cut off) or differs in little."""
    dated = _DATED.search(path)
    if not dated:
        return []
    year, month, day, slug = dated.groups()
    try:
        start = datetime(int(year), int(month), int(day), tzinfo=zone)
    except ValueError:  # no such day
        return []
    stories = PublishedArticle.objects.filter(
        language=language, published_at__gte=start, published_at__lt=start + timedelta(days=1)
    ).newest_first()
    rows = stories.values_list("path", "pk")[:_OF_A_DAY]
    slugs = {path.rstrip("/").rpartition("/")[2]: number for path, number in rows}
    cut_off = [each for each in slugs if len(slug) > 3 and each.startswith(slug)]
    return [slugs[each] for each in [*cut_off, *get_close_matches(slug, slugs, n=SHOWN, cutoff=0.7)]]


def _with_words(wanted: str, language: str) -> list[int]:
    """Stories with as many of the words as find anything, the rarest of them first to be kept."""
    typed = list(dict.fromkeys(word.text for word in words(wanted)))[:_MOST_WORDS]
    if not typed:  # nothing but signs that the search passes over, as Arabic's lengthening stroke
        return []
    rows = SearchWord.objects.filter(word__in=typed, stories__gt=0).order_by("stories")
    rare = list(rows.values_list("word", flat=True))
    if not rare:
        longest = max(typed, key=len)
        rare = [each for each in (find.nearest(longest, among=_AMONG),) if each != longest]
    for few in dict.fromkeys(map(tuple, (typed, rare, rare[:2], rare[:1]))):
        query = Query(wanted, tuple(Term((word,)) for word in few))
        where, values = " AND p.language = %s", [language]
        if query and (found := engines.best(query, where=where, values=values, after=None, count=SHOWN, among=_AMONG)):
            return [match.number for match in found]
    return []
