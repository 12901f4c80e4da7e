"""A piece of an export as a row of plain values. Broken XML is mended where it can be; else it is named."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from articles.moving.posts import bounded
from articles.wordpress.scan import Piece

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIX = re.compile(r"[</\s]([A-Za-z_][\w.-]*):[A-Za-z_]")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)(#?\w{1,32};)?")
# Fields that say to whom a post was shown: of Jetpack's newsletters, Members, Restrict Content Pro, Ultimate Member.
_OPEN = {
    name: re.compile(f"|{said}", re.IGNORECASE | re.DOTALL)
    for name, said in {
        "_jetpack_newsletter_access": "everybody", "_members_access_role": "", "_is_paid": "0",
        "rcp_access_level": "0|none", "rcp_subscription_level": "", "rcp_user_level": r"none|.*\ball\b.*",
    }.items()
}  # fmt: skip
_SIGNED_IN = re.compile(r'_um_custom_access_settings";(?:b:1|i:1|s:1:"1").*_um_accessible";(?:i:2|s:1:"2")', re.DOTALL)
_LIST = re.compile(r"a:\d+:\{")  # of other fields, or numbers
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,7})|(\d{1,7}));")
_MOST_META = 400
_ASKED_FOR = {*_OPEN, "um_content_restriction", "_thumbnail_id", "_wp_old_slug"}  # however many stand before them
_MOST_SLUGS = 20


class Unreadable(Exception):
    """A piece that is no XML even after mending; its text says where and why, in the parser's words."""


class Term(NamedTuple):
    """A category or a tag as an item names it: its taxonomy, slug and name."""

    taxonomy: str
    slug: str
    name: str


@dataclass(frozen=True)
class Item:
    """One ``item``: a post, a page, a file, or whatever a plugin keeps. ``at`` and ``changed`` are in UTC, None where
    it has none."""

    number: str
    kind: str
    status: str
    title: str
    slug: str
    link: str
    guid: str
    author: str
    content: str
    excerpt: str
    at: datetime | None
    password: str
    parent: str
    file: str
    comments: int
    line: int
    is_sticky: bool = False
    old_slugs: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)
    changed: datetime | None = None


class Person(NamedTuple):
    """An author of the export's head. The address is read by nobody: a byline needs none."""

    login: str
    name: str
    number: str = ""


class Category(NamedTuple):
    slug: str
    name: str
    parent: str
    description: str


def element(piece: Piece, encoding: str) -> Element:
    """The piece as XML. Raises `Unreadable`."""
    try:
        text = piece.source.decode(encoding, "replace")
    except LookupError:
        text = piece.source.decode("utf-8", "replace")
    text = _FORBIDDEN.sub("", text)
    spaces = "".join(f' xmlns:{name}="{name}"' for name in sorted(set(_PREFIX.findall(text)) - {"xml", "xmlns"}))
    try:
        return _parsed(text, spaces)
    except ParseError:
        pass
    # Ampersands of people and of other tools: "Port & Vela", "&nbsp;", "&#8;".
    mended = "".join(
        part if part.startswith("<![CDATA[") else _NUMBERED.sub(_allowed, _AMPERSAND.sub(_known, part))
        for part in _CDATA.split(text)
    )
    try:
        return _parsed(mended, spaces)
    except ParseError as error:
        raise Unreadable(str(error)) from error


def _parsed(text: str, spaces: str) -> Element:
    try:
        return fromstring(f"<x{spaces}>{text}</x>", forbid_dtd=True)[0]
    except (DefusedXmlException, ValueError) as error:
        raise Unreadable(str(error)) from error


def _allowed(found: re.Match[str]) -> str:
    """A sign by its number; "" for one that XML forbids."""
    number = int(found[1], 16) if found[1] else int(found[2])
    return "" if number > sys.maxunicode or _FORBIDDEN.match(chr(number)) else found[0]


def _known(found: re.Match[str]) -> str:
    word = unescape(found[0]) if found[1] else found[0]
    return word if word != found[0] else "&amp;" + found[0][1:]


