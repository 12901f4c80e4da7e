"""What a picture says of itself: when, where and with what it was taken. For verifiers, and for the witness to know."""

import json
import math
import struct
from datetime import datetime
from io import BytesIO

from PIL import ExifTags, Image

from citizen_reports.signatures import HEIC, PICTURES
from images.decoding import Opened
from images.pixels import PictureRefused

# What Pillow raises on files that were damaged, or made to do damage.
_BROKEN = (
    OSError, ValueError, TypeError, LookupError, SyntaxError, EOFError, ArithmeticError, AttributeError, struct.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning, PictureRefused,
)  # fmt: skip
_LONGEST = 100


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
