"""What validators of feeds ask for, each rule a line: the RSS 2.0 profile, RFC 4287, JSON Feed 1.1."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring

A, DC, CONTENT, MEDIA = (
    "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/rss/1.0/modules/content/}",
    "{http://search.yahoo.com/mrss/}",
)  # fmt: skip
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_VOID = {"br", "hr", "img", "wbr", "source", "track"}
_NOT_ELSEWHERE = {
    "script", "style", "iframe", "object", "embed", "form", "button", "input", "video", "audio", "details", "source",
    "link", "meta", "template", "svg",
}  # fmt: skip
_JSON_FEED = {
    "version", "title", "description", "home_page_url", "feed_url", "next_url", "language", "icon", "authors", "hubs",
    "items",
}  # fmt: skip
_JSON_ITEM = {
    "id", "url", "title", "summary", "content_html", "date_published", "date_modified", "language", "authors", "tags",
    "image", "attachments",
}  # fmt: skip


def broken(name: str, text: bytes, *, address: str) -> list[str]:
    """Every rule that the feed at `address` breaks; `name` is the last part of it."""
    rules = {"rss.xml": _rss, "atom.xml": _atom, "feed.json": _json}[name]
    return list(rules(text, address))


def is_absolute(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and bool(re.fullmatch(r"[!-~]+", url or ""))


def _is_rfc822(moment: str | None) -> bool:
    try:
        return parsedate_to_datetime(moment or "").tzinfo is not None
    except ValueError:
        return False


def _is_rfc3339(moment: str | None) -> bool:
    return bool(_RFC3339.fullmatch(moment or "")) and datetime.fromisoformat(moment or "").tzinfo is not None


def _rss(text: bytes, address: str) -> Iterator[str]:
    root = fromstring(text)
    if (root.tag, root.get("version"), len(root)) != ("rss", "2.0", 1):
        yield "no RSS 2.0 with one channel"
    channel = root[0]
    yield from _each_once(channel, "title", "link", "description", "language", "lastBuildDate")
    if not is_absolute(channel.findtext("link")):
        yield "channel: link"
    if not _LANGUAGE.fullmatch(channel.findtext("language") or ""):
        yield "channel: language"
    if not _is_rfc822(channel.findtext("lastBuildDate")):
        yield "channel: lastBuildDate"
    yield from _links(channel, address)
    items = channel.findall("item")
    if len({item.findtext("guid") for item in items}) != len(items):
        yield "items: guids are not unique"
    for item in items:
        yield from _each_once(item, "title", "link", "description", "guid", "pubDate")
        if item.find("guid").attrib != {"isPermaLink": "false"}:  # type: ignore[union-attr]
            yield "item: guid that is no address must say so"
        if not is_absolute(item.findtext("link")):
            yield "item: link"
        if not _is_rfc822(item.findtext("pubDate")):
            yield "item: pubDate"
        for enclosure in item.findall("enclosure"):
            yield from _enclosure(enclosure.attrib, "url", "length", "type")
        if len(item.findall("enclosure")) > 1 or len(item.findall(f"{CONTENT}encoded")) > 1:
            yield "item: more than one enclosure or text"
        if not all((each.text or "").strip() for each in [*item.iter("category"), *item.iter(f"{DC}creator")]):
            yield "item: empty category or creator"
        yield from html_faults(item.findtext("description") or "")
        yield from html_faults(item.findtext(f"{CONTENT}encoded") or "")
        yield from _media(item)


def _atom(text: bytes, address: str) -> Iterator[str]:
    feed = fromstring(text)
    if feed.tag != f"{A}feed" or not _LANGUAGE.fullmatch(feed.get(LANG, "")):
        yield "no Atom feed with a language"
    yield from _each_once(feed, f"{A}id", f"{A}title", f"{A}updated")
    yield from _links(feed, address)
    entries = feed.findall(f"{A}entry")
    if len({entry.findtext(f"{A}id") for entry in entries}) != len(entries):
        yield "entries: ids are not unique"
    for entry in [feed, *entries]:
        if not urlsplit(entry.findtext(f"{A}id") or "").scheme:
            yield "id is no IRI"
        moments = [each.text for name in ("updated", "published") for each in entry.findall(f"{A}{name}")]
        if not all(map(_is_rfc3339, moments)):
            yield f"dates {moments}"
        for author in entry.findall(f"{A}author"):
            if not author.findtext(f"{A}name") or not is_absolute(author.findtext(f"{A}uri") or address):
                yield "author"
    for entry in entries:
        yield from _each_once(entry, f"{A}id", f"{A}title", f"{A}updated", f"{A}published", f"{A}summary")
        links = [link.attrib for link in entry.findall(f"{A}link")]
        if [is_absolute(link["href"]) for link in links if link["rel"] == "alternate"] != [True]:
            yield "entry: one alternate link"
        for link in links:
            if link["rel"] == "enclosure":
                yield from _enclosure({"length": "0", **link}, "href", "length", "type")
        if not all(each.get("term") for each in entry.findall(f"{A}category")):
            yield "entry: empty category"
        for element in (*entry.findall(f"{A}content"), *entry.findall(f"{A}summary")):
            if element.get("type") != "html" or len(element):
                yield "entry: content is not HTML as text"
            yield from html_faults(element.text or "")
        yield from _media(entry)
    if not feed.findall(f"{A}author") and not all(entry.findall(f"{A}author") for entry in entries):
        yield "neither the feed nor each entry has an author"


def _json(text: bytes, address: str) -> Iterator[str]:
    feed = json.loads(text)
    if (
        feed["version"] != "https://jsonfeed.org/version/1.1"
        or not feed["title"]
        or not isinstance(feed["items"], list)
    ):
        yield "version, title and items are required"
    if feed["feed_url"] != address:
        yield "feed_url is not the feed's own address"
    yield from (f"unknown: {key}" for key in feed.keys() - _JSON_FEED)
    yield from _json_addresses(feed, "home_page_url", "feed_url", "next_url", "icon")
    if any(set(hub) != {"type", "url"} or not is_absolute(hub["url"]) for hub in feed.get("hubs", [])):
        yield "hubs"
    if len({item["id"] for item in feed["items"]}) != len(feed["items"]):
        yield "items: ids are not unique"
    for each in (feed, *feed["items"]):
        if not all(author.keys() <= {"name", "url", "avatar"} and author for author in each.get("authors", [])):
            yield "authors"
        if not _LANGUAGE.fullmatch(each["language"]):
            yield "language"
    for item in feed["items"]:
        yield from (f"item: unknown {key}" for key in item.keys() - _JSON_ITEM)
        yield from _json_addresses(item, "url", "image")
        if not isinstance(item["id"], str) or not (item.get("content_html") or item.get("content_text")):
            yield "item: id as text, and content, are required"
        if not _is_rfc3339(item["date_published"]) or not _is_rfc3339(item["date_modified"]):
            yield "item: dates"
        if "" in item.get("tags", []):
            yield "item: empty tag"
        for attached in item.get("attachments", []):
            sized = {**attached, "length": str(attached.get("size_in_bytes", 0))}
            yield from _enclosure(sized, "url", "length", "mime_type")
        yield from html_faults(item["content_html"])


def _json_addresses(thing: dict[str, Any], *names: str) -> Iterator[str]:
    yield from (f"{name} is not absolute" for name in names if name in thing and not is_absolute(thing[name]))


def _each_once(element: Element, *names: str) -> Iterator[str]:
    for name in names:
        found = element.findall(name)
        if len(found) != 1 or not (found[0].text or "").strip():
            yield f"{element.tag}: not one filled {name}"


def _links(element: Element, address: str) -> Iterator[str]:
    links = [(link.attrib["rel"], link.attrib["href"]) for link in element.findall(f"{A}link")]
    if [href for rel, href in links if rel == "self"] != [address]:
        yield f"{element.tag}: self is not the feed's own address"
    yield from (f"{element.tag}: {rel} is not absolute" for rel, href in links if not is_absolute(href))


def _enclosure(found: dict[str, str], url: str, length: str, media_type: str) -> Iterator[str]:
    if not is_absolute(found[url]) or not found[length].isdecimal() or not _MEDIA_TYPE.fullmatch(found[media_type]):
        yield f"enclosure {found}"


def _media(element: Element) -> Iterator[str]:
    for media in element.findall(f"{MEDIA}content"):
        if not is_absolute(media.get("url")) or not all(
            media.get(name, "").isdecimal() for name in ("width", "height")
        ):
            yield f"media {media.attrib}"


def html_faults(html: str) -> list[str]:
    """What a reader of feeds would stumble over: relative addresses, scripts, elements that never end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [*reader.faults, *(f"<{tag}> never ends" for tag in reader.open)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NOT_ELSEWHERE:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcset"}:
                self.faults.append(f"{tag}: {name}")
            if name in {"href", "src", "poster", "cite"} and not (
                is_absolute(value) or (value or "").startswith("mailto:")
            ):
                self.faults.append(f"{tag}: {name}={value}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> without a beginning")
