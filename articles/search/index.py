"""Keeps the index, in the transaction that publishes or takes off: what readers find is what readers have."""

from __future__ import annotations

import re
from collections import Counter

from django.db import connection

from articles import markup
from articles.models.published import PublishedArticle
from articles.models.search import SearchText, SearchWord
from articles.search.engines import engine
from articles.search.words import COUNTED, folded

_BODY = 2_000_000  # letters; no story is longer
# As `articles.blocks` writes them: what says to press or to go on, and headlines of other stories.
_FURNITURE = re.compile(
    r'<(nav|summary|video)\b.*?</\1>|<div class="elsewhere">(?:(?!</?div).)*(?:<div class="ask".*?</div>)?</div>'
    r'|<a class="download".*?</a>|<span class="position">.*?</span>'
)
_CREDIT = re.compile(r'<span class="credit">.*?</span>')


def keep(story: PublishedArticle) -> None:
    """Puts a story's words into the index, in the place of what was there."""
    title = folded(" ".join([story.headline, story.kicker, *(line["name"] for line in story.byline)]))
    body = folded(text_of(story)[:_BODY])
    words = _take_out(story.pk)
    words.subtract(_counted(title))
    SearchText.objects.create(id=story.pk, title=title, body=body)
    with connection.cursor() as cursor:
        engine().put(cursor, story.pk, title, body)
    _count_less(words)


def text_of(story: PublishedArticle, *, with_credits: bool = True) -> str:
    """The story's own words below its headline, plain: captions too, but nothing that its blocks say to be used."""
    html = _FURNITURE.sub("", story.body_html)
    return f"{story.standfirst}\n{markup.plain(html if with_credits else _CREDIT.sub('', html))}"


def forget(*numbers: int) -> None:
    """Takes the words of these stories out; nothing happens for one that has none there."""
    words: Counter[str] = Counter()
    for number in numbers:
        words.update(_take_out(number))
    _count_less(words)


def _take_out(number: int) -> Counter[str]:
    """The words of the headline that was there."""
    known = SearchText.objects.filter(pk=number).first()
    if known is None:
        return Counter()
    with connection.cursor() as cursor:
        engine().take_out(cursor, number, known.title, known.body)
    known.delete()
    return Counter(_counted(known.title))


def _counted(title: str) -> set[str]:
    return {word for word in title.split() if len(word) >= COUNTED}


def _count_less(words: Counter[str]) -> None:
    """Counts each word so many times less (more, where the number is negative).

    In one statement and in the order of the alphabet: two publications at the same moment wait for each other at most,
    and never in a ring; a story that keeps its words touches no row.
    """
    changed = [(word, word[0], -less) for word, less in sorted(words.items()) if less]
    if not changed:
        return
    table = SearchWord._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (word, initial, stories) VALUES {', '.join(['(%s, %s, %s)'] * len(changed))}"  # noqa: S608
            f" ON CONFLICT (word) DO UPDATE SET stories = {table}.stories + excluded.stories",
            [value for row in changed for value in row],
        )
    gone = [word for word, _initial, more in changed if more < 0]
    SearchWord.objects.filter(word__in=gone, stories__lte=0).delete()
