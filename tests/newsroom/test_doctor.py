"""What the doctor says of a sick newsroom, and that a well one is called well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.models.letters import Letter
from articles.models.reader_notes import ReaderNote
from jobs.models import Chore
from newsroom import doctor, health
from newsroom.doctor import Weight
from newsroom.preparing import DEMO_EDITOR
from safeguards import keyring
from subscriptions.models.letters import Edition
from tests import make
from tests.subscriptions.readers import alert

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def well(settings: Any, tmp_path: Path) -> Path:
    """A newsroom of which there is nothing to say."""
    settings.DATA_DIR = tmp_path
    (tmp_path / "secrets").mkdir()
    settings.SITE_URL, settings.TRUSTED_PROXIES, settings.STAFF_MUST_ENROL = "https://news.example", ["127.0.0.1"], True
    settings.MAIL_TO_FILES, settings.BACKUP_KEY = False, "11" * 32
    Chore.objects.create(name="beat", finished_at=timezone.now())
    return tmp_path


def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    # Settings of tests are none of a site's, and how full this machine's disk is, is its own affair.
    monkeypatch.setattr(doctor, "_checks", lambda report: iter(()))
    monkeypatch.setattr(doctor, "_keeping", lambda report: iter(()))
    return [each.what for each in doctor.complaints()]


def late_letter(settings: Any, folder: Path) -> None:
    Letter.objects.create(kind=Letter.Kind.PASSWORD, due_at=timezone.now() - timedelta(hours=1))


def no_beat(settings: Any, folder: Path) -> None:
    Chore.objects.update(finished_at=timezone.now() - timedelta(hours=1))


def paused(settings: Any, folder: Path) -> None:
    edition = alert()
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.PAUSED)


def open_key(settings: Any, folder: Path) -> None:
    (folder / "secrets/django").write_text("x")
    (folder / "secrets/django").chmod(0o644)


def demo(settings: Any, folder: Path) -> None:
    make.user("editor", email=DEMO_EDITOR)


def plain_http(settings: Any, folder: Path) -> None:
    settings.SITE_URL = "http://news.example"


def failing(settings: Any, folder: Path) -> None:
    Chore.objects.create(name="images.sweep", finished_at=timezone.now(), failures=1)


def no_daily_backup(settings: Any, folder: Path) -> None:
    settings.BACKUP_DAILY, settings.BACKUP_DIR = True, folder / "backups"


def no_key(settings: Any, folder: Path) -> None:
    settings.SEALING_KEYS = []
    ReaderNote.objects.create(article_number=1, headline="Ferry", text="No", contact="a@x.example", language="en")
    (folder / "secrets/sealing").unlink()


def broken_key(settings: Any, folder: Path) -> None:
    settings.SEALING_KEYS = ["abcd1234"]


def no_such_role(settings: Any, folder: Path) -> None:
    settings.TWO_FACTOR_ROLES = ["chief", "editors"]


@pytest.mark.parametrize(
    ("ail", "word"),
    [
        (late_letter, "Queue staff_letters: 1 have waited"),
        (no_beat, "No worker has given a sign of life"),
        (paused, "letters to subscribers wait for a decision"),
        (open_key, "can read keys: django"),
        (demo, "demo's accounts work on a public site"),
        (plain_http, "SITE_URL is not https"),
        (failing, "that fail: images.sweep."),
        (no_key, "The key that sealed these is not here: readers' notes."),
        (broken_key, "Line 1 of the sealing keys is not a key."),
        (no_such_role, "TWO_FACTOR_ROLES names what is no role: editors."),
        (no_daily_backup, "no backup is younger than thirty hours"),
    ],
)
def test_each_ailment_is_named(
    ail: Callable[[Any, Path], None], word: str, settings: Any, well: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = said(monkeypatch)
    assert not [line for line in before if word in line]
    ail(settings, well)
    assert [line for line in said(monkeypatch) if word in line]


def test_something_wrong_ends_with_one_and_comes_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Any, well: Path
) -> None:
    said(monkeypatch)
    open_key(settings, well)
    settings.STAFF_MUST_ENROL = False
    with pytest.raises(SystemExit) as end:
        call_command("doctor")
    lines = capsys.readouterr().out.splitlines()
    assert end.value.code == 1
    assert lines[0].startswith("✗ Other users of this machine can read keys")
    assert "chmod 600" in lines[1]
    assert [each.weight for each in doctor.complaints()] == sorted(
        (each.weight for each in doctor.complaints()), key=lambda weight: weight is Weight.ADVICE
    )


def test_a_newsroom_without_a_backup_is_told(well: Path, settings: Any) -> None:
    settings.BACKUP_DIR = well / "backups"
    assert [each.what for each in doctor._keeping({}) if "backup" in each.what] == ["There is no backup."]


def test_the_doctor_has_a_sentence_for_whatever_health_may_call_late() -> None:
    assert set(doctor._PARTS) == set(health.report()["parts"]) - {"database"}


def test_what_is_sealed_with_a_former_key_is_well_while_that_is_there(well: Path, settings: Any) -> None:
    settings.SEALING_KEYS = []
    ReaderNote.objects.create(article_number=1, headline="Ferry", text="No", contact="a@x.example", language="en")
    keyring.add_key()
    assert list(doctor._keys({})) == []


def test_an_upgrade_that_was_not_finished_is_no_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    MigrationRecorder.Migration.objects.filter(app="jobs").delete()
    monkeypatch.setattr(health, "report", None)  # which would fall over the first table that is missing
    (complaint,) = doctor.complaints()
    assert complaint.what.startswith("The tables are not those of this release: ")
    assert "manage.py prepare" in complaint.cure


@pytest.mark.parametrize(
    ("error", "word"), [("database or disk is full", "is full"), ("unable to open database file", "does not answer")]
)
def test_a_database_without_room_is_told_from_one_that_is_away(
    monkeypatch: pytest.MonkeyPatch, error: str, word: str
) -> None:
    monkeypatch.setattr(doctor, "MigrationExecutor", Mock(side_effect=OperationalError(error)))
    (complaint,) = doctor.complaints()
    assert word in complaint.what
