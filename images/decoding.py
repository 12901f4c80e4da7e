"""Originals opened with care: by their first bytes, in five formats only, and no more pixels than we can carry."""

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import pi_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps
from PIL.ImageFile import ImageFile

from images.pixels import FORMATS, MAX_PIXELS, TOO_MANY_PIXELS, PictureRefused

ORIENTATION = 0x0112
# A decoded picture may take 160 MB: whoever decodes for a request holds this, so that there is one in each process.
ONE_AT_A_TIME = threading.Lock()
_SRGB = ImageCms.createProfile("sRGB")
# What Pillow and libheif raise at files that are broken, or made to break them.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, RuntimeError, struct.error, OverflowError)


class Opened:
    """A picture whose header is read and whose pixels are not: `form`, and `width` and `height` as it stands upright.

    The file must stay open as long as this is used. Raises `PictureRefused`, here and in `pixels`, for whatever is not
    a JPEG, PNG, WebP, GIF or HEIC of at most 40 megapixels.
    """

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(12)
        file.seek(0)
        self._heif = None
        with _refusing():
            if head[4:8] == b"ftyp":
                # Not through Pillow: its formats are open to everybody in the process, and HEIC is for originals only.
                self._heif = pi_heif.open_heif(file)
                self.form, (self.width, self.height) = "HEIC", self._heif.size
                self.info = dict(self._heif.info)
                self.exif = Image.Exif()
                self.exif.load(self.info.get("exif") or b"")
            else:
                self._image: ImageFile = Image.open(file, formats=FORMATS)
                form = str(self._image.format)
                self.form = "JPEG" if form == "MPO" else form  # a phone's JPEG with further views behind the first
                self.width, self.height = self._image.size
                self.info = dict(self._image.info)
            if self.width * self.height > MAX_PIXELS:
                raise PictureRefused(TOO_MANY_PIXELS)
            if self._heif is None:
                self.exif = self._image.getexif()
                if self.exif.get(ORIENTATION, 1) in range(5, 9):
                    self.width, self.height = self.height, self.width

    @property
    def image(self) -> ImageFile | None:
        """Pillow's own view of it, for readers of metadata; None for HEIC."""
        return None if self._heif else self._image

    def pixels(self, *, scale: float) -> Image.Image:
        """Upright, RGB or RGBA, in sRGB; at `scale` of its size or larger, as its format gives without waste."""
        with _refusing():
            if self._heif:
                upright = self._heif.to_pillow()  # libheif has turned it
            else:
                wide, high = self._image.size
                self._image.draft("RGB", (max(1, round(wide * scale)), max(1, round(high * scale))))
                upright = ImageOps.exif_transpose(self._image)
            return _in_srgb(upright, self.info.get("icc_profile"))


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA. The profile goes no further than here, so its colours must: phones' and agencies' are not sRGB."""
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if not profile:
        return picture.convert(mode)
    plain = picture if picture.mode == "CMYK" else picture.convert("RGB")
    try:
        transform = ImageCms.buildTransform(ImageCms.ImageCmsProfile(BytesIO(profile)), _SRGB, plain.mode, "RGB")
        seen = transform.apply(plain)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture.convert(mode)
    if mode == "RGBA":
        seen.putalpha(picture.convert("RGBA").getchannel("A"))
    return seen


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise PictureRefused(TOO_MANY_PIXELS) from bomb
    except _BROKEN as error:
        raise PictureRefused(
            _("This file is not a picture that can be read. Use JPEG, PNG, WebP, GIF or HEIC.")
        ) from error
