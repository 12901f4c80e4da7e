"""A backup holds the whole newsroom, is read by its key alone, and gives it back without sending anything again."""

from __future__ import annotations

import fcntl
import io
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import timezone

from articles.models.workflow import ScheduledChange
from newsroom import doctor, health
from newsroom.backups import container, database, nightly, restoring, standing, writing
from newsroom.backups.container import BadBackup
from newsroom.doctor import Weight
from newsroom.environment import Environment
from newsroom.management.commands import restore
from newsroom.queues import QUEUES
from subscriptions.models.letters import Delivery, Edition
from tests import make
from tests.elsewhere import new_database

KEY = "11" * 32


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    settings.BACKUP_DIR, settings.BACKUP_KEY = tmp_path / "backups", KEY
    settings.DATA_DIR = tmp_path / "data"
    (tmp_path / "data/private/pictures/ab").mkdir(parents=True)
    (tmp_path / "data/private/pictures/ab/abcd").write_bytes(b"an original" * 20_000)
    (tmp_path / "data/secrets").mkdir()
    (tmp_path / "data/secrets/django").write_text("the key of the newsroom")
    (tmp_path / "data/secrets/backup").write_text("the key of backups, planted")
    (tmp_path / "data/logs").mkdir()
    (tmp_path / "data/logs/newsroom.log").write_text("not the newsroom")
    return tmp_path


