"""What a picture's file says of itself in XMP, IPTC and EXIF: a proposal for the fields that nobody filled in.

Where it was taken is read only as words (city, country); coordinates are never kept.
"""

import re
from datetime import date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any, cast

from PIL import IptcImagePlugin

from images.decoding import Opened
from images.models import Picture
from images.pixels import BROKEN

if TYPE_CHECKING:
    from django.db.models import CharField

_IPTC = {
    "caption": (2, 120),
    "byline": (2, 80),
    "credit": (2, 110),
    "city": (2, 90),
    "country": (2, 101),
    "day": (2, 55),
}
_XMP = {
    "caption": "dc:description",
    "byline": "dc:creator",
    "credit": "photoshop:Credit",
    "city": "photoshop:City",
    "country": "photoshop:Country",
    "day": "photoshop:DateCreated",
}
_EXIF_IFD, _TAKEN, _CAPTION, _ARTIST = 0x8769, 0x9003, 0x010E, 0x013B
_LONGEST = 256 * 1024
_BY_MACHINE = re.compile(r"digital camera|^(image|photo|untitled|screenshot)$", re.IGNORECASE)
# None of these goes back over what it has passed, so that a packet made for it costs no more than its length.
_ITEM_BEGINS, _TAG = re.compile(r"<rdf:li\b([^<>]*+)>"), re.compile(r"<[^<>]*+>")
_DAY = re.compile(r"(\d{4})[-:]?(\d{2})[-:]?(\d{2})")


def read(opened: Opened) -> dict[str, Any]:
    """Those of ``caption``, ``credit``, ``place`` (text that fits) and ``taken_on`` (a date) that it knows."""
    facts = _exif(opened) | _iptc(opened) | _xmp(opened)
    byline, credit = facts.get("byline", ""), facts.get("credit", "")
    found = {
        "caption": facts.get("caption", ""),
        "credit": " / ".join(dict.fromkeys(filter(None, (byline, credit)))),
        "place": ", ".join(filter(None, (facts.get("city"), facts.get("country")))),
    }
    known: dict[str, Any] = {field: cut(field, text) for field, text in found.items() if text}
    if day := _as_day(facts.get("day", "")):
        known["taken_on"] = day
    return known


def cut(field: str, text: str) -> str:
    """`text` in printable characters and single spaces, as long as the field of `Picture` allows."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    longest = cast("CharField[str, str]", Picture._meta.get_field(field)).max_length
    return " ".join(shown.split())[:longest]


def _exif(opened: Opened) -> dict[str, str]:
    try:
        taken = opened.exif.get_ifd(_EXIF_IFD).get(_TAKEN)
    except BROKEN:
        taken = None
    caption = _text(opened.exif.get(_CAPTION))
    said = {
        "caption": "" if _BY_MACHINE.search(caption) else caption,
        "byline": _text(opened.exif.get(_ARTIST)),
        "day": _text(taken),
    }
    return {key: text for key, text in said.items() if text}


def _iptc(opened: Opened) -> dict[str, str]:
    if opened.image is None:
        return {}
    try:
        records = IptcImagePlugin.getiptcinfo(opened.image) or {}
    except BROKEN:
        return {}
    said = {key: _text(records.get(number)) for key, number in _IPTC.items()}
    return {key: text for key, text in said.items() if text}


def _xmp(opened: Opened) -> dict[str, str]:
    """By patterns: XML of strangers is not parsed here, and what is not as usual is left alone."""
    packet = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp") or ""
    xml = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    xml, said = xml[:_LONGEST], {}
    for key, name in _XMP.items():
        begins = re.search(rf"<{name}\b[^<>]*+>", xml)
        ends = xml.find(f"</{name}>", begins.end()) if begins else -1
        attribute = re.search(rf"\b{name}\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')", xml)
        element = xml[begins.end() : ends] if begins and ends >= 0 else None
        text = (attribute[1] or attribute[2] or "") if attribute else ""
        if text := _unescaped(text if element is None else _words(element)).strip():
            said[key] = text
    return said


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a number of thousands of digits
        return text


def _words(element: str) -> str:
    """What stands in an element of XMP: of several languages (``rdf:Alt``) the main one, of a list every item."""
    begun = ((piece, _ITEM_BEGINS.search(piece)) for piece in element.split("</rdf:li>")[:-1])
    items = [(begins[1], piece[begins.end() :]) for piece, begins in begun if begins]
    if "<rdf:Alt" in element:
        items = [item for item in items if "x-default" in item[0]][:1] or items[:1]
    texts = (_TAG.sub(" ", text).strip() for text in ([text for _said, text in items] or [element]))
    return ", ".join(filter(None, texts))


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, bytes):
        try:
            return _text(value.decode())
        except UnicodeDecodeError:
            return _text(value.decode("latin-1"))
    return value.strip("\0 \r\n\t") if isinstance(value, str) else ""


def _as_day(text: str) -> date | None:
    parts = _DAY.match(text)
    if not parts:
        return None
    try:
        day = datetime(int(parts[1]), int(parts[2]), int(parts[3])).date()  # noqa: DTZ001  # a day, no instant
    except ValueError:
        return None
    return day if day.year > 1825 else None  # cameras without a clock say 0000 or 0001
