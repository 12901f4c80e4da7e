import time
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from accounts.models import AuditRow, User
from images import library, originals
from images.models import Picture, RenditionJob, Rights
from images.pixels import PictureRefused
from tests import make
from tests.images.test_pixels import png_that_claims

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description photoshop:Credit="Harbour &amp; Sons"
 photoshop:City="Port Selin" photoshop:DateCreated="2026-03-14T09:00:00"><dc:description><rdf:Alt>
<rdf:li xml:lang="x-default">The ferry leaves,
at last</rdf:li></rdf:Alt></dc:description><dc:creator><rdf:Seq><rdf:li>Mara Quill</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def add(file: BytesIO, **fields: object) -> Picture:
    return library.add(file, filename="quay.jpg", actor=None, **fields)


def kept_files(files: Path) -> list[Path]:
    return [path for path in (files / "private" / "pictures").rglob("*") if path.is_file()]


def iptc(*records: tuple[int, bytes]) -> bytes:
    """A JPEG whose Photoshop segment says this in IPTC."""
    said = b"".join(b"\x1c\x02" + bytes([number]) + len(text).to_bytes(2, "big") + text for number, text in records)
    block = b"8BIM\x04\x04\x00\x00" + len(said).to_bytes(4, "big") + said + b"\0" * (len(said) % 2)
    segment = b"Photoshop 3.0\0" + block
    jpeg = make.picture_file().getvalue()
    return jpeg[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]


def test_what_was_uploaded_is_kept_as_it_was_and_for_us_alone(files: Path, reporter: User) -> None:
    file = make.picture_file((300, 200))
    picture = library.add(file, filename="../<b>quay\x00.jpg", actor=reporter, caption="The quay", rights=Rights.OWN)

    picture.refresh_from_db()
    assert (picture.form, picture.width, picture.height) == ("JPEG", 300, 200)
    assert (picture.caption, picture.rights, picture.uploaded_by) == ("The quay", Rights.OWN, reporter)
    with originals.opened(picture.original) as original:
        assert original.read() == file.getvalue()
    [path] = kept_files(files)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "quay" not in str(path)
    assert RenditionJob.objects.get().picture == picture
    row = AuditRow.objects.get(verb="picture added")
    assert (row.actor, row.label, row.detail) == (reporter, "The quay", {"file": "../<b>quay .jpg"})


def test_the_same_file_again_is_the_picture_there_was(files: Path) -> None:
    first = add(make.picture_file(), caption="The quay")
    again = add(make.picture_file(), caption="Another caption")
    assert again == first
    assert again.caption == "The quay"
    assert len(kept_files(files)) == 1


def test_a_file_that_took_anothers_place_is_known_too() -> None:
    first = add(make.picture_file(), caption="The quay")
    library.replace(first, make.picture_file((300, 200)), filename="again.jpg", actor=None)
    assert add(make.picture_file((300, 200))) == first
    assert Picture.objects.get().caption == "The quay"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_each_format_is_taken(form: str) -> None:
    picture = add(make.picture_file((90, 60), form=form))
    assert (picture.form, picture.width, picture.height) == (form, 90, 60)


def test_a_phones_jpeg_with_further_views_is_a_jpeg() -> None:
    views, out = [Image.new("RGB", (90, 60), colour) for colour in ("teal", "navy")], BytesIO()
    views[0].save(out, "MPO", save_all=True, append_images=views[1:])
    out.seek(0)
    assert add(out).form == "JPEG"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_its_size_is_that_of_the_picture_standing_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = add(make.picture_file((60, 40), exif=exif))
    assert (picture.width, picture.height) == ((60, 40) if orientation < 5 else (40, 60))


