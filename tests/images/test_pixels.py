import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from images.pixels import PictureRefused, fresh


def picture(form: str, *, size=(60, 40), mode="RGB", **save) -> io.BytesIO:
    out = io.BytesIO()
    Image.new(mode, size, "teal" if mode == "RGB" else (0, 128, 128, 90)).save(out, form, **save)
    out.seek(0)
    return out


def reopened(file) -> Image.Image:
    return Image.open(io.BytesIO(file.read()))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_format_becomes_a_small_webp(form):
    made = fresh(picture(form, size=(900, 300)), max_side=300)
    assert made.name.endswith(".webp")
    assert (reopened(made).format, reopened_size(made)) == ("WEBP", (300, 100))


def reopened_size(file) -> tuple[int, int]:
    file.seek(0)
    return reopened(file).size


def test_nothing_but_the_pixels_is_kept():
    exif = Image.Exif()
    exif[0x010F] = "PLANTED-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "PLANTED-COMMENT")
    for upload in (
        picture("JPEG", exif=exif, comment=b"PLANTED-COMMENT"),
        picture("PNG", pnginfo=notes, exif=exif),
        picture("WEBP", exif=exif, xmp=b"<x>PLANTED-XMP</x>"),
    ):
        made = fresh(upload, max_side=300).read()
        assert b"PLANTED" not in made
        assert not Image.open(io.BytesIO(made)).getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = fresh(picture("JPEG", size=(60, 40), exif=exif), max_side=300)
    assert reopened(made).size == ((60, 40) if orientation < 5 else (40, 60))


def test_transparency_stays():
    assert reopened(fresh(picture("PNG", mode="RGBA"), max_side=300)).mode == "RGBA"


def png_that_claims(width: int, height: int) -> io.BytesIO:
    """A few bytes that decode to width × height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


@pytest.mark.parametrize(
    ("upload", "word"),
    [
        (io.BytesIO(b"<html><script>alert(1)</script>"), "not a picture"),
        (io.BytesIO(b""), "not a picture"),
        (io.BytesIO(picture("JPEG").getvalue()[:200]), "not a picture"),
        (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a picture"),
        (picture("TIFF"), "not a picture"),
        (png_that_claims(20_000, 20_000), "megapixels"),
        (png_that_claims(60_000, 60_000), "megapixels"),
        (io.BytesIO(b"\xff\xd8" + b"0" * 16_000_000), "15 MB"),
    ],
)
def test_what_is_no_usable_picture_is_refused_in_words(upload, word):
    with pytest.raises(PictureRefused) as refusal:
        fresh(upload, max_side=300)
    assert word in str(refusal.value)


def test_names_cannot_be_guessed():
    assert fresh(picture("PNG"), max_side=9).name != fresh(picture("PNG"), max_side=9).name
