"""Keeps the index, in the transaction that publishes or takes off: what readers find is what readers have."""

from __future__ import annotations

from django.db import connection
from django.db.models import F

from articles import markup
from articles.models.published import PublishedArticle
from articles.models.search import SearchText, SearchWord
from articles.search.engines import engine
from articles.search.words import folded

_BODY = 2_000_000  # letters; no story is longer


def keep(story: PublishedArticle) -> None:
    """Puts a story's words into the index, in the place of what was there."""
    title = folded(" ".join([story.headline, story.kicker, *(line["name"] for line in story.byline)]))
    text = markup.plain(story.body_html)
    body = folded(f"{story.standfirst}\n{text}"[:_BODY])
    forget(story.pk)
    SearchText.objects.create(id=story.pk, title=title, body=body)
    with connection.cursor() as cursor:
        engine().put(cursor, story.pk, title, body)
    _count(title, 1)


def forget(number: int) -> None:
    """Takes a story's words out; nothing happens when it has none there."""
    known = SearchText.objects.filter(pk=number).first()
    if known is None:
        return
    with connection.cursor() as cursor:
        engine().take_out(cursor, number, known.title, known.body)
    known.delete()
    _count(known.title, -1)


def _count(title: str, by: int) -> None:
    wanted = {word for word in title.split() if len(word) > 2}
    if by > 0:
        SearchWord.objects.bulk_create(
            [SearchWord(word=word, initial=word[0]) for word in sorted(wanted)], ignore_conflicts=True
        )
    rows = SearchWord.objects.filter(word__in=wanted)
    rows.update(stories=F("stories") + by)
    if by < 0:
        rows.filter(stories__lte=0).delete()
