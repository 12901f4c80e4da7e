"""Originals opened with care: by their first bytes, in six formats only, and no more pixels than we can carry."""

import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

import pi_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from images.pixels import BROKEN, FORMATS, MAX_PIXELS, TOO_MANY_PIXELS, PictureRefused, turn_upright

ORIENTATION = 0x0112
_SUBFILE, _TILE_WIDTH, _TILE_HEIGHT, _DNG = 254, 322, 323, 50706
_SMALLER_OR_MASK = 0b101  # what a TIFF may hold behind its picture: the same once more, small, and its mask
_FURTHER_PAGES = 8
_NOT_READ = _("This file is not a picture that can be read. Use JPEG, PNG, WebP, GIF, HEIC or TIFF.")
_SEVERAL_PAGES = _("This TIFF has several pages. Save the one that you mean as a file of its own.")
_RAW = _("This is a camera’s raw file. Develop it first, and upload the JPEG or TIFF.")
_TWO_THINGS = _("This file is a picture and something else at once. Save the picture anew as JPEG, and upload that.")
_PIECE = 1024 * 1024
_PROGRAM = re.compile(rb"<script|<!doctype html|<\?php ", re.IGNORECASE)
# A decoded picture may take 160 MB: whoever decodes for a request holds this, so that there is one in each process.
ONE_AT_A_TIME = threading.Lock()
_SRGB = ImageCms.createProfile("sRGB")


class Opened:
    """A picture whose header is read and whose pixels are not: `form`, and `width` and `height` as it stands upright.

    The file must stay open as long as this is used. Raises `PictureRefused`, here and in `pixels`, for whatever is not
    a JPEG, PNG, WebP, GIF, HEIC or one-page TIFF of at most 40 megapixels.
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
                self._image: ImageFile = Image.open(file, formats=(*FORMATS, "TIFF"))
                form = str(self._image.format)
                self.form = "JPEG" if form == "MPO" else form  # a phone's JPEG with further views behind the first
                self.width, self.height = self._image.size
                self.info = dict(self._image.info)
            if self.width * self.height > MAX_PIXELS:
                raise PictureRefused(TOO_MANY_PIXELS)
            if self._heif is None:
                if isinstance(self._image, TiffImageFile):
                    _refuse_unless_one_page(self._image)
                self.exif = self._image.getexif()
                # Of a TIFF, Pillow gives the size as it stands upright.
                if self.form != "TIFF" and self.exif.get(ORIENTATION, 1) in range(5, 9):
                    self.width, self.height = self.height, self.width

    @property
    def image(self) -> ImageFile | None:
        """Pillow's own view of it, for readers of metadata; None for HEIC."""
        return None if self._heif else self._image

    def pixels(self, *, scale: float) -> Image.Image:
        """Upright, RGB or RGBA, in sRGB; at `scale` of its size or larger, as its format gives without waste."""
        with _refusing():
            if self._heif:
                return _in_srgb(self._heif.to_pillow(), self.info.get("icc_profile"))  # libheif has turned it
            wide, high = self._image.size
            self._image.draft("RGB", (max(1, round(wide * scale)), max(1, round(high * scale))))
            turn_upright(self._image)  # a copy would be another 160 MB
            return _in_srgb(self._image, self.info.get("icc_profile"))


def refuse_two_things_at_once(file: BinaryIO) -> None:
    """Raises `PictureRefused` for a picture that is an archive, a PDF or a program, too; reads the file to its end.

    No reader would ever get more of it than pixels. But whoever sends such a file means somebody on the desk.
    """
    file.seek(0)
    head = file.read(1024)
    # A GIF whose width reads as text: 8,000 pixels and more, or the beginning of a script.
    is_script = head[:3] == b"GIF" and len(head) > 7 and all(32 < byte < 127 for byte in head[6:8])
    found = is_script or b"%PDF-" in head or zipfile.is_zipfile(file)
    file.seek(0)
    before = b""
    while not found and (piece := file.read(_PIECE)):
        found = bool(_PROGRAM.search(before + piece))
        before = piece[-16:]
    file.seek(0)
    if found:
        raise PictureRefused(_TWO_THINGS)


def _refuse_unless_one_page(image: TiffImageFile) -> None:
    tags = image.tag_v2
    if _DNG in tags or tags.get(_SUBFILE, 0) & 1:
        raise PictureRefused(_RAW)
    if tags.get(_TILE_WIDTH, 1) * tags.get(_TILE_HEIGHT, 1) > MAX_PIXELS:  # of a picture that may be tiny
        raise PictureRefused(TOO_MANY_PIXELS)
    for page in range(1, _FURTHER_PAGES + 2):
        try:
            image.seek(page)
        except EOFError:
            break
        if page > _FURTHER_PAGES or not image.tag_v2.get(_SUBFILE, 0) & _SMALLER_OR_MASK:
            raise PictureRefused(_SEVERAL_PAGES)
    image.seek(0)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA. The profile goes no further than here, so its colours must: phones' and agencies' are not sRGB."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off, not scale
        picture = picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
        picture.info.pop("transparency", None)
    elif picture.mode == "F":
        raise ValueError("what white is, such a file does not say")
    if not profile:
        return _converted(picture, "RGBA" if picture.has_transparency_data else "RGB")
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    plain = picture if picture.mode == "CMYK" else _converted(picture, "RGB")
    try:
        transform = ImageCms.buildTransform(ImageCms.ImageCmsProfile(BytesIO(profile)), _SRGB, plain.mode, "RGB")
        seen = transform.apply(plain) if plain.mode == "CMYK" else transform.apply_in_place(plain)
    except (ImageCms.PyCMSError, OSError, ValueError):
        seen = _converted(plain, "RGB")
    if alpha:
        seen.putalpha(alpha)
    return seen


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    return picture if picture.mode == mode else picture.convert(mode)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise PictureRefused(TOO_MANY_PIXELS) from bomb
    except BROKEN as error:
        raise PictureRefused(_NOT_READ) from error
