"""What a picture says of itself: when, where and with what it was taken. For verifiers, and for the witness to know."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from PIL import ExifTags, Image

from citizen_reports.signatures import HEIC, PICTURES
from images.decoding import Opened
from images.pixels import BROKEN, PictureRefused

_BROKEN = (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning, PictureRefused)
_LONGEST = 100
_ALL_NOTES = 500
# What films and sound files say of themselves, by the keys of cameras and phones, in the order of trust.
_TAKEN = ("com.apple.quicktime.creationdate", "creation_time", "date")
_PLACE = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
_MAKE = ("com.apple.quicktime.make", "com.android.manufacturer", "make")
_MODEL = ("com.apple.quicktime.model", "com.android.model", "model")
_OF_THE_FORMAT = {
    "major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id", "encoder", "duration",
    "rotate",
}  # fmt: skip
_ISO_6709 = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")  # degrees; ISO 6709, annex H


def capture_facts(head: bytes) -> dict[str, str | list[float]]:
    """What is there of "taken" (ISO, by the camera's clock), "place" ([latitude, longitude] in degrees), "device".

    `head` is the file or its beginning; no pixel is decoded. A file that cannot be read says nothing.
    """
    try:
        exif = _exif(head)
        details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except _BROKEN:
        return {}
    device = " ".join(_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)).strip()
    facts: dict[str, str | list[float]] = {
        "taken": _moment(_text(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime))),
        "place": _place(gps),
        "device": device[:_LONGEST],
    }
    return {name: fact for name, fact in facts.items() if fact}


def media_facts(said: Mapping[str, str], *, left_out: int) -> dict[str, str | list[float]]:
    """As `capture_facts`, of what a film or sound says. Besides: "notes", all else that it says, and "left_out", how
    many tracks, attachments and chapters its clean copy lacks.
    """
    said = {key.lower(): text for key, text in said.items()}  # Matroska's are in capitals
    known = {*_TAKEN, *_PLACE, *_MAKE, *_MODEL}
    device = " ".join(filter(None, (_first(said, _MAKE), _first(said, _MODEL))))
    notes = "; ".join(
        f"{_text(key)}: {_text(text)}"
        for key, text in said.items()
        if key not in known and key not in _OF_THE_FORMAT and text.strip()
    )
    found = _ISO_6709.match(_first(said, _PLACE))
    facts: dict[str, str | list[float]] = {
        "taken": _first(said, _TAKEN),
        "place": [float(found[1]), float(found[2])] if found else [],
        "device": device[:_LONGEST],
        "notes": notes[:_ALL_NOTES],
        "left_out": str(left_out or ""),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _first(said: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := _text(said.get(key)))), "")


def _exif(head: bytes) -> Image.Exif:
    if head[4:8] == b"ftyp":
        return Opened(BytesIO(head)).exif
    return Image.open(BytesIO(head), formats=[form for form in PICTURES.values() if form != HEIC]).getexif()


def as_text(facts: dict[str, str | list[float]]) -> str:
    """For `Attachment.capture_facts`: JSON, or "" when there is nothing to keep."""
    return json.dumps(facts) if facts else ""


def _text(value: object) -> str:
    return "".join(filter(str.isprintable, str(value or ""))).strip()[:_LONGEST]


def _moment(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007  # cameras name no zone
    except ValueError:
        return ""


def _place(gps: dict[int, object]) -> list[float]:
    try:
        place = [_degrees(gps[number], negative=gps[number - 1] in ("S", "W")) for number in (2, 4)]
    except _BROKEN:
        return []
    return place if all(math.isfinite(one) and abs(one) <= 180 for one in place) else []


def _degrees(parts: object, *, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
    return round((degrees + minutes / 60 + seconds / 3600) * (-1 if negative else 1), 6)