def snapshot(target: Path) -> None:
    target.write_bytes(b"a database, planted")


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run inside a transaction, in which no copy of a database can be made."""
    monkeypatch.setattr(database, "take", snapshot)
    monkeypatch.setattr(database, "check", lambda path: None)


def names(path: Path) -> dict[str, bytes]:
    return {name: b"".join(body) for name, _size, body in container.members(path)}


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database")
class TestFiles:
    def test_it_holds_what_is_the_newsroom_and_nothing_can_be_read_without_the_key(self, place: Path) -> None:
        path = writing.write()
        held = names(path)
        assert set(held) == {"manifest.json", database.name(), "private/pictures/ab/abcd", "secrets/django"}
        assert held["private/pictures/ab/abcd"] == b"an original" * 20_000
        raw = path.read_bytes()
        for planted in (b"an original", b"the key of", b"a database", b"pictures", b"manifest"):
            assert planted not in raw, planted
        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == [path.name]
        assert not list((place / "data").glob(".backup-*"))  # no copy is left

    def test_what_is_not_sealed_never_lies_where_backups_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """That folder is another disk, shared by hosts or copied elsewhere."""
        copies: list[Path] = []

        def seen(path: Path) -> None:
            copies.append(path)
            path.write_bytes(b"a database, planted")

        monkeypatch.setattr(database, "take", seen)
        monkeypatch.setattr(database, "check", copies.append)
        writing.verify(writing.write())
        assert len(copies) == 3
        assert [path for path in copies if not path.is_relative_to(configured.DATA_DIR)] == []

    def test_what_a_killed_backup_has_left_goes_with_the_next_and_one_at_work_stays(self, place: Path) -> None:
        writing.folder().mkdir()
        dead, alive = place / "data/.backup-dead", place / "data/.backup-alive"
        half, growing = (writing.folder() / f".{at}{container.SUFFIX}.part" for at in ("old", "new"))
        for near in (dead, alive):
            near.mkdir()
            (near / "database.sqlite3").write_bytes(b"a database, planted")
        half.touch(), growing.touch()
        with (alive / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for path in (dead, alive, half):
                os.utime(path, (1, 1))
            path = writing.write()
        assert (dead.exists(), alive.exists()) == (False, True)
        assert set(writing.folder().iterdir()) == {growing, path}

    def test_one_that_cannot_be_read_again_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(path: Path) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(database, "check", full)
        with pytest.raises(OSError, match="No space left"):
            writing.write()
        assert writing.known() == []

    def test_another_key_a_changed_bit_and_a_cut_are_told(self, settings: Any) -> None:
        path = writing.write()
        whole = path.read_bytes()
        for broken in (
            whole[:-1],
            whole[: len(whole) // 2],
            b"",
            whole[:100_000] + b"\0" + whole[100_001:],
            b"x" * 500,
        ):
            path.write_bytes(broken)
            with pytest.raises(BadBackup):
                writing.verify(path)
        path.write_bytes(whole)
        assert writing.verify(path)["stories"] == 0
        settings.BACKUP_KEY = "22" * 32
        with pytest.raises(BadBackup, match="another key"):
            writing.verify(path)
        settings.BACKUP_KEY = "short"
        with pytest.raises(BadBackup, match="64 hexadecimal digits"):
            writing.verify(path)

    def test_the_doctor_says_that_backups_have_another_key(self, settings: Any) -> None:
        def said() -> list[tuple[Weight, str]]:
            return [(each.weight, each.what) for each in doctor._keeping({}) if "do not open" in each.what]

        former = writing.write()
        former.rename(former.with_name(f"20200101T000000Z{container.SUFFIX}"))
        assert said() == []
        settings.BACKUP_KEY = "22" * 32
        assert said() == [(Weight.WRONG, "1 of 1 backups do not open with the key that is here.")]
        writing.write()
        assert said() == [(Weight.ADVICE, "1 of 2 backups do not open with the key that is here.")]

    def test_a_full_disk_leaves_nothing_behind(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(self: container.Writing, path: Path, name: str) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(container.Writing, "add", full)
        with pytest.raises(CommandError, match="No space left"):
            call_command("backup")
        assert list(writing.folder().iterdir()) == []
        assert not list((place / "data").glob(".backup-*"))

    def test_seven_days_four_weeks_and_six_months_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        writing.folder().mkdir()
        now = datetime(2026, 11, 22, 3, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)
        ahead = [writing.folder() / f"{year}0101T030000Z{container.SUFFIX}" for year in range(2030, 2045)]
        for path in ahead:  # by a clock that was wrong: they push out none that is right
            path.touch()
        for day in range(400):
            (writing.folder() / f"{now - timedelta(days=day):%Y%m%dT%H%M%SZ}{container.SUFFIX}").touch()
        (writing.folder() / "notes.txt").touch()
        writing.rotate()
        left = [f"{at:%Y-%m-%d}" for at, path in writing.known() if path not in ahead]
        assert len(left) + len(ahead) == len(writing.known())
        assert left[:7] == [f"2026-11-{day:02}" for day in range(22, 15, -1)]
        assert left[7:] == ["2026-11-15", "2026-11-08", "2026-11-01", "2026-10-31", "2026-09-30", "2026-08-31",
                            "2026-07-31", "2026-06-30"][: len(left) - 7]  # fmt: skip
        assert (writing.folder() / "notes.txt").exists()

    def test_the_worker_makes_one_a_day_if_asked(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nightly, "LOOK_EVERY", 0)
        stop = threading.Event()
        assert nightly.turn("worker", stop) == 0
        settings.BACKUP_DAILY = True
        assert (nightly.turn("worker", stop), nightly.turn("worker", stop), len(writing.known())) == (1, 0, 1)

    def test_a_backup_of_a_wrong_clock_keeps_none_from_being_made(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(nightly, "LOOK_EVERY", 0)
        settings.BACKUP_DAILY = True
        writing.folder().mkdir()
        (writing.folder() / f"20990101T030000Z{container.SUFFIX}").touch()
        assert health.report()["parts"]["backup"] == {"state": "late", "daily": True, "hours_old": None}
        assert nightly.turn("worker", threading.Event()) == 1
        assert health.report()["parts"]["backup"]["state"] == "up"

    def test_a_backup_that_fails_is_not_tried_again_at_once(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.BACKUP_DAILY = True
        tries: list[int] = []

        def full() -> Path:
            tries.append(1)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(writing, "write", full)
        monkeypatch.setattr(nightly._Looked, "at", -nightly.LOOK_EVERY)
        with pytest.raises(OSError, match="No space left"):
            nightly.turn("worker", threading.Event())
        assert (nightly.turn("worker", threading.Event()), len(tries)) == (0, 1)


def test_every_queue_of_the_worker_has_a_rule() -> None:
    assert set(standing.RULES) == set(QUEUES)


@pytest.mark.django_db
def test_nothing_stale_goes_out_of_a_restored_newsroom() -> None:
    from tests.subscriptions.readers import alert

    edition = alert()
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.SENDING)
    draft = make.draft()
    now = timezone.now()
    due = ScheduledChange.objects.create(article=draft, verb="publish", at=now - timedelta(hours=1), revision=1)
    later = ScheduledChange.objects.create(article=make.draft(), verb="publish", at=now + timedelta(days=1), revision=1)
    said = standing.hold()
    edition.refresh_from_db(), due.refresh_from_db(), later.refresh_from_db()
    assert edition.state == Edition.State.PAUSED
    assert (due.state, later.state) == (ScheduledChange.State.FAILED, ScheduledChange.State.WAITING)
    assert not Delivery.objects.filter(state__in=[Delivery.State.SENDING, Delivery.State.CLAIMED]).exists()
    assert any("scheduled changes" in line for line in said)


@pytest.mark.django_db
def test_what_is_there_is_never_written_over(place: Path) -> None:
    with pytest.raises(BadBackup, match="There is a newsroom in this database"):
        restoring.restore(place / "any", asks=lambda said: True, tells=print)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="pg_dump says it by itself")
def test_a_copy_that_cannot_be_written_is_told_in_words(place: Path) -> None:
    with pytest.raises(BadBackup, match=f"could not be copied to {place}/nowhere: unable to open"):
        database.take(place / "nowhere/copy")


def test_pg_dump_comes_to_the_database_as_the_newsroom_does() -> None:
    """A certificate that is asked for is asked for here too, and of two servers the one that takes writes is meant."""
    url = "postgres://newsroom:secret@10.0.0.21,10.0.0.23:5432/paper?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    known = Environment.db_url_config(f"{url}&target_session_attrs=read-write")
    parameters = DatabaseWrapper({**known, "TIME_ZONE": None, "AUTOCOMMIT": True}).get_connection_params()
    assert database.environment(parameters) == {
        "PGHOST": "10.0.0.21,10.0.0.23", "PGPORT": "5432", "PGUSER": "newsroom", "PGPASSWORD": "secret",
        "PGDATABASE": "paper", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/etc/ca.pem",
        "PGTARGETSESSIONATTRS": "read-write", "PGCLIENTENCODING": "UTF8",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_is_told_by_its_whole_name(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    for name, why in (("nothing", "No such file or directory"), ("data", "Is a directory")):
        with pytest.raises(CommandError, match=f"{place}/{name} cannot be read: {why}"):
            call_command("restore", name)


def test_where_nobody_can_be_asked_nothing_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    command = restore.Command(stdout=io.StringIO())
    command.is_agreed = False
    assert not command.agrees({"site": "https://news.example", "made_at": "today", "stories": 3, "waiting": {}})


def test_finished_pages_go_and_nginx_may_still_read_where_they_were(place: Path) -> None:
    root = place / "data"
    (root / "pages/release/news").mkdir(parents=True)
    (root / "pages/release/news/index.html").touch()
    (root / "pages/live").symlink_to("release")
    (root / "pages").chmod(0o2750)  # as docs/operations.md makes it, for nginx's group
    (root / "pagecache").mkdir()
    was = (root / "pages").stat()
    restoring.clear_pages(root)
    now = (root / "pages").stat()
    assert (list((root / "pages").iterdir()), (root / "pagecache").exists()) == ([], False)
    assert (now.st_ino, now.st_mode) == (was.st_ino, was.st_mode)
    restoring.clear_pages(place / "nowhere")


def process(folder: Path, database_url: str, *code: str) -> Any:
    """What the code says at its end, run as an installed newsroom of its own runs it."""
    environment = {
        **os.environ, "DATA_DIR": str(folder), "DATABASE_URL": database_url, "BACKUP_KEY": KEY,
        "SECRET_KEY": "", "PEPPER": "", "SEALING_KEYS": "",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings", "SITE_URL": "http://127.0.0.1:8000",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", "\n".join(code)]
    done = subprocess.run(
        command, cwd=configured.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


FILL = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests import make
from tests.elsewhere import new_database
from tests.articles.paper import printed
printed("en")
make.page()
"""
UNDER_WRITES = """
import threading
from articles.models.places import Tag
from newsroom.backups import writing
begun, over = threading.Event(), threading.Event()
def write():
    number = 0
    while not over.is_set():
        Tag.objects.create(name=f"Tag {number}", slug=f"tag-{number}")
        begun.set()
        number += 1
    connection.close()
desk = threading.Thread(target=write)
desk.start()
begun.wait(60)
call_command("backup")
over.set()
desk.join()
path = str(writing.known()[0][1])
"""
RESTORE = """
from django.core.management import call_command
call_command("restore", path, yes=True)
"""
# Everything an export would hold, and what readers get at addresses of every kind.
SAY = """
import hashlib, json, tempfile
from pathlib import Path
from django.conf import settings
from django.test import Client, override_settings
from articles.models.places import Tag
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
with tempfile.TemporaryDirectory() as near:
    call_command("export_newsroom", Path(near) / "out")
    said = json.loads((Path(near) / "out/manifest.json").read_bytes())
sums = {name: each["sha256"] for name, each in said["kinds"].items()}
names = Tag.objects.filter(name__startswith="Tag ").values_list("name", flat=True)
story = PublishedArticle.objects.exclude(body_html="").order_by("-word_count").first()
section = SiteSettings.load().section_path(story.section, story.language)
lists = [section, story.byline[0]["path"], story.tag_links[0]["path"]]
month = f"/archive/{story.published_at:%Y/%m}/"
addresses = [
    "/", story.path, *lists, "/feeds/rss.xml", f"{section}feeds/atom.xml", "/sitemap.xml", "/news-sitemap.xml", month,
    "/search/?q=ferry", "/text/", f"/text{story.path}", "/about/", "/corrections/", "/robots.txt",
]
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
pages = {}
with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
    for address in addresses:
        answer = Client(SERVER_NAME="127.0.0.1").get(address)
        pages[address] = [answer.status_code, hashlib.sha256(answer.getvalue()).hexdigest()]
tags = sorted(int(name.split()[1]) for name in names)
print(json.dumps({"sums": sums, "files": said["media"], "tags": tags, "pages": pages, "path": path}))
"""


@pytest.mark.processes
@pytest.mark.both_databases
def test_a_backup_taken_under_writes_is_the_same_newsroom_elsewhere(tmp_path: Path) -> None:
    """One newsroom is written to while its backup is made; the other was empty. Each is a process of its own."""
    here, there = tmp_path / "here", tmp_path / "there"
    one, other = new_database("backup_of", tmp_path), new_database("backup_in", tmp_path)
    was = process(here, one, FILL, UNDER_WRITES, SAY)
    now = process(there, other, f"path = {was['path']!r}", RESTORE, SAY)

    changed = {name for name, each in was["sums"].items() if now["sums"][name] != each}
    assert changed - {"articles.tag"} == {"accounts.auditrow"}  # which says that it was restored
    assert (now["files"], was["files"]["files"] > 0) == (was["files"], True)
    assert now["tags"] == was["tags"][: len(now["tags"])]  # a moment while they were written, and no hole in it
    assert {address: status for address, (status, _body) in was["pages"].items() if status != 200} == {}
    assert now["pages"] == was["pages"]
    assert (there / "secrets/django").read_text() == (here / "secrets/django").read_text()
