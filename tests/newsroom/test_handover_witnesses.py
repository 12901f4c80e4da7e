"""What the witnesses of a newsroom may rely on when it is exported, and where the export is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from citizen_reports.models import Consent, LibraryCopy
from images.models import Picture, RightsWarning, Video
from safeguards import stores
from tests import make
from tests.citizen_reports.reports import named
from tests.newsroom.handing_over import files, left_behind
from tests.newsroom.test_handover import come_in, go_out, move_to

COLOURS = ("teal", "navy", "maroon", "olive")


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    move_to(settings, tmp_path / "here")
    return tmp_path


@pytest.mark.django_db
def test_no_import_beside_witnesses_files_that_it_would_delete(place: Path) -> None:
    with left_behind():
        go_out(place / "out")
    with stores.writing(stores.reports(), "ab/abcdef") as draft:
        draft.write_bytes(b"sealed")
    with pytest.raises(CommandError, match="a DATA_DIR, or buckets, of its own"):
        come_in(place / "out")
    assert stores.reports().exists("ab/abcdef")


@pytest.mark.django_db
def test_witnesses_pictures_without_consent_stay_behind_or_may_not_be_used(place: Path, settings: Any) -> None:
    with left_behind():
        user = make.user()
        allowed, unseen, in_draft, seen = (
            make.picture(colour=colour, rights="witness", caption=f"Planted {colour}") for colour in COLOURS
        )
        for picture in (allowed, unseen, in_draft, seen):
            report = named(publish_media=True, state="ready")
            consent = report.consents.get()
            LibraryCopy.objects.create(report=report, picture=picture, consent=consent, derivative="x", by=user)
        film = Video.objects.create(original="f" * 32, form="mp4", size=1, sha256="f" * 64, rights="witness")
        LibraryCopy.objects.create(report=report, video=film, consent=consent, derivative="x", by=user)
        make.draft(lead_picture=in_draft.pk)
        make.story(lead_picture=seen.pk)
        lost = LibraryCopy.objects.exclude(picture=allowed).values("consent")
        Consent.objects.filter(pk__in=lost).update(withdrawn_at=timezone.now())
        RightsWarning.objects.create(picture=unseen, rights_until=timezone.localdate())
        go_out(place / "out")
    move_to(settings, place / "there")
    come_in(place / "out")
    today = timezone.localdate()
    here = {each.pk: "expired" in each.what_is_missing(on=today) for each in Picture.objects.all()}
    assert here == {allowed.pk: False, in_draft.pk: True, seen.pk: True}
    assert not Video.objects.exists()
    kept = {path.stem for path in (place / "out/media/pictures").iterdir()}
    assert kept == {allowed.original, seen.original}
    assert b"Planted navy" not in b"".join(files(place / "out").values())
