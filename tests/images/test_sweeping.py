"""What a sudden death left behind goes by itself; nothing else does."""

import logging
import os
import time
from pathlib import Path

import pytest

from images import library, names, originals, renditions, sweeping
from images.models import Picture
from tests import make, stored

pytestmark = pytest.mark.django_db
DAY = 24 * 3600


def aged(place: Path, days: float) -> Path:
    at = time.time() - days * DAY
    os.utime(place, (at, at))
    return place


def lost(days: float, name: str = "") -> Path:
    """An original that no row knows, so many days old."""
    kept, _none = originals.keep(make.picture_file((90, 60)), lambda _draft, _kept: None)
    place = stored.original(kept.name)
    return aged(place.rename(place.with_name(name)) if name else place, days)


def test_originals_without_a_row_go_after_a_day(files: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    known = make.picture()
    stays = [aged(stored.original(known.original), 30), lost(0.9)]
    goes = [lost(1.1), lost(40), lost(2, ".unfinished")]
    assert sweeping.sweep() == 3
    assert [place.exists() for place in stays + goes] == [True, True, False, False, False]
    assert "3 originals without a row" in caplog.text
    assert sweeping.sweep() == 0


def test_renditions_of_no_picture_and_of_older_versions_go_at_once(files: Path) -> None:
    picture, gone = make.picture(), make.picture((90, 60), "navy")
    stays = stored.made(names.Rendition(picture.pk, 1, "wide", 640, "webp"))
    older = stays.with_name(names.Rendition(picture.pk, 7, "wide", 640, "webp").name)
    renditions.make(names.Rendition(gone.pk, 1, "square", 60, "webp"))
    Picture.objects.filter(pk=gone.pk).delete()
    unfinished, fresh = stays.with_name(".0123456789abcdef"), stays.with_name(".fedcba9876543210")
    others = stays.with_name("logo.webp")
    for place in (older, unfinished, fresh, others):
        place.write_bytes(b"pixels")
    aged(unfinished, 2), aged(others, 9)
    aged(stored.original(gone.original), 0.1)
    assert sweeping.sweep() == 3
    assert {place.name for place in stays.parent.iterdir()} == {stays.name, fresh.name, others.name}


def test_an_empty_library_has_nothing_to_sweep(files: Path) -> None:
    assert sweeping.sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rendition_that_outlived_a_blur_goes(files: Path) -> None:
    picture = make.picture()
    older = names.Rendition(picture.pk, 1, "wide", 640, "webp")
    content = stored.made(older).read_bytes()
    library.change(picture, actor=None, blurred=[[0, 0, 1, 1]])
    stored.rendition(older.name).write_bytes(content)  # its maker died before it could look again
    assert sweeping.sweep() == 1
    assert not stored.rendition(older.name).exists()
