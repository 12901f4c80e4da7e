import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from articles.models.desk import Article
from articles.models.places import Section
from newsroom import preparing
from tests import make


@pytest.fixture
def places(tmp_path: Path, settings: Settings) -> Path:
    """A data folder and one folder of static files, both empty but for one stylesheet."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "paper.css").write_text("p { color: black }")
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    return tmp_path


def test_static_files_are_collected_only_when_one_has_changed(places: Path) -> None:
    assert [preparing.collect_static(), preparing.collect_static()] == [True, False]
    os.utime(places / "source/paper.css", (1, 1))
    assert preparing.collect_static()
    (places / "source/print.css").write_text("p { color: blue }")
    assert preparing.collect_static()
    assert (places / "static/print.css").read_text() == "p { color: blue }"


def test_the_data_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with preparing.hold(tmp_path / "data"), pytest.raises(CommandError, match=f"process {os.getpid()}"):
        preparing.hold(tmp_path / "data")
    preparing.hold(tmp_path / "data").close()


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OperationalError("database or disk is full")]
)
def test_a_full_disk_is_told_in_words(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "call_command", Mock(side_effect=error))
    for command in ("prepare", "serve"):
        with pytest.raises(CommandError, match=r"The disk is full \(.*\): make room where .* lies"):
            call_command(command)


def test_other_users_of_the_machine_cannot_read_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "newsroom.sqlite3"
    for path, mode in ((file, 0o644), (tmp_path / "newsroom.sqlite3-wal", 0o664)):
        path.touch()
        path.chmod(mode)
    monkeypatch.setattr(preparing, "connection", Mock(vendor="sqlite", settings_dict={"NAME": file}))
    preparing.keep_to_ourselves()
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {
        "newsroom.sqlite3": "0o640",
        "newsroom.sqlite3-wal": "0o660",
    }


def test_other_faults_are_left_as_they_are() -> None:
    with pytest.raises(PermissionError), preparing.told_of_full_disk():
        raise PermissionError(13, "Permission denied")


@pytest.mark.django_db
def test_an_older_release_may_prepare_on_the_tables_of_a_newer_one() -> None:
    """As docs/operations.md has it on the way back."""
    newer = MigrationRecorder.Migration.objects.create(app="jobs", name="9999_of_a_newer_release")
    preparing.migrate()
    assert MigrationRecorder.Migration.objects.filter(pk=newer.pk).exists()


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(CommandError, match="HOST=not an address is no address of this machine"):
        preparing.free_address("not an address", 8000)


@pytest.mark.django_db
@override_settings(DEMO=False)
def test_an_empty_newsroom_has_a_news_section_and_a_chief_with_the_password_that_was_said() -> None:
    said = preparing.found()
    chief = User.objects.get()
    assert (chief.email, chief.role) == ("chief@localhost", Role.CHIEF)
    assert chief.check_password(said.split()[2])
    assert list(Section.objects.values_list("slug", flat=True)) == ["news"]
    assert not Article.objects.exists()


@pytest.mark.django_db
@override_settings(DEMO=True)
def test_a_demo_newsroom_can_be_entered_in_every_role_with_the_password_that_was_said() -> None:
    password = preparing.found().split()[2]
    assert {user.role for user in User.objects.all() if user.check_password(password)} == set(Role)
    assert Article.objects.exists()


@pytest.mark.django_db
@override_settings(DEMO=True)
def test_the_demos_sign_in_is_said_again_for_as_long_as_it_works(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    said = preparing.found()
    assert preparing.found() == said
    editor = User.objects.get(email=preparing.DEMO_EDITOR)
    editor.set_password("another one entirely")
    editor.save()
    assert preparing.found() == ""


@pytest.mark.django_db
@pytest.mark.parametrize("demo", [True, False])
def test_a_newsroom_with_staff_is_left_as_it_is(demo: bool) -> None:
    make.user(Role.REPORTER)
    with override_settings(DEMO=demo):
        assert preparing.found() == ""
    assert not Section.objects.exists() and User.objects.count() == 1