@pytest.mark.parametrize(
    ("upload", "word"),
    [
        (b"<html><script>alert(1)</script>", "not a picture"),
        (b"", "not a picture"),
        (make.picture_file().getvalue()[:3000], "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500, "not a picture"),
        (png_that_claims(20_000, 20_000).getvalue(), "40 megapixels"),
        (png_that_claims(60_000, 60_000).getvalue(), "40 megapixels"),
        (b"\xff\xd8" + b"0" * originals.MAX_BYTES, "40 MB"),
    ],
    ids=["html", "empty", "torn", "svg", "heic", "bomb", "large bomb", "heavy"],
)
def test_a_refusal_says_why_and_leaves_nothing(files: Path, upload: bytes, word: str) -> None:
    with pytest.raises(PictureRefused, match=word):
        add(BytesIO(upload))
    assert kept_files(files) == []
    assert not Picture.objects.exists() and not AuditRow.objects.exists()


def test_what_exif_says_is_read_in_but_not_where_it_was() -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "The ferry leaves\x00", "Mara Quill"
    exif.get_ifd(0x8769)[0x9003] = "2026:03:14 09:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 34.0, 56.0)})
    picture = add(make.picture_file(exif=exif))
    assert (picture.caption, picture.credit, picture.taken_on) == ("The ferry leaves", "Mara Quill", date(2026, 3, 14))
    assert picture.place == ""


def test_what_iptc_says_is_read_in() -> None:
    said = iptc(
        (120, "Café at\nthe quay".encode()), (80, b"Mara Quill"), (110, b"Harbour Press"), (90, b"Port Selin"),
        (101, b"Orlane"), (55, b"20260314"),
    )  # fmt: skip
    picture = add(BytesIO(said))
    assert (picture.caption, picture.credit) == ("Café at the quay", "Mara Quill / Harbour Press")
    assert (picture.place, picture.taken_on) == ("Port Selin, Orlane", date(2026, 3, 14))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_xmp_says_is_read_in(form: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700], tags.tagtype[700] = XMP, 7
    saved: dict[str, Any] = {"PNG": {"pnginfo": notes}, "TIFF": {"tiffinfo": tags}}.get(form, {"xmp": XMP})
    picture = add(make.picture_file(form=form, **saved))
    assert (picture.caption, picture.credit) == ("The ferry leaves, at last", "Mara Quill / Harbour & Sons")
    assert (picture.place, picture.taken_on) == ("Port Selin", date(2026, 3, 14))


def test_of_several_languages_the_main_one_is_read_in_and_of_several_people_all() -> None:
    languages = (
        b'<rdf:li xml:lang="fr">Un quai sous la pluie</rdf:li><rdf:li xml:lang="x-default">A pier in rain</rdf:li>'
    )
    start, end = XMP.index(b"<rdf:li xml:lang"), XMP.index(b"</rdf:Alt>")
    xmp = XMP[:start] + languages + XMP[end:].replace(b"Mara Quill", b"Ann Lee</rdf:li> <rdf:li>Bo Ray")
    picture = add(make.picture_file(xmp=xmp))
    assert (picture.caption, picture.credit) == ("A pier in rain", "Ann Lee, Bo Ray / Harbour & Sons")


@pytest.mark.parametrize(
    "said",
    [
        b"<dc:description>" * 15_000,
        b"<dc:description " * 15_000,
        b"<dc:description>" + b"<" * 240_000 + b"</dc:description>",
        b"<dc:description>" + b"<rdf:li>" * 30_000 + b"</dc:description>",
        b"<dc:description>&#" + b"9" * 5000 + b";</dc:description>",
    ],
)
def test_xmp_that_was_made_to_be_read_for_ever_costs_no_more_than_its_length(said: bytes) -> None:
    """While such a pattern goes back and forth, no other thread of the process gets on: minutes, for 256 KB."""
    began = time.process_time()
    picture = add(make.picture_file(form="WEBP", xmp=said))
    assert picture.pk
    assert time.process_time() - began < 5


@pytest.mark.parametrize("day", ["0000:00:00 00:00:00", "2026:13:40 00:00:00", "yesterday"])
def test_a_clock_that_was_never_set_gives_no_day(day: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "OLYMPUS DIGITAL CAMERA"
    exif.get_ifd(0x8769)[0x9003] = day
    picture = add(make.picture_file(exif=exif))
    assert (picture.taken_on, picture.caption) == (None, "")


def test_what_was_written_by_hand_goes_before_what_the_file_says_and_long_texts_are_cut() -> None:
    picture = add(make.picture_file(xmp=XMP.replace(b"at last", b"at last " * 200)), credit="Own work")
    assert picture.credit == "Own work"
    assert len(picture.caption) == 600


def test_a_change_of_words_keeps_the_version_and_another_focal_point_does_not(editor: User) -> None:
    picture = make.picture()
    RenditionJob.objects.all().delete()

    changed = library.change(picture, actor=editor, caption="At the quay", credit=picture.credit)
    assert (changed.caption, changed.version) == ("At the quay", 1)
    assert AuditRow.objects.get(verb="picture changed").detail == {"fields": ["caption"]}
    assert not RenditionJob.objects.exists()

    changed = library.change(picture, actor=editor, focal_x=0.25)
    assert (changed.focal_x, changed.version) == (0.25, 2)
    assert RenditionJob.objects.get().picture == picture
    library.change(changed, actor=editor, focal_x=0.25)
    assert AuditRow.objects.filter(verb="picture changed").count() == 2


@pytest.mark.django_db(transaction=True)
def test_another_file_takes_its_place_and_what_was_written_stays(files: Path, editor: User) -> None:
    picture = make.picture(caption="The quay", focal_x=0.2, blurred=[[0.1, 0.1, 0.2, 0.2]])
    replaced = library.replace(picture, make.picture_file((640, 400), "navy"), filename="new.jpg", actor=editor)

    replaced.refresh_from_db()
    assert (replaced.pk, replaced.caption, replaced.version) == (picture.pk, "The quay", 2)
    assert (replaced.width, replaced.focal_x, replaced.blurred) == (640, 0.5, [])
    [path] = kept_files(files)
    assert path.name == replaced.original != picture.original
    assert AuditRow.objects.get(verb="picture replaced").detail == {"file": "new.jpg"}


def test_a_bad_file_replaces_nothing(files: Path, editor: User) -> None:
    picture = make.picture()
    with pytest.raises(PictureRefused):
        library.replace(picture, BytesIO(b"<html>"), filename="new.jpg", actor=editor)
    picture.refresh_from_db()
    assert picture.version == 1
    assert [path.name for path in kept_files(files)] == [picture.original]


def test_the_same_view_in_another_size_is_a_likely_duplicate() -> None:
    def drawn(size: tuple[int, int], *, mirrored: bool = False) -> BytesIO:
        out = BytesIO()
        view = Image.radial_gradient("L").crop((0, 0, 200, 150)).convert("RGB").resize(size)
        (view.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else view).save(out, "JPEG", quality=60)
        out.seek(0)
        return out

    first, second = add(drawn((800, 600))), add(drawn((500, 375)))
    add(drawn((800, 600), mirrored=True))
    assert library.likely_duplicates(first) == [second]
    assert library.likely_duplicates(second) == [first]


def test_a_likely_duplicate_is_found_however_many_pictures_came_since() -> None:
    own = 0x0123_4567_89AB_CDEF
    spread = 0x0003_0003_0001_0001  # two bits in two quarters, one in the others: six, which still counts
    far = own ^ 0xFFFF_FFFF_FFFF_FFFF
    hashes = [own ^ spread, own, own ^ spread ^ 2, *[far] * 2_000, own]
    Picture.objects.bulk_create(
        Picture(
            original=f"{number:032x}", sha256=f"{number:064x}", perceptual_hash=f"{bits:016x}", size=1, form="jpeg",
            width=9, height=8,
        )
        for number, bits in enumerate(hashes)
    )  # fmt: skip
    near, same, *_others, newest = Picture.objects.order_by("pk")
    assert library.likely_duplicates(newest) == [same, near]
