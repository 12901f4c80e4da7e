"""Uploaded pictures made safe to show: decoded, turned upright, and written anew from their pixels alone."""

import math
import secrets
import struct
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageFilter, ImageOps

MAX_PIXELS = 40_000_000  # Pillow's own guard lets a 10 kB file take 475 MB
BLOCKS = 6  # a blurred part keeps no more than so many colours along its longer side
MAX_BYTES = 15 * 1024 * 1024
TOO_MANY_PIXELS = _("The picture has more than 40 megapixels. Save it smaller and try again.")
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# What Pillow and libheif raise at files that are broken, or made to break them.
BROKEN = (
    OSError, ValueError, TypeError, LookupError, SyntaxError, EOFError, ArithmeticError, AttributeError, RuntimeError,
    AssertionError, struct.error,
)  # fmt: skip
_NOTES = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")


class PictureRefused(Exception):
    """The file cannot be used as a picture. The message is fit for the person who sent it."""


def fresh(upload: IO[bytes], *, max_side: int) -> ContentFile:
    """A new WebP file, upright, at most `max_side` pixels wide or high, under a random name, with no metadata.

    Raises `PictureRefused` for anything that is not a JPEG, PNG, WebP or GIF of at most 40 megapixels and 15 MB.
    """
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PictureRefused(_("The picture is larger than 15 MB. Save it smaller and try again."))
    out = BytesIO()
    pixels(data, max_side=max_side).save(out, "WEBP", quality=82, method=4)
    return ContentFile(out.getvalue(), name=f"{secrets.token_hex(16)}.webp")


def pixels(data: bytes, *, max_side: int, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The picture, upright, RGB or RGBA, at most `max_side` pixels wide or high.

    Nothing of the file but its pixels is in it: no EXIF, XMP, IPTC, colour profile, comment or trailing data.
    Raises `PictureRefused` for anything that is not in one of `formats` with at most 40 megapixels.
    """
    try:
        opened = Image.open(BytesIO(data), formats=formats)
        if opened.width * opened.height > MAX_PIXELS:  # by its header: nothing is decoded yet
            raise PictureRefused(TOO_MANY_PIXELS)
        opened.draft("RGB", (max_side * 2, max_side * 2))
        turn_upright(opened)
        picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise PictureRefused(TOO_MANY_PIXELS) from bomb
    except BROKEN as error:
        raise PictureRefused(_("This file is not a picture that can be read. Use JPEG, PNG, WebP or GIF.")) from error
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())


def turn_upright(picture: Image.Image) -> None:
    """Turns it in place as its notes say, which are forgotten then."""
    picture.load()
    picture.getexif()  # read now, and kept aside by Pillow
    # Of a picture that it turns, Pillow writes the notes anew, and fails at those that some phones and editors make.
    for note in _NOTES:
        picture.info.pop(note, None)
    ImageOps.exif_transpose(picture, in_place=True)


def blur(picture: Image.Image, parts: Iterable[Sequence[float]]) -> None:
    """Makes parts of the picture unrecognisable, in place: left, top, right and bottom as shares between 0 and 1."""
    for left, top, right, bottom in parts:
        box = (
            math.floor(left * picture.width), math.floor(top * picture.height),
            math.ceil(right * picture.width), math.ceil(bottom * picture.height),
        )  # fmt: skip
        picture.paste(_unrecognisable(picture.crop(box)), box)


def _unrecognisable(part: Image.Image) -> Image.Image:
    share = BLOCKS / max(part.size)
    few = (max(1, round(part.width * share)), max(1, round(part.height * share)))
    coarse = part.resize(few, Image.Resampling.BOX).resize(part.size, Image.Resampling.NEAREST)
    return coarse.filter(ImageFilter.GaussianBlur(max(part.size) / BLOCKS / 2))
