import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AuditRow, User
from images import remux, video_files, video_names, video_work, videos
from images.models import Video, VideoJob
from images.video_files import VideoRefused
from jobs import leases
from tests import make, stored
from tests.images.films import KINDS, film, video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def upload(colour: str = "teal", kind: str = "webm", **options: Any) -> BytesIO:
    return BytesIO(film(*KINDS[kind], colour=colour, **options))


def work() -> int:
    return video_work.turn("worker", threading.Event())


def public(files: Path) -> list[str]:
    return sorted(each.name for each in (files / "media" / "videos").glob("*"))


def uploads(files: Path) -> list[Path]:
    return [each for each in (files / "private" / "videos").rglob("*") if each.is_file()]


def expected(boats: Video) -> list[str]:
    return sorted(part.name for part in (video_names.film(boats), *video_names.posters(boats)))


def test_a_new_video_is_kept_and_made_ready_by_the_worker(files: Path, editor: User) -> None:
    boats = videos.add(upload(planted=True), filename="boats.webm", actor=editor, caption="Boats")
    assert (boats.form, boats.width, boats.height, boats.is_ready, boats.uploaded_by) == (
        "webm",
        128,
        72,
        False,
        editor,
    )
    assert uploads(files)[0].stat().st_mode & 0o777 == 0o600
    assert work() == 1
    boats.refresh_from_db()
    assert (boats.is_ready, boats.failure, VideoJob.objects.count()) == (True, "", 0)
    assert public(files) == expected(boats)
    for name in public(files):
        assert b"PLANTED" not in (files / "media" / "videos" / name).read_bytes()
    assert work() == 0
    row = AuditRow.objects.get(verb="video added")
    assert (row.actor, row.detail) == (editor, {"file": "boats.webm"})


def test_a_file_that_is_there_already_gives_its_video(files: Path) -> None:
    first, again = (videos.add(upload(), filename="boats", actor=None) for _ in range(2))
    assert first == again
    assert len(uploads(files)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_two_at_once_is_one_video(files: Path) -> None:
    together = threading.Barrier(2)
    data = film(*KINDS["webm"])

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            if not piece:
                together.wait(10)
            return piece

    def send(_number: int) -> int:
        try:
            return videos.add(Slow(data), filename="boats", actor=None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(send, range(2)))) == 1
    assert (Video.objects.count(), len(uploads(files))) == (1, 1)


@pytest.mark.parametrize("data", [b"", b"<html>", b"\0\0\0\x18ftypisom" + b"x" * 5000])
def test_nothing_is_left_of_what_is_refused(data: bytes, files: Path) -> None:
    with pytest.raises(VideoRefused):
        videos.add(BytesIO(data), filename="boats", actor=None)
    assert uploads(files) == []
    assert not Video.objects.exists()


