"""What resumable uploads may take: of a form, of the disk, of the network, of the server's threads."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citizen_reports import pages, quarantine, tus
from citizen_reports.models import Attachment, IntakeForm, Upload
from safeguards import limits
from tests.citizen_reports.posts import photo, receipt_of, send, stored
from tests.citizen_reports.tus import FILM, TO, Sender, opened


def test_limits_count_what_was_begun(sender: Sender, witness: Client) -> None:
    IntakeForm.objects.update(max_files=3, max_file_mb=1, max_media_mb=2, max_report_mb=3)
    million = 1024 * 1024
    answer = sender.create(million + 1, "long.pdf", "application/pdf")
    assert (answer.status_code, answer.content.decode()) == (413, "“long.pdf” is too large.")
    sender.begin(2 * million, "film.mp4", "video/mp4")
    answer = sender.create(million + 1, "speech.ogg", "audio/ogg")
    assert (answer.status_code, answer.content.decode()) == (
        413, "“speech.ogg” is too large together with the other files.",
    )  # fmt: skip
    sender.begin(10, "a.txt", "text/plain")
    sender.begin(10, "b.txt", "text/plain")
    assert sender.create(10, "c.txt").content.decode() == "“c.txt” is one file too many."
    answer = Sender(witness, sender.token, TO + "?lang=fr").create(10, "c.txt")
    assert answer["Content-Language"] == "fr"


def test_films_may_be_longer_without_a_script_too(witness: Client) -> None:
    IntakeForm.objects.update(max_file_mb=1, max_media_mb=2)
    film = photo("film.mp4")
    film.content_type = "video/mp4"
    film.write(b"x" * 1_500_000)
    film.seek(0)
    receipt_of(send(witness, files=film))
    assert Attachment.objects.get().size == 1_500_000


def test_below_the_floor_of_free_space_no_file_is_taken(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    place = sender.begin()
    monkeypatch.setattr(quarantine, "has_space", lambda size=0: False)
    answer = sender.create(10, "b.txt")
    assert (answer.status_code, answer.content.decode()) == (
        507, "“b.txt” could not be taken: we have no room for files just now. Please send it later.",
    )  # fmt: skip
    assert sender.patch(place, 0, FILM).status_code == 507
    monkeypatch.undo()
    assert sender.offset(place) == 0
    assert sender.patch(place, 0, FILM).status_code == 204


def test_a_disk_that_fills_while_bytes_arrive_keeps_what_was_whole(
    sender: Sender, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:1000])

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(quarantine.SealedFile, "write", full)
        assert sender.patch(place, 1000, FILM[1000:]).status_code == 507
    with monkeypatch.context() as patch:
        patch.setattr(quarantine.SealedFile, "finish", full)
        assert sender.patch(place, 1000, FILM[1000:]).status_code == 507
    assert sender.offset(place) == 1000
    assert len(stored(own_data)) == 1
    sender.patch(place, 1000, FILM[1000:])
    assert opened(Attachment.objects.get()) == FILM


def test_floods_are_held_back(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pages._LIMITS, "citizen_reports.upload", ((2, timedelta(hours=1)),))
    assert [sender.create(10).status_code for _ in range(3)] == [201, 201, 429]
    monkeypatch.setitem(pages._LIMITS, "citizen_reports.upload", ())
    monkeypatch.setitem(pages._LIMITS, "citizen_reports.upload_mb", ((250, timedelta(hours=1)),))
    IntakeForm.objects.update(max_report_mb=5000)
    answers = [sender.create(100 * 1024 * 1024) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2]["Retry-After"]


def test_what_is_too_large_is_refused_and_holds_nobody_back(sender: Sender) -> None:
    for length in (9 * 1024**3, 10**15 - 1):
        answer = sender.create(length)
        assert (answer.status_code, answer.content.decode()) == (413, "“film.mp4” is too large.")
    assert sender.create().status_code == 201


def test_who_did_not_get_the_answer_and_asks_again_has_the_same_room(sender: Sender) -> None:
    IntakeForm.objects.update(max_files=2)
    place = sender.begin(mark="one")
    assert sender.begin(mark="one") == place
    other = sender.begin(10, "notes.txt", "text/plain", mark="other")
    assert Upload.objects.count() == 2
    sender.patch(place, 0, FILM[:1000])
    assert sender.create(mark="one").status_code == 413  # of this one there is something: it is another file
    assert sender.begin(10, "notes.txt", "text/plain", mark="other") == other


@pytest.mark.parametrize("marks", [("", ""), ("one", "other")])
def test_two_files_that_look_the_same_are_two(sender: Sender, marks: tuple[str, str]) -> None:
    first, second = (sender.begin(len(FILM), mark=mark) for mark in marks)
    assert first != second
    sender.patch(first, 0, FILM)
    sender.patch(second, 0, FILM[::-1])
    assert [opened(file) for file in Attachment.objects.order_by("pk")] == [FILM, FILM[::-1]]


def test_slow_senders_leave_threads_for_readers(sender: Sender) -> None:
    place = sender.begin()
    with ExitStack() as busy:
        for _ in range(tus.FROM_ONE):
            busy.enter_context(tus._slot(limits.bucket("citizen_reports.upload", "127.0.0.1")))
        answer = sender.patch(place, 0, FILM)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        assert Sender(Client(**elsewhere), sender.token).patch(place, 0, FILM[:1000]).status_code == 204
        for number in range(tus.AT_ONCE - tus.FROM_ONE):
            busy.enter_context(tus._slot(f"another {number}"))
        assert Sender(Client(**elsewhere), sender.token).patch(place, 1000, FILM[1000:]).status_code == 503
    assert sender.patch(place, 1000, FILM[1000:]).status_code == 204
    assert not tus._busy
