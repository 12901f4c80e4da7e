"""Safe copies: nothing but pixels, made once, and never the original in their place."""

import io
import struct
import threading
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from citizen_reports import derivatives, quarantine
from citizen_reports.models import Attachment
from tests import stored
from tests.citizen_reports import posts
from tests.citizen_reports.posts import PLANTED, photo, send, tagged_photo
from tests.images.strange import notes_of_strange_types, saved

State = Attachment.Derivative


def turn() -> int:
    return derivatives.turn("worker", threading.Event())


def sent(client: Client, file: SimpleUploadedFile) -> Attachment:
    send(client, files=file)
    return Attachment.objects.get()


def test_a_safe_copy_holds_pixels_and_no_word_of_the_camera(witness: Client, own_data: Path) -> None:
    attachment = sent(witness, tagged_photo())
    assert PLANTED.encode() in b"".join(quarantine.original(attachment))
    assert (turn(), turn()) == (1, 0)
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.width, attachment.height) == (State.MADE, 60, 40)
    copy = quarantine.safe_copy(attachment)
    picture = Image.open(io.BytesIO(copy))
    assert (picture.format, picture.size) == ("JPEG", (60, 40))
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert PLANTED.encode() not in copy
    # On the disk it is sealed as well.
    assert copy[:64] not in stored.report(attachment.derivative).read_bytes()
    assert len(posts.stored(own_data)) == 2


def test_pictures_stand_upright_and_are_at_most_4096_pixels_wide(witness: Client) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (5000, 100), "teal").save(out, "JPEG", exif=exif)
    attachment = sent(witness, SimpleUploadedFile("wide.jpg", out.getvalue()))
    turn()
    attachment.refresh_from_db()
    assert (attachment.width, attachment.height) == (82, 4096)


def test_a_photo_whose_notes_are_strange_has_its_copy(witness: Client) -> None:
    attachment = sent(witness, SimpleUploadedFile("turned.jpg", saved("JPEG", exif=notes_of_strange_types())))
    turn()
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.width, attachment.height) == (State.MADE, 60, 90)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "TIFF"])
def test_other_pictures_become_jpeg_and_what_was_transparent_white(witness: Client, form: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (200, 0, 0, 0)).save(out, form)
    attachment = sent(witness, SimpleUploadedFile(f"sign.{form}", out.getvalue(), content_type="text/plain"))
    turn()
    attachment.refresh_from_db()
    copy = Image.open(io.BytesIO(quarantine.safe_copy(attachment)))
    assert (copy.format, copy.size, copy.mode) == ("JPEG", (30, 20), "RGB")
    assert min(copy.getpixel((15, 10))) > 250


def bomb() -> bytes:
    """41 megapixels in 40 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 6400, 6400, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (6400 * 6401), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_bomb_and_a_broken_picture_fail_and_the_original_takes_nobody_s_place(
    witness: Client, own_data: Path
) -> None:
    send(witness, files=[SimpleUploadedFile("bomb.png", bomb()), SimpleUploadedFile("cut.jpg", photo().read()[:200])])
    assert turn() == 2
    assert set(Attachment.objects.values_list("derivative_state", "derivative")) == {(State.FAILED, "")}
    assert len(posts.stored(own_data)) == 2


def test_a_picture_whose_file_is_gone_or_changed_fails(witness: Client) -> None:
    send(witness, files=[photo("a.jpg"), photo("b.jpg", colour="red")])
    gone, changed = Attachment.objects.all()
    stored.report(gone.original).unlink()
    path = stored.report(changed.original)
    path.write_bytes(path.read_bytes()[:-1])
    assert turn() == 2
    assert set(Attachment.objects.values_list("derivative_state", flat=True)) == {State.FAILED}


def test_only_pictures_of_sent_reports_are_copied(witness: Client) -> None:
    send(witness, body="", files=photo("waiting.jpg"))
    send(witness, files=SimpleUploadedFile("list.pdf", b"%PDF-1.7\n"))
    assert turn() == 0
    states = dict(Attachment.objects.values_list("sniffed_type", "derivative_state"))
    assert states == {"image/jpeg": State.WAITING, "application/pdf": State.NONE}


class Killed(BaseException):
    """The worker's end, which no handler of its own sees."""


def test_a_picture_that_kills_the_worker_is_tried_three_times(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = sent(witness, photo())

    def kill(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(derivatives, "safe_jpeg", kill)
    for _ in range(3):
        with pytest.raises(Killed):
            turn()
        assert turn() == 0  # the lease of the dead stands
        Attachment.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert turn() == 1
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.attempts, attachment.lease_by) == (State.FAILED, 4, "")
    assert len(posts.stored(own_data)) == 1


def test_a_full_disk_is_tried_again_later(witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attachment = sent(witness, photo())
    finish = quarantine.SealedFile.finish

    def no_room(self: quarantine.SealedFile) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(quarantine.SealedFile, "finish", no_room)
    assert (turn(), turn()) == (1, 0)
    attachment.refresh_from_db()
    assert attachment.derivative_state == State.WAITING
    assert attachment.due_at > timezone.now() + timedelta(seconds=20)
    assert len(posts.stored(own_data)) == 1

    monkeypatch.setattr(quarantine.SealedFile, "finish", finish)
    Attachment.objects.update(due_at=timezone.now())
    assert turn() == 1
    attachment.refresh_from_db()
    assert attachment.derivative_state == State.MADE


def test_a_worker_that_lost_its_lease_leaves_no_second_copy(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = sent(witness, photo())
    make = derivatives.safe_jpeg

    def slowly(data: bytes, *, form: str) -> tuple[bytes, int, int]:
        Attachment.objects.update(lease_by="another")
        return make(data, form=form)

    monkeypatch.setattr(derivatives, "safe_jpeg", slowly)
    turn()
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.derivative, attachment.lease_by) == (State.WAITING, "", "another")
    assert len(posts.stored(own_data)) == 1


def test_a_phones_heic_photo_gets_a_safe_copy_that_stands_upright(witness: Client, own_data: Path) -> None:
    original = Path(__file__).parent.parent.joinpath("images/standing.heic").read_bytes()
    assert b"PLANTED" in original
    attachment = sent(witness, SimpleUploadedFile("IMG_0002.HEIC", original))
    assert turn() == 1
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.width, attachment.height) == (State.MADE, 64, 96)
    copy = quarantine.safe_copy(attachment)
    assert copy.startswith(b"\xff\xd8")
    assert b"PLANTED" not in copy


def test_a_broken_heic_fails_and_is_not_shown(witness: Client, own_data: Path) -> None:
    attachment = sent(witness, SimpleUploadedFile("IMG_0003.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0" + b"x" * 500))
    assert turn() == 1
    attachment.refresh_from_db()
    assert (attachment.derivative_state, attachment.derivative) == (State.FAILED, "")
