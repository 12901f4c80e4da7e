"""What a feed says, whatever its format: a list's newest stories with all that the formats ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.html import escape

from articles import blocks, paths, reading
from articles.corrections import with_notes
from articles.models.moves import FeedName
from articles.models.published import PublishedArticle
from images import renditions

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Person:
    """A name as printed in the byline; `url` is that of the author's page, "" for who has none."""

    name: str
    url: str


@dataclass(frozen=True)
class Image:
    """The lead picture as JPEG. `length` is in bytes, 0 until the file has been made."""

    url: str
    width: int
    height: int
    length: int
    alt: str
    credit: str


@dataclass(frozen=True)
class Item:
    """A story. `html` is its text, or its standfirst where the paper hands on no more; corrections stand in both.

    `name` stays what it is when the address changes, so that no reader sees the story as new; a story that moved in
    keeps that of its old site. `id` is the same where it is an IRI, as Atom asks (RFC 4287), else ours (RFC 4151).
    """

    name: str
    id: str
    url: str
    title: str
    summary: str  # plain
    html: str
    language: str
    published: datetime
    updated: datetime
    authors: list[Person]
    categories: list[str]
    image: Image | None


@dataclass(frozen=True)
class Feed:
    """`home` is the page of the list, `address` the feed's own. `following` leads to older stories, "" at the end."""

    title: str
    description: str
    language: str
    home: str
    address: str
    following: str
    hubs: list[str]
    publisher: Person
    icon: str
    is_whole: bool
    items: list[Item]


def items_of(stories: Sequence[PublishedArticle], *, is_whole: bool) -> list[Item]:
    """The stories for other people's screens: nothing relative, nothing that needs a script, no graphic picture."""
    names = dict(FeedName.objects.filter(pk__in=[story.pk for story in stories]).values_list("pk", "name"))
    return [_item(story, clean(names.get(story.pk, "")), is_whole=is_whole) for story in stories]


def _item(story: PublishedArticle, name: str, *, is_whole: bool) -> Item:
    url = paths.absolute(story.path)
    summary = clean(reading.summary_of(story))
    with translation.override(story.language):
        text = (
            blocks.for_elsewhere(reading.with_dateline(story), address=url) if is_whole else f"<p>{escape(summary)}</p>"
        )
        html = clean(with_notes(story, text))
    if story.direction == "rtl":
        html = f'<div dir="rtl">{html}</div>'  # few readers of feeds find out by themselves
    ours = f"tag:{urlsplit(settings.SITE_URL).hostname},{story.published_at:%Y}:story-{story.pk}"
    return Item(
        name=name or ours,
        id=name if _IRI.fullmatch(name) else ours,
        url=url,
        title=clean(story.headline),
        summary=summary,
        html=html,
        language=story.language,
        published=story.published_at,
        updated=story.updated_at,
        authors=[
            Person(clean(line["name"]), line.get("path") and paths.absolute(line["path"])) for line in story.byline
        ],
        categories=[clean(story.section.name_in(story.language)), *(clean(tag["name"]) for tag in story.tag_links)],
        image=_image(story),
    )


def clean(text: str) -> str:
    """Without the characters that XML has no way to write (XML 1.0, 2.2)."""
    return _NOT_IN_XML.sub("", text)


def _image(story: PublishedArticle) -> Image | None:
    found = reading.lead_jpeg(story)
    if not found:
        return None
    rendition, height = found
    return Image(
        url=paths.absolute(rendition.path), width=rendition.width, height=height, length=renditions.length(rendition),
        alt=clean(story.lead["alt"]), credit=clean(story.lead["credit"]),
    )  # fmt: skip
