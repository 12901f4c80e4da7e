"""The quarantine: sealed on arrival, by no name that tells, within limits, and nothing left over."""

import hashlib
import io
import os
import shutil
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from citizen_reports import quarantine
from citizen_reports.models import Attachment, IntakeForm, Report
from citizen_reports.signatures import sniff
from safeguards.problems import Unsealable
from tests import stored
from tests.citizen_reports import posts
from tests.citizen_reports.posts import photo, receipt_of, send, tagged_photo, token

SECRET = b"PLANTED-BYTES of a document that nobody may find "


def document(name: str = "list.bin", size: int = 300_000) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, SECRET * (size // len(SECRET)), content_type="text/html")


def test_a_file_lies_sealed_without_name_or_extension_and_opens_whole(witness: Client, own_data: Path) -> None:
    sent = document("Liste d'été.html")
    receipt_of(send(witness, files=sent))
    attachment = Attachment.objects.get()
    (path,) = posts.stored(own_data)
    assert (path.name, path.suffix, path.parent.name) == (attachment.original, "", attachment.original[:2])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET not in path.read_bytes()
    sent.seek(0)
    assert b"".join(quarantine.original(attachment)) == sent.read()
    assert attachment.display_name.open() == "Liste d'été.html"
    sent.seek(0)
    assert attachment.sha256.open() == hashlib.sha256(sent.read()).hexdigest() != attachment.dedupe_key
    assert (attachment.declared_type, attachment.sniffed_type) == ("text/html", "text/plain")
    assert attachment.derivative_state == Attachment.Derivative.NONE


def test_a_file_in_another_s_place_does_not_open(witness: Client) -> None:
    send(witness, files=[document("one"), photo("two")])
    one, two = Attachment.objects.all()
    shutil.copy(stored.report(one.original), stored.report(two.original))
    with pytest.raises(Unsealable):
        b"".join(quarantine.original(two))


def test_while_it_arrives_no_plain_byte_is_on_any_disk(
    witness: Client,
    own_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    settings: Any,
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    settings.FILE_UPLOAD_TEMP_DIR = str(temporary)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    seen: list[bytes] = []
    write = quarantine.SealedFile.write

    def write_and_search(self: quarantine.SealedFile, piece: bytes) -> None:
        write(self, piece)
        self._whole.file.flush()
        seen.extend(path.read_bytes() for place in (temporary, own_data) for path in place.rglob("*") if path.is_file())

    monkeypatch.setattr(quarantine.SealedFile, "write", write_and_search)
    receipt_of(send(witness, files=document(size=4_000_000)))
    assert len(b"".join(seen)) > 4_000_000
    assert not any(SECRET in data for data in seen)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "address", [f"/report/receipt/{what}" for what in ("", "withdraw/", "forget/", "delete/", "write/")]
)
def test_pages_that_take_no_file_write_none(
    witness: Client, own_data: Path, address: str, tmp_path_factory: pytest.TempPathFactory, settings: Any
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    settings.FILE_UPLOAD_TEMP_DIR = str(temporary)
    witness.post(address, {"receipt": "wrong", "visit": "wrong", "files": document(size=4_000_000)})
    assert not list(temporary.iterdir())
    assert not posts.stored(own_data)


def test_what_exceeds_a_limit_is_refused_in_words_and_leaves_nothing(
    witness: Client, house_form: IntakeForm, own_data: Path
) -> None:
    IntakeForm.objects.update(max_files=2, max_file_mb=1, max_report_mb=1)
    form = token(witness)
    answer = send(
        witness,
        token=form,
        files=[document("film.mp4", size=1_100_000), photo("a.jpg"), SimpleUploadedFile("none.txt", b"")],
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“film.mp4” is too large." in page
    assert "“none.txt” is empty." in page
    assert [file.display_name.open() for file in Attachment.objects.all()] == ["a.jpg"]
    assert len(posts.stored(own_data)) == 1

    answer = send(witness, token=form, files=[document("b.bin", 600_000), document("c.bin", 300_000)])
    assert "“c.bin” is one file too many." in answer.content.decode()
    assert len(posts.stored(own_data)) == Attachment.objects.count() == 2
    assert not Report.objects.exists()

    receipt_of(send(witness, token=form))
    assert [file.display_name.open() for file in Report.objects.get().attachments.all()] == ["a.jpg", "b.bin"]


def test_files_together_exceed_the_report_s_limit(witness: Client, house_form: IntakeForm, own_data: Path) -> None:
    IntakeForm.objects.update(max_file_mb=1, max_report_mb=1)
    form = token(witness)
    assert send(witness, token=form, files=[document("a", 600_000), document("b", 700_000)]).status_code == 422
    answer = send(witness, token=form, files=document("c", 800_000))
    assert "“c” is too large together with the other files." in answer.content.decode()
    assert [file.display_name.open() for file in Attachment.objects.all()] == ["a"]
    assert len(posts.stored(own_data)) == 1


def test_without_room_on_the_disk_the_text_is_still_taken(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "FREE_SPACE_FLOOR", shutil.disk_usage("/").total * 1000)
    answer = send(witness, files=photo("bridge.jpg"))
    assert receipt_of(answer)
    assert "“bridge.jpg” could not be taken" in answer.content.decode()
    assert Report.objects.get().body.open() == "The bridge fell at noon."
    assert not posts.stored(own_data)


def test_a_sender_who_hangs_up_leaves_nothing(witness: Client, own_data: Path) -> None:
    body = (
        b'--line\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + SECRET * 9000
    )
    witness.post("/report/witness/", data=body, content_type="multipart/form-data; boundary=line")
    assert not posts.stored(own_data)
    assert not Attachment.objects.exists()


def test_the_same_file_twice_is_one(witness: Client, own_data: Path) -> None:
    receipt_of(send(witness, files=[document("a.bin"), document("b.bin"), photo()]))
    assert Attachment.objects.count() == len(posts.stored(own_data)) == 2


def test_what_was_never_sent_is_forgotten_and_nothing_else(witness: Client, own_data: Path) -> None:
    send(witness, files=document("kept"))
    send(witness, body="", files=photo("unsent.jpg"))
    stray = quarantine.SealedFile("stray")
    stray.write(b"left by a crash")
    stray.finish()
    aside = quarantine.SealedFile("aside")
    aside.write(b"left by another")
    assert len(posts.stored(own_data)) == 4
    assert quarantine.forget_unsent() == 0

    long_ago = timezone.now() - timedelta(days=3)
    Attachment.objects.update(received_at=long_ago)
    for path in posts.stored(own_data):
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    assert quarantine.forget_unsent() == 3
    (kept,) = Attachment.objects.all()
    assert [path.name for path in posts.stored(own_data)] == [kept.original]
    assert SECRET in b"".join(quarantine.original(kept))
    aside.remove()


def test_a_file_that_is_moved_away_while_the_sweep_looks_at_it_ends_nothing(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aside", "stray"):
        sealed = quarantine.SealedFile(name)
        sealed.write(b"left by a crash")
        sealed.finish()
    for path in posts.stored(own_data):
        os.utime(path, (0, 0))
    moved, stat = posts.stored(own_data)[0], Path.stat

    def stat_unless_moved(path: Path, **given: bool) -> os.stat_result:
        if path == moved:
            raise FileNotFoundError
        return stat(path, **given)

    monkeypatch.setattr(Path, "stat", stat_unless_moved)
    assert quarantine.forget_unsent() == 1


def test_a_kept_file_s_time_tells_only_the_hour(witness: Client, own_data: Path) -> None:
    send(witness, files=photo())
    assert [path.stat().st_mtime % 3600 for path in posts.stored(own_data)] == [0]


@pytest.mark.django_db(transaction=True)
def test_no_folder_and_no_row_tells_the_minute_in_which_files_came_or_were_taken_out(
    witness: Client, own_data: Path
) -> None:
    page = send(witness, body="", files=[photo("one.jpg"), document("two")]).content.decode()
    waiting = Attachment.objects.order_by("pk")
    assert {(row.received_at.timestamp() % 3600, row.due_at.timestamp() % 3600) for row in waiting} == {(0, 0)}
    send(witness, token=posts.hidden(page, "token"), take_out=str(waiting[0].pk))
    home = own_data / "private" / "reports"
    folders = [home, *(each for each in home.iterdir() if each.is_dir())]
    assert len(folders) >= 2
    assert {each.stat().st_mtime % 3600 for each in folders} == {0}


def test_a_photo_s_facts_are_known_at_once_and_sealed(witness: Client) -> None:
    send(witness, files=tagged_photo())
    attachment = Attachment.objects.get()
    assert attachment.capture_facts.open() == (
        '{"taken": "2031-05-04T11:58:30", "place": [52.5, -13.25], "device": "PLANTED-CAMERA Model 7"}'
    )
    assert b"PLANTED" not in attachment.capture_facts.sealed


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\bridge.jpg", "bridge.jpg"),
        ("in\r\nvoice\u202egpj.exe", "invoicegpj.exe"),
        ("صورة.jpg", "صورة.jpg"),
        ("x" * 300 + ".jpg", "x" * 96 + ".jpg"),
        ("", ""),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert quarantine.clean_name(name) == cleaned


ZIP, ODT = b"PK\x03\x04" + b"\0" * 26, "application/vnd.oasis.opendocument.text"


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (6, 4), "teal").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        *((picture(form), f"image/{form.lower()}") for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF")),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x18ftyp3gp5\0\0\0\0", "video/3gpp"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "video/webm"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"RIFF\x24\x08\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7\n", "application/pdf"),
        (ZIP + b"mimetype" + ODT.encode(), ODT),
        (ZIP + b"[Content_Types].xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("Нас было двое".encode()[:-1], "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (ZIP + b"classes.dex", ""),
        (b"\x7fELF\x02\x01", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_a_type_is_what_the_first_bytes_say(head: bytes, found: str) -> None:
    assert sniff(head) == found
