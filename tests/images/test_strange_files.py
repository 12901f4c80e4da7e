"""Bombs, polyglots, and what is no picture: refused in words, within bounds of memory, and nobody waits meanwhile."""

import struct
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from PIL import Image

from accounts.models import AuditRow
from images import library, names, renditions
from images.models import Picture
from images.pixels import PictureRefused, fresh
from tests import make, stored
from tests.images.strange import REFUSED, gif_of_many_frames, notes_of_strange_types, pages, saved

MEGABYTE = 1024  # ru_maxrss counts kilobytes
# The largest that may be: what a picture of 40 megapixels takes when it is decoded, and once more while it is changed.
BOUND = 480
PROBE = """
import resource, sys
from django.conf import settings
settings.configure()
from PIL import Image
from images.decoding import Opened, refuse_two_things_at_once
from images.pixels import PictureRefused
Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open(sys.argv[1], "rb") as file:
        Opened(file).pixels(scale=1)
        refuse_two_things_at_once(file)
    said = "taken"
except PictureRefused as refusal:
    said = "refused"
print(said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def probe(file: Path) -> tuple[str, int]:
    """What a fresh process says to the file, and how many megabytes more it took for that."""
    command = [sys.executable, "-c", PROBE, str(file)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=120)
    said, grown = done.stdout.split()
    return said, int(grown) // MEGABYTE


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.django_db
def test_it_is_refused_in_words_and_nothing_of_it_stays(name: str, files: Path) -> None:
    make_file, word = REFUSED[name]
    with pytest.raises(PictureRefused, match=word):
        library.add(BytesIO(make_file()), filename="view.jpg", actor=None)
    assert [path for path in (files / "private" / "pictures").rglob("*") if path.is_file()] == []
    assert not Picture.objects.exists() and not AuditRow.objects.exists()


@pytest.mark.parametrize("name", [name for name in REFUSED if "unpacks" in name or "pixel" in name or "tile" in name])
def test_a_bomb_takes_little_memory(name: str, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(REFUSED[name][0]())
    assert bomb.stat().st_size < 2 * 1024**2
    said, grown = probe(bomb)
    assert said == "refused"
    assert grown < 150


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGB"), ("TIFF", "CMYK"), ("JPEG", "CMYK"), ("WEBP", "RGBA")])
def test_the_largest_picture_that_is_taken_stays_within_bounds(form: str, mode: str, tmp_path: Path) -> None:
    file = tmp_path / "large"
    options = (
        {"compression": "tiff_lzw"}
        if form == "TIFF"
        else {"lossless": True, "quality": 0, "method": 0}
        if form == "WEBP"
        else {}
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new(mode, (8_000, 5_000)).save(file, form, exif=exif, **options)
    said, grown = probe(file)
    assert said == "taken"
    assert grown < BOUND


@pytest.mark.django_db
@pytest.mark.usefixtures("files")
def test_of_many_frames_only_the_first_is_looked_at() -> None:
    began = time.process_time()
    picture = library.add(BytesIO(gif_of_many_frames()), filename="view.gif", actor=None)
    assert (picture.form, picture.width, picture.height) == ("GIF", 90, 60)
    assert time.process_time() - began < 5


@pytest.mark.django_db
@pytest.mark.usefixtures("files")
def test_a_tiff_with_its_own_thumbnail_is_one_picture() -> None:
    picture = library.add(BytesIO(pages(2, smaller=True)), filename="view.tif", actor=None)
    assert (picture.form, picture.width, picture.height) == ("TIFF", 90, 60)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.django_db
@pytest.mark.usefixtures("files")
def test_strange_notes_keep_no_picture_from_standing_upright(form: str) -> None:
    data = saved(form, exif=notes_of_strange_types())
    picture = library.add(BytesIO(data), filename="view", actor=None)
    assert (picture.form, picture.width, picture.height) == (form, 60, 90)
    with Image.open(stored.made(names.Rendition(picture.pk, 1, "whole", 60, "jpg"))) as made:
        assert made.size == (60, 90)
    with Image.open(fresh(BytesIO(data), max_side=300)) as portrait:
        assert portrait.size == (60, 90)


@pytest.mark.django_db
@pytest.mark.usefixtures("files")
def test_notes_that_lead_beyond_the_file_are_no_notes() -> None:
    far = b"MM\0*" + struct.pack(">LHHHLLLQ", 8, 1, 0x8769, 16, 1, 26, 0, 2**64 - 1)
    picture = library.add(BytesIO(saved("JPEG", exif=b"Exif\0\0" + far)), filename="view", actor=None)
    assert (picture.width, picture.height) == (90, 60)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.django_db
@pytest.mark.usefixtures("files")
def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off(form: str) -> None:
    out = BytesIO()
    Image.new("I;16", (90, 60), 0x4000).save(out, form)
    out.seek(0)
    picture = library.add(out, filename="view", actor=None)
    place = stored.made(names.Rendition(picture.pk, 1, "whole", 90, "jpg"))
    with Image.open(place) as opened:
        shade = opened.convert("L").getpixel((45, 30))
    assert shade == pytest.approx(0x40, abs=4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_readers_are_served_while_something_heavy_is_looked_at() -> None:
    story = make.story("Ferry is back")
    picture = make.picture()
    rendition = names.Rendition(picture.pk, 1, "wide", 640, "webp")
    renditions.make(rendition)
    out = BytesIO()
    Image.effect_noise((6_300, 6_300), 90).save(out, "PNG", compress_level=1)
    out.seek(0)
    began, ended = threading.Event(), threading.Event()

    def look() -> None:
        try:
            began.set()
            library.add(out, filename="heavy.png", actor=None)
        finally:
            ended.set()
            connection.close()

    looking = threading.Thread(target=look)
    looking.start()
    began.wait()
    answers = []
    while not ended.is_set() and len(answers) < 20:
        page = Client().get(story.path)
        file = b"".join(Client().get(rendition.path).streaming_content)
        if not ended.is_set():
            answers.append((page.status_code, "Ferry is back" in page.content.decode(), file[8:12]))
    looking.join()
    assert len(answers) >= 3
    assert set(answers) == {(200, True, b"WEBP")}
    assert Picture.objects.count() == 2