def item(piece: Element, *, line: int, zone: ZoneInfo) -> Item:
    """`zone` is where the old site's clock stood: for posts that say their local time only."""
    meta: dict[str, str] = {}
    old_slugs: list[str] = []
    for row in piece.iterfind("{wp}postmeta"):
        key, value = _text(row, "{wp}meta_key"), _text(row, "{wp}meta_value")
        if len(meta) < _MOST_META or key in _ASKED_FOR:
            meta.setdefault(key, value)
            if key == "_wp_old_slug" and len(old_slugs) < _MOST_SLUGS:
                old_slugs.append(value)
    terms = [
        Term(row.get("domain", ""), row.get("nicename", ""), unescape((row.text or "").strip()))
        for row in piece.iterfind("category")
    ]
    return Item(
        number=_text(piece, "{wp}post_id"),
        kind=_text(piece, "{wp}post_type") or "post",
        status=_text(piece, "{wp}status") or "draft",
        title=unescape(_text(piece, "title")),
        slug=_text(piece, "{wp}post_name"),
        link=_text(piece, "link"),
        guid=_text(piece, "guid"),
        author=_text(piece, "{dc}creator"),
        content=_text(piece, "{content}encoded"),
        excerpt=_text(piece, "{excerpt}encoded"),
        at=_moment(_text(piece, "{wp}post_date_gmt"), _text(piece, "{wp}post_date"), zone, _text(piece, "pubDate")),
        password=_password(piece.findtext("{wp}post_password") or ""),
        parent=_text(piece, "{wp}post_parent"),
        file=_text(piece, "{wp}attachment_url"),
        comments=sum(1 for _each in piece.iterfind("{wp}comment")),
        line=line,
        is_sticky=_text(piece, "{wp}is_sticky") == "1",
        old_slugs=tuple(old_slugs),
        terms=tuple(terms),
        meta=meta,
        changed=_moment(_text(piece, "{wp}post_modified_gmt"), _text(piece, "{wp}post_modified"), zone),
    )


def is_for_some(meta: Mapping[str, str]) -> bool:
    """Whether, by these fields of an item, a plugin showed it to those alone who had signed in or paid."""
    is_shut = any(not said.fullmatch(meta.get(name, "")) for name, said in _OPEN.items())
    return is_shut or bool(_SIGNED_IN.search(meta.get("um_content_restriction", "")))


def fields(meta: Mapping[str, str]) -> list[str]:
    """Names of the fields of Advanced Custom Fields that hold words: beside each it keeps which of its own it is."""
    return [
        name
        for name, value in meta.items()
        if meta.get(f"_{name}", "").startswith("field_") and any(map(str.isalpha, value)) and not _LIST.match(value)
    ]


def person(row: Element) -> Person:
    login = _text(row, "{wp}author_login")
    full = f"{_text(row, '{wp}author_first_name')} {_text(row, '{wp}author_last_name')}".strip()
    return Person(login, unescape(_text(row, "{wp}author_display_name") or full or login), _text(row, "{wp}author_id"))


def category(row: Element) -> Category:
    return Category(
        _text(row, "{wp}category_nicename"),
        unescape(_text(row, "{wp}cat_name")),
        _text(row, "{wp}category_parent"),
        unescape(_text(row, "{wp}category_description")),
    )


def tag(row: Element) -> tuple[str, str]:
    """Its slug and its name."""
    return _text(row, "{wp}tag_slug"), unescape(_text(row, "{wp}tag_name"))


def _text(row: Element, name: str) -> str:
    return (row.findtext(name) or "").strip()


def _password(said: str) -> str:
    """Spaces are one too; line ends are only an XML tool's, since no field for passwords takes them."""
    return said.strip() if "\n" in said else said


def _moment(gmt: str, local: str, zone: ZoneInfo, feed: str = "") -> datetime | None:
    """Drafts have ``0000-00-00``; a post whose UTC time is missing has its local one, or what its feed says."""
    for text, place in ((gmt, UTC), (local, zone)):
        with suppress(ValueError):
            return bounded(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=place))
    with suppress(ValueError):
        return bounded(datetime.strptime(feed, "%a, %d %b %Y %H:%M:%S %z"))
    return None
