"""Files that somebody might send to break the library, or to bring something else in with a picture."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, PngImagePlugin, TiffImagePlugin

from tests.images.test_pixels import png_that_claims


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def saved(form: str, size: tuple[int, int] = (90, 60), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


def png_with(*chunks: bytes) -> bytes:
    """A whole small PNG with further chunks before its pixels."""
    plain = saved("PNG")
    at = plain.index(b"IDAT") - 4
    return plain[:at] + b"".join(chunks) + plain[at:]


def zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros, deflated."""
    squeezed = zlib.compressobj(9)
    return b"".join(squeezed.compress(b"\0" * 1024**2) for _ in range(megabytes)) + squeezed.flush()


def notes_of_strange_types() -> bytes:
    """EXIF as some phones and editors leave it: a quarter turn; the software is a fraction, the resolution is none."""
    rows = [(0x0112, 3, 1, 6 << 16), (0x011A, 7, 8, 50), (0x0131, 5, 1, 50)]
    head = b"MM\0*" + struct.pack(">LH", 8, len(rows))
    return b"Exif\0\0" + head + b"".join(struct.pack(">HHLL", *row) for row in rows) + bytes(4) + b"A" * 8


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("run.js", "alert(1)")
    return out.getvalue()


def pages(count: int, *, smaller: bool = False, raw: bool = False) -> bytes:
    """A TIFF of so many pages; with `smaller`, all but the first are said to be the first one, small."""
    out = io.BytesIO()
    views = [Image.new("RGB", (90, 60), "teal"), *[Image.new("RGB", (30, 20), "teal") for _ in range(count - 1)]]
    for number, view in enumerate(views):
        view.encoderinfo = {}
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[254] = 1 if (raw if number == 0 else smaller) else 0
        view.encoderinfo["tiffinfo"] = tags
    views[0].save(out, "TIFF", save_all=True, append_images=views[1:], tiffinfo=views[0].encoderinfo["tiffinfo"])
    return out.getvalue()


def tiff_of_one_large_tile() -> bytes:
    """10 × 10 pixels, in a tile of 40,000 × 20,000 that a few hundred kilobytes unpack to."""
    data = zeros(763)
    entries = [
        (256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1),
        (322, 4, 1, 40_000), (323, 4, 1, 20_000), (324, 4, 1, 8 + 2 + 10 * 12 + 4), (325, 4, 1, len(data)),
    ]  # fmt: skip
    directory = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack("<HHI", tag, kind, count) + struct.pack(
            "<HH" if kind == 3 else "<I", *((value, 0) if kind == 3 else (value,))
        )
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0) + data


def gif_of_many_frames(count: int = 4_000) -> bytes:
    out = io.BytesIO()
    frame = [Image.new("P", (90, 60), shade % 2) for shade in range(2)]
    frame[0].save(out, "GIF", save_all=True, append_images=[frame[number % 2] for number in range(1, 12)], duration=40)
    plain = out.getvalue()
    first = plain.index(b"\x21\xf9")
    return plain[:-1] + plain[first:-1] * (count // 12) + b";"


def gif_and_script() -> bytes:
    """A GIF 10,799 pixels wide, whose head begins a comment in a script."""
    plain = bytearray(saved("GIF", (10_799, 20)))
    assert plain[6:8] == b"/*"
    return bytes(plain) + b"*/=1;alert(1)//"


HEAVY_TEXT = PngImagePlugin.MAX_TEXT_CHUNK // 1024**2 + 300
# name -> (how it is made, a word of the refusal).
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "many megapixels": (lambda: png_that_claims(20_000, 20_000).getvalue(), "40 megapixels"),
    "more than Pillow bears": (lambda: png_that_claims(60_000, 60_000).getvalue(), "40 megapixels"),
    "text that unpacks to 300 MB": (
        lambda: png_with(chunk(b"zTXt", b"Comment\0\0" + zeros(HEAVY_TEXT))),
        "not a picture",
    ),
    "international text that unpacks to 300 MB": (
        lambda: png_with(chunk(b"iTXt", b"Comment\0\1\0\0\0" + zeros(HEAVY_TEXT))),
        "not a picture",
    ),
    "profile that unpacks to 300 MB": (lambda: png_with(chunk(b"iCCP", b"x\0\0" + zeros(300))), "not a picture"),
    "a hundred texts": (
        lambda: png_with(*[chunk(b"zTXt", b"Comment\0\0" + zeros(1)) for _ in range(100)]),
        "not a picture",
    ),
    "one large tile": (tiff_of_one_large_tile, "40 megapixels"),
    "torn JPEG": (lambda: saved("JPEG", (900, 600), quality=95)[:-2000], "not a picture"),
    "torn PNG": (lambda: saved("PNG", (900, 600))[:-40], "not a picture"),
    "torn WebP": (lambda: saved("WEBP", (900, 600))[:-40], "not a picture"),
    "torn TIFF": (lambda: saved("TIFF", (900, 600))[:20_000], "not a picture"),
    "JPEG and ZIP": (lambda: saved("JPEG") + archive(), "something else"),
    "PNG and ZIP": (lambda: saved("PNG") + archive(), "something else"),
    "GIF and script": (gif_and_script, "something else"),
    "GIF and page": (lambda: saved("GIF", comment=b"<script>alert(1)</script>"), "something else"),
    "JPEG and PHP": (lambda: saved("JPEG", comment=b"<?php system($_GET['c']); ?>"), "something else"),
    "JPEG and page": (lambda: saved("JPEG", comment=b"<!DOCTYPE HTML><body onload=alert(1)>"), "something else"),
    "PDF with a picture": (lambda: b"%PDF-1.7\n" + saved("JPEG"), "not a picture"),
    "HTML named .jpg": (lambda: b"<html><body>No picture</body></html>", "not a picture"),
    "SVG named .png": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "not a picture",
    ),
    "TIFF of two pages": (lambda: pages(2), "several pages"),
    "TIFF of many small pages": (lambda: pages(20, smaller=True), "several pages"),
    "camera's raw file": (lambda: pages(1, raw=True), "raw file"),
}
