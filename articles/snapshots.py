"""A working copy as JSON and back: what a revision holds."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypedDict

from django.db.models import Manager

from articles import translations
from articles.models.desk import Article, Byline
from articles.models.merges import Merged
from articles.models.places import Section, Series, Tag
from authors.models import Author
from images.models import Picture

TEXT_FIELDS = (
    "headline", "short_headline", "social_headline", "kicker", "standfirst", "dateline", "body", "kind", "language",
    "slug",
)  # fmt: skip


_ADDED_LATER = frozenset({"noindex", "original"})


class Line(TypedDict):
    """One byline: the author's number or None, the name as printed, the credit."""

    author: int | None
    name: str
    credit: str


def lines_of(bylines: Iterable[Byline]) -> list[Line]:
    return [Line(author=each.author_id, name=each.printed, credit=each.credit) for each in bylines]


def take(article: Article) -> dict[str, Any]:
    """The story's content: text fields, whether search engines stay away (``noindex``), numbers of the
    original that it translates, lead picture, section, series and tags, bylines in order."""
    return {
        **fields_of(article),
        "tags": sorted(article.tags.values_list("pk", flat=True)),
        "bylines": lines_of(article.bylines.select_related("author")),
    }


def fields_of(article: Article) -> dict[str, Any]:
    """What of `take` stands in the story's own row."""
    return {
        **{name: getattr(article, name) for name in TEXT_FIELDS},
        "noindex": article.noindex,
        "original": article.original_id,
        "lead_picture": article.lead_picture_id,
        "section": article.section_id,
        "series": article.series_id,
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content: equal for equal content, whatever the order of keys."""
    # What older revisions lack is what it was then: no content changes because a field was added.
    said = {name: value for name, value in content.items() if value or name not in _ADDED_LATER}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def current(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a revision of any age with what stands now in the place of merged authors and tags."""
    named = [line["author"] for line in content["bylines"] if line["author"]]
    authors, tags = Merged.stand_for(authors=named, tags=content["tags"])
    lines = [{**line, "author": authors.get(line["author"], line["author"])} for line in content["bylines"]]
    return {**content, "bylines": lines, "tags": sorted({tags.get(tag, tag) for tag in content["tags"]})}


def put_back(article: Article, content: dict[str, Any], *, is_new: bool = False) -> None:
    """Writes a snapshot into the working copy's row, tags and bylines. One that `is_new` has none of these yet.

    What has been deleted since (a tag, an author, a section, a picture) is left out; a byline keeps its printed name.
    Raises `NotReady` where the story does not fit among the translations (`translations.settle`).
    """
    content = current(content)
    original, language = article.original_id, article.language
    for name in TEXT_FIELDS:
        setattr(article, name, content[name])
    article.noindex = content.get("noindex", False)
    # Revisions from before there were pictures have no such key.
    article.lead_picture = _there(Picture.objects, content.get("lead_picture"))
    article.section = _there(Section.objects, content["section"])
    article.series = _there(Series.objects, content["series"])
    article.original = _there(Article.objects, content.get("original"))
    if (article.original_id, article.language) != (original, language):
        translations.settle(article, former=original)
    article.save()
    tags = Tag.objects.filter(pk__in=content["tags"])
    if is_new:
        article.tags.add(*tags)
    else:
        article.tags.set(tags)
        article.bylines.all().delete()
    set_bylines(article, content["bylines"])


def _there(rows: Manager[Any], number: int | None) -> Any:
    return rows.filter(pk=number).first() if number else None


def set_bylines(article: Article, lines: Iterable[Line]) -> None:
    """Gives a story that has no bylines, or none any more, these, in their order."""
    lines = list(lines)
    known = Author.objects.in_bulk({line["author"] for line in lines if line["author"]})
    rows = []
    for position, line in enumerate(lines):
        author = known.get(line["author"] or 0)
        # A name that is simply the author's is not stored, so that a story that was never published follows a change
        # of name; in the others `receivers.keep_as_printed` then writes what was printed.
        name = "" if author and author.name == line["name"] else line["name"]
        rows.append(Byline(article=article, position=position, author=author, name=name, credit=line["credit"]))
    Byline.objects.bulk_create(rows)
