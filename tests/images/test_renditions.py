import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pi_heif
import pytest
from django.db import connection
from django.test import Client
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat, PngImagePlugin, TiffImagePlugin

from images import library, names, renditions
from images.models import Picture, RenditionJob
from tests import make, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
HEIC = Path(__file__).with_name("standing.heic")
FORMATS = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}


def add(image: Image.Image | bytes, form: str = "PNG", **fields: Any) -> Picture:
    out = BytesIO(image if isinstance(image, bytes) else b"")
    if isinstance(image, Image.Image):
        image.save(out, form)
    out.seek(0)
    return library.add(out, filename="view", actor=None, **fields)


def made(picture: Picture, crop: str, form: str = "webp", width: int | None = None) -> Image.Image:
    width = width or names.widths(picture, crop)[-1]
    place = stored.made(names.Rendition(picture.pk, picture.version, crop, width, form))
    with Image.open(place) as opened:
        opened.load()
        return opened


def stripes() -> Image.Image:
    """1000 × 400: ten upright stripes, each of a red of its own."""
    view = Image.new("RGB", (1000, 400))
    for number in range(10):
        ImageDraw.Draw(view).rectangle((100 * number, 0, 100 * number + 99, 399), fill=(25 * number, 0, 0))
    return view


def stripe_at(image: Image.Image, across: float) -> int:
    colour: Any = image.convert("RGB").getpixel((round(across * (image.width - 1)), image.height // 2))
    return round(colour[0] / 25)


def planted() -> dict[str, bytes]:
    """The same names, numbers and coordinates in a file of each format, wherever it has room for words."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x9C9D] = "PLANTED-CAMERA", "PLANTED-NAME", "PLANTED-NAME".encode("utf-16-le")
    exif.get_ifd(0x8769).update(
        {0xA431: "PLANTED-SERIAL", 0x927C: b"PLANTED-MAKER-NOTE", 0x9286: b"ASCII\0\0\0PLANTED"}
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 34.0, 56.0), 0x1D: "PLANTED-GPS"})
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "PLANTED-COMMENT")
    notes.add_text("Author", "PLANTED-NAME", zip=True)
    notes.add_itxt("Location", "PLANTED-GPS", lang="en")
    notes.add_itxt("XML:com.adobe.xmp", "<x>PLANTED-XMP</x>")
    xmp, profile = b"<x>PLANTED-XMP</x>", profile_that_says(b"PLANTED-PROFILE")
    said = {"exif": exif, "icc_profile": profile}
    iptc = b"\x1c\x02\x50\x00\x0cPLANTED-NAME"
    block = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(iptc).to_bytes(4, "big") + iptc + b"\0" * (len(iptc) % 2)
    jpeg = make.picture_file(xmp=xmp, comment=b"PLANTED-COMMENT", **said).getvalue()
    jpeg = jpeg[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700], tags[33723], tags[0x010E] = xmp, iptc, "PLANTED-CAPTION"
    tags.tagtype[700] = tags.tagtype[33723] = 7
    for tag in (0x010F, 0x013B):
        tags[tag] = exif[tag]
    tiff_exif = Image.Exif()
    tiff_exif.get_ifd(0x8769).update({0xA431: "PLANTED-SERIAL", 0x927C: b"PLANTED-MAKER-NOTE"})
    tiff_exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 34.0, 56.0), 0x1D: "PLANTED-GPS"})
    tags[0x8769], tags[0x8825] = tiff_exif.get_ifd(0x8769), tiff_exif.get_ifd(0x8825)
    return {
        "JPEG": jpeg + b"PLANTED-TRAILER",
        "PNG": make.picture_file(form="PNG", pnginfo=notes, **said).getvalue() + b"PLANTED-TRAILER",
        "WEBP": make.picture_file(form="WEBP", xmp=xmp, **said).getvalue(),
        "GIF": make.picture_file(form="GIF", comment=b"PLANTED-COMMENT").getvalue(),
        "HEIC": HEIC.read_bytes(),
        "TIFF": make.picture_file(form="TIFF", tiffinfo=tags, icc_profile=profile).getvalue(),
    }


def profile_that_says(words: bytes) -> bytes:
    """sRGB, with other words in its description."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    before = "sRGB built-in".encode("utf-16-be")
    assert before in profile
    return profile.replace(before, words[: len(before)].ljust(len(before)))


SOURCES = ["JPEG", "PNG", "WEBP", "GIF", "HEIC", "TIFF"]
# How much is hidden in the file of each: names, serial number, coordinates, profile …
PLANTED_AT_LEAST = {"JPEG": 9, "PNG": 8, "WEBP": 6, "GIF": 1, "HEIC": 5, "TIFF": 8}


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_planted_is_in_any_rendition(source: str) -> None:
    file = planted()[source]
    assert file.count(b"PLANTED") >= PLANTED_AT_LEAST[source]
    picture = add(file)
    assert picture.form == source
    for rendition in renditions.all_of(picture):
        place = stored.made(rendition)
        assert b"PLANTED" not in place.read_bytes()
        with Image.open(place) as opened:
            assert (opened.format, opened.width) == (FORMATS[rendition.form], rendition.width)
            assert not opened.getexif()
            assert not opened.info.keys() & {"exif", "xmp", "icc_profile", "comment", "photoshop"}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_renditions_stand_upright(orientation: int, form: str) -> None:
    upright = Image.new("RGB", (60, 40), "navy")
    ImageDraw.Draw(upright).rectangle((0, 0, 29, 19), fill="yellow")
    back = [
        None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_270,
    ][orientation - 1]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    (upright if back is None else upright.transpose(back)).save(out, form, quality=95, exif=exif)

    picture = add(out.getvalue())
    assert (picture.form, picture.width, picture.height) == (form, 60, 40)
    assert yellow_corners(made(picture, "whole", "jpg")) == [(5, 5)]


def yellow_corners(image: Image.Image) -> list[tuple[int, int]]:
    wide, high = image.size
    corners = [(5, 5), (wide - 6, 5), (5, high - 6), (wide - 6, high - 6)]
    seen: dict[tuple[int, int], Any] = {corner: image.convert("RGB").getpixel(corner) for corner in corners}
    return [corner for corner, (red, _green, _blue) in seen.items() if red > 128]


@pytest.mark.parametrize("mirrored", [None, 0, 1])
@pytest.mark.parametrize("quarters", range(4))
def test_iphone_photos_stand_upright(quarters: int, mirrored: int | None) -> None:
    """A HEIC says how it stands in boxes of its own, and once more in EXIF, which must not turn it a second time."""
    plain = pi_heif.open_heif(BytesIO(turned_heic(0, None))).to_pillow()
    mirror = {None: None, 0: Image.Transpose.FLIP_TOP_BOTTOM, 1: Image.Transpose.FLIP_LEFT_RIGHT}[mirrored]
    meant = plain.rotate(90 * quarters, expand=True)
    if mirror is not None:
        meant = meant.transpose(mirror)

    picture = add(turned_heic(quarters, mirrored))
    whole = made(picture, "whole", "webp").convert("RGB")
    assert (picture.width, picture.height) == whole.size == meant.size
    off = ImageChops.difference(whole, meant.convert("RGB"))
    assert max(ImageStat.Stat(off).mean) < 12


def turned_heic(quarters: int, mirrored: int | None) -> bytes:
    """The photo, a camera's 96 × 64 pixels, to be turned so often against the clock, then mirrored at an axis."""
    file = HEIC.read_bytes()
    turn = b"\0\0\0\x09irot"
    at = file.index(turn) + len(turn)
    file = file[:at] + bytes([quarters]) + file[at + 1 :]
    if mirrored is None:
        return file
    # One more property behind the others, and its number among those of the photo: boxes and offsets grow.
    box = b"\0\0\0\x09imir" + bytes([mirrored])
    file = file[: at + 1] + box + file[at + 1 :]
    kinds = file.index(b"ipma") + 12
    count, listed = file[kinds + 2], file[kinds + 3 :]
    file = file[: kinds + 2] + bytes([count + 1]) + listed[:count] + bytes([0x80 | (count + 1)]) + listed[count:]
    longer = len(box) + 1
    for name, more in ((b"meta", longer), (b"iprp", longer), (b"ipco", len(box)), (b"ipma", 1)):
        at = file.index(name) - 4
        file = file[:at] + (int.from_bytes(file[at : at + 4], "big") + more).to_bytes(4, "big") + file[at + 4 :]
    entries = file.index(b"iloc") + 12
    for number in range(3):
        at = entries + number * 18 + 4
        file = file[:at] + (int.from_bytes(file[at : at + 4], "big") + longer).to_bytes(4, "big") + file[at + 4 :]
    return file


@pytest.mark.parametrize(
    ("focal_x", "stripes_seen"), [(0.0, (0, 3)), (0.25, (0, 4)), (0.5, (3, 6)), (0.65, (4, 8)), (1.0, (6, 9))]
)
def test_the_crop_goes_round_the_focal_point_as_far_as_the_edges_allow(
    focal_x: float, stripes_seen: tuple[int, int]
) -> None:
    square = made(add(stripes(), focal_x=focal_x), "square")
    assert square.size == (320, 320)
    assert (stripe_at(square, 0.01), stripe_at(square, 0.99)) == stripes_seen


def test_each_crop_has_its_shape_and_none_is_larger_than_the_picture() -> None:
    picture = add(Image.new("RGB", (1000, 400)))
    assert {crop: made(picture, crop).size for crop in names.CROPS} == {
        "whole": (960, 384), "wide": (640, 360), "standard": (480, 360), "square": (320, 320),
    }  # fmt: skip
    small = add(Image.new("RGB", (50, 31)))
    assert made(small, "whole", "avif").size == (50, 31)


def test_a_blurred_part_is_unrecognisable_and_the_rest_is_not() -> None:
    view = Image.effect_noise((400, 400), 120).convert("RGB")
    picture = add(view, blurred=[[0.5, 0, 1, 1]])
    whole = made(picture, "whole", "jpg", 320).convert("L")

    def spread(box: tuple[int, int, int, int]) -> int:
        least, most = whole.crop(box).getextrema()
        return int(most) - int(least)

    assert spread((10, 10, 150, 310)) > 100
    assert spread((170, 10, 310, 310)) < 40


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_look_as_they_were_meant(mode: str) -> None:
    # A profile in which what is called red is seen as green, as it would be on no camera.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    out = BytesIO()
    Image.new(mode, (64, 64), "red").save(out, "PNG", icc_profile=swapped)
    colour: Any = made(add(out.getvalue()), "whole", "jpg").getpixel((32, 32))
    red, green, blue = colour
    assert red < 20 and green > 235 and blue < 20


def test_what_was_transparent_stays_so_but_in_jpeg_it_is_white() -> None:
    picture = add(Image.new("RGBA", (400, 400), (0, 0, 0, 0)))
    assert made(picture, "whole", "webp").mode == "RGBA"
    assert made(picture, "whole", "jpg").getpixel((5, 5)) == (255, 255, 255)


def test_whoever_comes_first_makes_it_and_it_may_be_kept_for_a_year() -> None:
    picture = make.picture()
    path = names.Rendition(picture.pk, 1, "wide", 640, "avif").path
    response = Client().get(path)
    with Image.open(BytesIO(b"".join(response.streaming_content))) as opened:
        assert (opened.format, opened.size) == ("AVIF", (640, 360))
    assert response["Content-Type"] == "image/avif"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in response


def test_only_names_that_we_signed_are_made(files: Path) -> None:
    picture = make.picture()
    real = names.Rendition(picture.pk, 1, "wide", 640, "webp").path
    forged = [
        real.replace("-640-", "-641-"), real.replace("-wide-", "-whole-"), real.replace("-1-wide", "-2-wide"),
        real[:-6] + ("0" if real[-6] != "0" else "1") + ".webp", real.replace(".webp", ".png"),
        names.Rendition(picture.pk + 1, 1, "wide", 640, "webp").path,
    ]  # fmt: skip
    assert [Client().get(path).status_code for path in forged] == [404] * 6
    assert not (files / "media").exists()


def test_the_original_has_no_address() -> None:
    picture = make.picture()
    library.originals.opened(picture.original).close()
    for path in (f"/pictures/{picture.original}", f"/pictures/{picture.original[:2]}/{picture.original}"):
        assert Client().get(path, follow=True).status_code == 404


def test_a_lost_original_is_not_found() -> None:
    picture = make.picture()
    made, asked = (names.Rendition(picture.pk, 1, "square", width, "webp").path for width in (320, 480))
    assert b"".join(Client().get(made))
    library.originals.remove(picture.original)
    assert Client().get(asked).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_ten_who_ask_at_once_get_the_one_file_that_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = make.picture((2400, 1600))
    path = names.Rendition(picture.pk, 1, "wide", 1600, "webp").path
    decoded, started = [], threading.Barrier(10)
    decode = renditions._decoded

    def counted(*args: Any, **kwargs: Any) -> Image.Image:
        decoded.append(args)
        return decode(*args, **kwargs)

    def ask(_number: int) -> bytes:
        started.wait()
        try:
            return b"".join(Client().get(path).streaming_content)
        finally:
            connection.close()

    monkeypatch.setattr(renditions, "_decoded", counted)
    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(ask, range(10)))
    assert len(answers) == 1 and answers != {b""}
    assert len(decoded) == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_blurred_can_be_seen_unblurred_nowhere(files: Path) -> None:
    picture = make.picture()
    for rendition in renditions.all_of(picture):
        renditions.make(rendition)
    older = names.Rendition(picture.pk, 1, "wide", 640, "webp")

    blurred = library.change(picture, actor=None, blurred=[[0.1, 0.1, 0.4, 0.4]])
    assert list((files / "media" / "renditions").iterdir()) == []
    response = Client().get(older.path)
    assert response["Location"] == older._replace(version=2).path != older.path
    assert response["Cache-Control"] == "public, max-age=60"
    with Image.open(BytesIO(b"".join(Client().get(response["Location"]).streaming_content))) as opened:
        assert opened.size == (640, 360)
    assert blurred.version == 2


@pytest.mark.django_db(transaction=True)
def test_old_addresses_lead_to_what_a_smaller_new_file_offers() -> None:
    picture = make.picture((2000, 1200))
    older = names.Rendition(picture.pk, 1, "whole", 1600, "jpg")
    library.replace(picture, make.picture_file((700, 420), "navy"), filename="new.jpg", actor=None)
    response = Client().get(older.path)
    assert response["Location"] == older._replace(version=2, width=640).path


@pytest.mark.django_db(transaction=True)
def test_a_file_made_while_the_picture_changes_does_not_stay(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = make.picture()
    older = names.Rendition(picture.pk, 1, "wide", 640, "webp")
    decode = renditions._decoded

    def blurred_meanwhile(*args: Any, **kwargs: Any) -> Image.Image:
        before = decode(*args, **kwargs)
        monkeypatch.setattr(renditions, "_decoded", decode)
        library.change(picture, actor=None, blurred=[[0, 0, 1, 1]])
        return before

    monkeypatch.setattr(renditions, "_decoded", blurred_meanwhile)
    assert Client().get(older.path)["Location"] == older._replace(version=2).path
    assert list((files / "media" / "renditions").iterdir()) == []


def offered(picture: Picture) -> set[str]:
    """The paths that HTML names."""
    every: list[Any] = [names.sources(picture, crop) for crop in names.CROPS]
    return {each["src"] for each in every} | {
        path for each in every for form in ("avif", "webp") for _, path in each[form]
    }


def are_made(picture: Picture) -> bool:
    return all(stored.rendition(path.rpartition("/")[2]).exists() for path in offered(picture))


def test_the_worker_makes_what_is_missing(files: Path) -> None:
    pictures = [make.picture((500, 300), colour) for colour in ("teal", "navy")]
    assert renditions.turn("worker", threading.Event()) == 2
    assert not RenditionJob.objects.exists()
    assert len(list((files / "media" / "renditions").iterdir())) == len(offered(pictures[0]) | offered(pictures[1]))
    for picture in pictures:
        assert are_made(picture)
        assert renditions.make_all(picture) == 0
    assert renditions.turn("worker", threading.Event()) == 0


def test_a_picture_that_cannot_be_made_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken, whole = make.picture((500, 300)), make.picture((500, 300), "navy")
    library.originals.remove(broken.original)
    assert renditions.turn("worker", threading.Event()) == 2
    assert not RenditionJob.objects.exists()
    assert caplog.records[0].picture == broken.pk
    assert are_made(whole)


def test_a_job_changed_while_it_was_done_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = make.picture((500, 300))
    make_all = renditions.make_all

    def changed_meanwhile(job_picture: Picture) -> int:
        monkeypatch.setattr(renditions, "make_all", make_all)
        library.change(picture, actor=None, focal_x=0.1)
        return 0

    monkeypatch.setattr(renditions, "make_all", changed_meanwhile)
    assert renditions.turn("worker", threading.Event()) == 2
    picture.refresh_from_db()
    assert are_made(picture)
