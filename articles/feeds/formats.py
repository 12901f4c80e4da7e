"""One feed in three formats: RSS 2.0 (https://www.rssboard.org/rss-profile), Atom (RFC 4287), JSON Feed 1.1.

All of them say the same: whole text, every author, the lead picture with its credit, where older stories are
(RFC 5005), which hubs tell of changes (https://www.w3.org/TR/websub/).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

from articles.feeds.items import Feed, Image, Item, Person

JPEG = "image/jpeg"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # an empty feed must not change by itself
_MEDIA = "http://search.yahoo.com/mrss/"


class _Whole(SyndicationFeed):
    """What Django's formats have in common here. A feed keeps its `Feed` as ``source``, an item its `Item`."""

    link_element = "link"

    def latest_post_date(self) -> datetime:
        return max((item["source"].updated for item in self.items), default=_NEVER)

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        source: Feed = self.feed["source"]
        for hub in source.hubs:
            handler.addQuickElement(self.link_element, None, {"rel": "hub", "href": hub})
        if source.following:
            handler.addQuickElement(self.link_element, None, {"rel": "next", "href": source.following})


class _Rss(_Whole, Rss201rev2Feed):
    link_element = "atom:link"

    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:media": _MEDIA,
        }

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        source: Item = item["source"]
        if source.updated > source.published:
            handler.addQuickElement("atom:updated", rfc3339_date(source.updated))
        for author in source.authors:
            handler.addQuickElement("dc:creator", author.name)
        if source.language != self.feed["language"]:
            handler.addQuickElement("dc:language", source.language)
        if source.image:
            # Its length is required, and 0 where it is not known.
            told = {"url": source.image.url, "length": str(source.image.length), "type": JPEG}
            handler.addQuickElement("enclosure", None, told)
            _add_media(handler, source.image)
        if self.feed["source"].is_whole:
            handler.addQuickElement("content:encoded", source.html)


class _Atom(_Whole, Atom1Feed):
    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:media": _MEDIA}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("icon", self.feed["source"].icon)

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        language = item["source"].language
        return {"xml:lang": language} if language != self.feed["language"] else {}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        source: Item = item["source"]
        for author in source.authors:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", author.name)
            if author.url:
                handler.addQuickElement("uri", author.url)
            handler.endElement("author")
        if source.image:
            length = {"length": str(source.image.length)} if source.image.length else {}
            told = {"rel": "enclosure", "href": source.image.url, "type": JPEG, **length}
            handler.addQuickElement("link", None, told)
            _add_media(handler, source.image)
        if self.feed["source"].is_whole:
            handler.addQuickElement("content", source.html, {"type": "html"})


def _add_media(handler: SimplerXMLGenerator, image: Image) -> None:
    """https://www.rssboard.org/media-rss"""
    size = {"width": str(image.width), "height": str(image.height)}
    told = {"url": image.url, "type": JPEG, "medium": "image", **size}
    handler.startElement("media:content", AttributesImpl(told))
    if image.alt:
        handler.addQuickElement("media:description", image.alt, {"type": "plain"})
    if image.credit:
        handler.addQuickElement("media:credit", image.credit)
    handler.endElement("media:content")


def _written(kind: type[SyndicationFeed], feed: Feed) -> str:
    made = kind(
        title=feed.title, link=feed.home, description=feed.description, subtitle=feed.description, source=feed,
        language=feed.language, feed_url=feed.address, author_name=feed.publisher.name, author_link=feed.publisher.url,
    )  # fmt: skip
    for item in feed.items:
        # In both formats the description is HTML: plain words are escaped once more.
        description = escape(item.summary) if feed.is_whole else item.html
        made.add_item(
            title=item.title, link=item.url, description=description, pubdate=item.published, updateddate=item.updated,
            unique_id=item.id if kind is _Atom else item.name, unique_id_is_permalink=False,
            categories=item.categories, source=item,
        )  # fmt: skip
    written: str = made.writeString("utf-8")
    return written


def rss(feed: Feed) -> str:
    return _written(_Rss, feed)


def atom(feed: Feed) -> str:
    return _written(_Atom, feed)


def json_feed(feed: Feed) -> str:
    """https://www.jsonfeed.org/version/1.1/"""
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "next_url": feed.following,
        "language": feed.language,
        "icon": feed.icon,
        "authors": [_person(feed.publisher)],
        "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs],
    }
    # An empty feed has items all the same: none.
    return json.dumps({**_filled(told), "items": [_json_item(item) for item in feed.items]}, ensure_ascii=False)


def _json_item(item: Item) -> dict[str, Any]:
    told = {
        "id": item.name,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "content_html": item.html,
        "date_published": rfc3339_date(item.published),
        "date_modified": rfc3339_date(item.updated),
        "language": item.language,
        "authors": [_person(author) for author in item.authors],
        "tags": item.categories,
    }
    if item.image:
        attached = {"url": item.image.url, "mime_type": JPEG, "title": item.image.credit}
        told["image"] = item.image.url
        told["attachments"] = [_filled({**attached, "size_in_bytes": item.image.length})]
    return _filled(told)


def _person(person: Person) -> dict[str, str]:
    return _filled({"name": person.name, "url": person.url})


def _filled(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value}


FORMATS: dict[str, Callable[[Feed], str]] = {"rss.xml": rss, "atom.xml": atom, "feed.json": json_feed}