def test_too_large_a_file_is_refused_as_soon_as_it_is(files: Path, settings: Any) -> None:
    settings.VIDEO_MAX_MB = 1

    class Endless(BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            self.given += 1
            return b"x" * 1024 * 1024

    endless = Endless()
    with pytest.raises(VideoRefused, match="larger than 1 MB"):
        videos.add(endless, filename="boats", actor=None)
    assert endless.given == 2
    assert uploads(files) == []


def test_the_disk_is_never_filled(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = video_files.FLOOR + 1000
    monkeypatch.setattr(video_files.shutil, "disk_usage", lambda _path: Disk(0, 0, free))
    with pytest.raises(VideoRefused, match="nearly full"):
        videos.add(upload(), filename="boats", actor=None)
    assert uploads(files) == []


def test_without_an_engine_nothing_is_taken_in(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remux, "engine", lambda: "")
    with pytest.raises(VideoRefused, match="PyAV"):
        videos.add(upload(), filename="boats", actor=None)
    assert uploads(files) == []


def test_another_moment_makes_another_poster_and_the_older_film_stays_until_then(files: Path) -> None:
    boats = video()
    before = public(files)
    changed = videos.change(boats, actor=None, poster_at=1.5)
    assert (changed.version, changed.is_ready) == (2, False)
    assert public(files) == before
    assert work() == 1
    changed.refresh_from_db()
    assert public(files) == expected(changed) != before
    older = Client().get(video_names.film(boats).path)
    assert (older.status_code, older["Location"]) == (302, video_names.film(changed).path)
    assert older["Cache-Control"] == "public, max-age=60"


def test_words_are_written_down_with_who_changed_what(editor: User) -> None:
    boats = video()
    videos.change(boats, actor=editor, caption="Boats at noon", credit=boats.credit)
    row = AuditRow.objects.get(verb="video changed")
    assert (row.actor, row.detail) == (editor, {"fields": ["caption"]})
    boats.refresh_from_db()
    assert (boats.caption, boats.version, boats.is_ready) == ("Boats at noon", 1, True)


def test_a_chosen_picture_is_the_poster() -> None:
    quay = make.picture()
    boats = video(poster=quay)
    poster: Any = video_names.sources(boats)["poster"]
    assert poster["src"].startswith(f"/pictures/{quay.pk}-1-whole-640-")


@pytest.mark.django_db(transaction=True)
def test_a_replaced_file_is_gone_at_once(files: Path, editor: User) -> None:
    boats = video(caption="Boats")
    older = video_names.film(boats).path
    replaced = videos.replace(boats, upload("maroon", "mp4"), filename="cut.mp4", actor=editor)
    assert (replaced.pk, replaced.form, replaced.version, replaced.caption) == (boats.pk, "mp4", 2, "Boats")
    assert public(files) == []
    assert len(uploads(files)) == 1
    assert Client().get(older).status_code == 404
    work()
    replaced.refresh_from_db()
    assert replaced.is_ready
    assert Client().get(older)["Location"] == video_names.film(replaced).path
    assert AuditRow.objects.get(verb="video replaced").detail == {"file": "cut.mp4"}


def test_a_file_of_another_video_replaces_nothing(files: Path) -> None:
    boats, gulls = video(), video("maroon", caption="Gulls")
    with pytest.raises(VideoRefused, match="Gulls"):
        videos.replace(boats, upload("maroon"), filename="x", actor=None)
    boats.refresh_from_db()
    assert (boats.version, gulls.version, len(uploads(files))) == (1, 1, 2)


@pytest.mark.parametrize("break_it", ["gone", "torn"])
def test_what_fails_says_why_holds_up_no_other_and_can_be_tried_again(
    break_it: str, files: Path, caplog: pytest.LogCaptureFixture, editor: User
) -> None:
    broken, whole = video(ready=False), video("maroon", ready=False)
    place = stored.upload(broken.original)
    data = place.read_bytes()
    if break_it == "gone":
        place.unlink()
    else:
        place.write_bytes(data[:600])
    assert work() == 2
    broken.refresh_from_db()
    whole.refresh_from_db()
    assert whole.is_ready and not broken.is_ready
    assert broken.failure == (
        "The server could not write or read its files." if break_it == "gone"
        else "This file is not a video that can be read. Use MP4, MOV, WebM or MKV."
    )  # fmt: skip
    assert caplog.records[0].video == broken.pk
    assert public(files) == expected(whole)

    place.write_bytes(data)
    videos.try_again(broken, actor=editor)
    assert work() == 1
    broken.refresh_from_db()
    assert (broken.is_ready, broken.failure) == (True, "")
    assert AuditRow.objects.filter(verb="video tried again", actor=editor).count() == 1


def test_what_a_dead_worker_left_is_made_once_by_the_next(files: Path) -> None:
    boats = video(ready=False)
    leases.claim(VideoJob.objects.all(), worker="dead", limit=1, lease=video_work.LEASE)
    assert work() == 0
    VideoJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert (work(), work()) == (1, 0)
    boats.refresh_from_db()
    assert boats.is_ready
    assert public(files) == expected(boats)


def test_one_that_kills_its_worker_again_and_again_is_given_up(files: Path) -> None:
    boats = video(ready=False)
    VideoJob.objects.update(attempts=video_work.ATTEMPTS)
    assert work() == 1
    boats.refresh_from_db()
    assert (boats.is_ready, boats.failure) == (False, "It was begun several times, and never came to an end.")
    assert public(files) == []


def test_a_video_changed_while_it_was_made_is_made_again(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boats = video(ready=False)
    make_it: Callable[[Video], None] = video_work.make

    def changed_meanwhile(job_video: Video) -> None:
        monkeypatch.setattr(video_work, "make", make_it)
        make_it(job_video)
        videos.change(boats, actor=None, poster_at=1.5)

    monkeypatch.setattr(video_work, "make", changed_meanwhile)
    assert work() == 2
    boats.refresh_from_db()
    assert (boats.version, boats.is_ready) == (2, True)
    assert public(files) == expected(boats)


def test_what_sudden_deaths_left_is_swept_a_day_later(files: Path) -> None:
    boats = video()
    stays = [*uploads(files), *(files / "media" / "videos" / name for name in public(files))]
    folder = files / "private" / "videos" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    lost = [folder / ("ab" + "0" * 30), folder / ".half", files / "media" / "videos" / ".half"]
    young = [folder / ("ab" + "1" * 30), folder / ".arriving", files / "media" / "videos" / ".being-made"]
    for place in (*lost, *young):
        place.write_bytes(b"x")
    for place in (*lost, *stays):
        os.utime(place, (0, 0))
    assert video_work.sweep() == 3
    assert not any(place.exists() for place in lost)
    assert all(place.exists() for place in (*young, *stays))
    assert video_work.sweep() == 0
    assert Video.objects.get() == boats


@pytest.mark.django_db(transaction=True)
def test_others_are_served_while_a_film_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    boats = video()
    path = video_names.film(boats).path
    monkeypatch.setattr(remux, "_PYAV", ["sh", "-c", "sleep 5"])
    monkeypatch.setattr(remux, "LOOKING", 2)

    def send() -> str:
        try:
            videos.add(upload("maroon"), filename="bomb", actor=None)
        except VideoRefused as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send)
        response = Client().get(path)
        assert response.status_code == 200 and b"".join(response.streaming_content)
        assert not sent.done()
        assert "takes too long" in sent.result()
