"""Resumable uploads: the protocol's every answer, limits before bytes, and files that come out as they went in."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from citizen_reports import pieces, quarantine, tus
from citizen_reports.models import Attachment, IntakeForm, Report, Upload, UploadPart
from citizen_reports.uploads import Refusal
from safeguards import stores
from tests.citizen_reports.posts import come_back, hidden, photo, receipt_of, send, stored, token
from tests.citizen_reports.tus import FILM, TO, Sender, metadata, opened

# Files go when the transaction is over, not before.
FOR_REAL = pytest.mark.django_db(transaction=True)
NOON = datetime(2031, 5, 4, 12, 20, tzinfo=UTC)


@FOR_REAL
def test_a_file_in_pieces_waits_like_any_other_and_goes_with_the_report(
    witness: Client, sender: Sender, own_data: Path
) -> None:
    place = sender.send(FILM)
    attachment = Attachment.objects.get()
    assert opened(attachment) == FILM
    assert attachment.sha256.open() == hashlib.sha256(FILM).hexdigest()
    assert (attachment.display_name.open(), attachment.declared_type) == ("film.mp4", "video/mp4")
    assert [path.name for path in stored(own_data)] == [attachment.original]  # no piece is left
    assert sender.offset(place) == len(FILM)

    answer = send(witness, token=sender.token, files=photo())
    assert "2 files came with it." in answer.content.decode()
    assert {file.display_name.open() for file in Report.objects.get().attachments.all()} == {"film.mp4", "bridge.jpg"}
    assert not Upload.objects.exists()  # nor is when it came


def test_what_the_server_can_do(witness: Client, house_form: IntakeForm) -> None:
    answer = witness.options(TO)
    assert (answer.status_code, answer["Tus-Version"], answer["Tus-Resumable"]) == (204, "1.0.0", "1.0.0")
    assert answer["Tus-Extension"] == "creation,expiration,termination"
    assert answer["Tus-Max-Size"] == str(200 * 1024 * 1024)


def test_pieces_are_sealed_on_the_disk_and_none_is_half_there(sender: Sender, own_data: Path) -> None:
    text = b"PLANTED-BYTES that nobody may find " * 20_000
    place = sender.begin(len(text), "list.txt", "text/plain")
    sender.patch(place, 0, text[:300_000])
    (piece,) = stored(own_data)
    assert b"PLANTED" not in piece.read_bytes()
    assert not Attachment.objects.exists()
    assert sender.offset(place) == 300_000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": ""}, 412),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Form-Token": ""}, 403),
        ({"Form-Token": "forged"}, 403),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "٣"}, 400),
        ({"Upload-Length": "9" * 20}, 400),
        ({"Upload-Length": "", "Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": 200 * 1024 * 1024 + 1}, 413),
        ({"Upload-Metadata": "filename not-base64"}, 400),
        ({"Upload-Metadata": "filename /w=="}, 400),
    ],
)
def test_what_cannot_be_begun_is_refused_before_a_byte(
    sender: Sender, own_data: Path, headers: dict[str, Any], status: int
) -> None:
    answer = sender.create(**headers)
    assert (answer.status_code, answer["Tus-Resumable"]) == (status, "1.0.0")
    if status == 412:
        assert answer["Tus-Version"] == "1.0.0"
    assert not Upload.objects.exists()
    assert not stored(own_data)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("in\r\nvoice\u202egpj.exe", "invoicegpj.exe"),
        ("صورة.jpg", "صورة.jpg"),
        ("x" * 300, "x" * 100),
        ("", ""),
    ],
)
def test_hostile_names_are_cleaned(sender: Sender, name: str, kept: str) -> None:
    sender.begin(name=name, kind="text/html" * 50)
    upload = Upload.objects.get()
    assert upload.display_name.open() == kept
    assert len(upload.declared_type) == 100


def test_metadata_may_be_absent_or_strange(sender: Sender) -> None:
    for told in ("", "is_confidential", "filename", " , ", metadata() + ", relativePath bnVsbA=="):
        assert sender.create(10, **{"Upload-Metadata": told}).status_code == 201


def test_every_wrong_piece_is_refused_and_changes_nothing(sender: Sender) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:1000])
    assert sender.patch(place, 0, FILM[:1000]).status_code == 409
    assert sender.patch(place, 2000, FILM[2000:3000]).status_code == 409
    assert sender.patch(place, 1000, FILM[1000:] + b"x").status_code == 413
    assert sender.patch(place, 1000, FILM[1000:], **{"Content-Type": "application/octet-stream"}).status_code == 415
    assert sender.patch(place, 1000, b"x", **{"Upload-Offset": "x"}).status_code == 400
    assert sender.patch(place, 1000, b"x", **{"Tus-Resumable": "0.1"}).status_code == 412
    assert sender.ask("PUT", place).status_code == 405
    assert sender.ask("GET", TO).status_code == 405
    assert sender.patch(place, 1000, b"x", **{"Transfer-Encoding": "chunked"}).status_code == 411
    assert sender.offset(place) == 1000
    assert sender.patch(place, 1000, b"").status_code == 204
    assert sender.patch(place, 1000, FILM[1000:]).status_code == 204
    assert sender.patch(place, len(FILM), b"").status_code == 204
    assert sender.patch(place, len(FILM), b"more").status_code == 413
    assert opened(Attachment.objects.get()) == FILM


def test_a_proxy_that_knows_no_patch_may_post(sender: Sender) -> None:
    place = sender.begin()
    override = {"Upload-Offset": 0, "X-HTTP-Method-Override": "PATCH"}
    assert sender.ask("POST", place, FILM, **override).status_code == 204
    assert opened(Attachment.objects.get()) == FILM


def test_an_address_alone_opens_nothing(witness: Client, sender: Sender) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:1000])
    stranger = Sender(Client(), token(Client()))
    for answer in (
        stranger.ask("HEAD", place), stranger.patch(place, 1000, FILM[1000:]), stranger.ask("DELETE", place),
        sender.ask("HEAD", "/report/upload/file/0123456789abcdef0123456789abcdef/"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert Sender(witness, "").ask("HEAD", place).status_code == 403
    assert sender.offset(place) == 1000


def test_a_token_of_another_form_begins_nothing(witness: Client, house_form: IntakeForm) -> None:
    IntakeForm.objects.create(slug="other", title="Other")
    assert Sender(witness, token(witness, "/report/other/")).create().status_code == 403


def test_a_report_that_was_sent_takes_no_more(witness: Client, sender: Sender) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:1000])
    answer = send(witness, token=sender.token)
    assert "“film.mp4” did not arrive whole. You can send it with your receipt." in answer.content.decode()
    assert receipt_of(answer)
    assert sender.create().status_code == 410
    assert sender.ask("HEAD", place).status_code == 404


@FOR_REAL
def test_nothing_is_left_of_what_did_not_arrive(witness: Client, sender: Sender, own_data: Path) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:1000])
    page = send(witness, token=sender.token, body="").content.decode()
    assert "“film.mp4” did not arrive whole." in page
    assert not stored(own_data)
    assert not UploadPart.objects.exists()


@FOR_REAL
def test_a_witness_takes_a_file_out_again(sender: Sender, own_data: Path) -> None:
    begun, done = sender.begin(), sender.send(FILM[:1000], name="small.bin", kind="")
    sender.patch(begun, 0, FILM[:500])
    for place in (begun, done):
        assert sender.ask("DELETE", place).status_code == 204
        assert sender.ask("HEAD", place).status_code == 404
    assert not stored(own_data)
    assert not Attachment.objects.exists()


def test_a_server_that_died_before_the_whole_was_made_makes_it_when_asked(
    witness: Client, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sender.begin()
    with monkeypatch.context() as patch:
        patch.setattr(tus, "_complete", lambda upload: None)
        sender.patch(place, 0, FILM)
    assert not Attachment.objects.exists()
    assert sender.offset(place) == len(FILM)
    assert opened(Attachment.objects.get()) == FILM

    with monkeypatch.context() as patch:
        patch.setattr(tus, "_complete", lambda upload: None)
        sender.patch(sender.begin(10, "b.bin"), 0, b"0123456789")
    assert "2 files came with it." in send(witness, token=sender.token).content.decode()
    assert [file.size for file in Report.objects.get().attachments.all()] == [len(FILM), 10]


@FOR_REAL
def test_what_is_here_whole_outlasts_a_store_that_is_away(
    witness: Client, sender: Sender, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise stores.StoreAway("ReadTimeoutError")

    place = sender.begin()
    with monkeypatch.context() as patch:
        patch.setattr(stores.PrivateFolder, "take", away)
        answer = sender.patch(place, 0, FILM)
        assert (answer.status_code, answer["Retry-After"], answer.content.decode()) == (503, "5", str(stores.AWAY))
    with monkeypatch.context() as patch:
        patch.setattr(tus, "_complete", lambda upload: None)
        sender.patch(place, 0, FILM)
    with monkeypatch.context() as patch:
        patch.setattr(stores.PrivateFolder, "take", away)
        assert sender.ask("HEAD", place).status_code == 503
        answer = send(witness, token=sender.token, body="The quay gave way at two.")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "120")
    assert str(stores.AWAY) in page and "The quay gave way at two." in page and not Report.objects.exists()
    assert "1 file came with it." in send(witness, token=hidden(page, "token")).content.decode()
    assert opened(Attachment.objects.get()) == FILM


@FOR_REAL
def test_a_witness_who_came_back_loses_nothing_while_the_store_is_away(
    witness: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = hidden(come_back(witness, receipt_of(send(witness))).content.decode(), "visit")
    sender = Sender(witness, visit)
    with monkeypatch.context() as patch:
        patch.setattr(tus, "_complete", lambda upload: None)
        sender.patch(sender.begin(), 0, FILM)

    def away(*_args: object) -> None:
        raise stores.StoreAway("ReadTimeoutError")

    with monkeypatch.context() as patch:
        patch.setattr(stores.PrivateFolder, "take", away)
        answer = witness.post("/report/receipt/write/", {"visit": visit, "body": "The film."})
    page = answer.content.decode()
    assert answer.status_code == 503 and str(stores.AWAY) in page and "The film." in page
    assert hidden(page, "visit") == visit
    page = witness.post("/report/receipt/write/", {"visit": visit, "body": "The film."}).content.decode()
    assert "Your message has reached the newsroom." in page
    assert opened(Report.objects.get().messages.get().attachments.get()) == FILM


def test_what_is_here_whole_outlasts_a_form_that_comes_back(
    witness: Client, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(upload: Upload) -> None:
        raise pieces.Refused(Refusal.NO_SPACE)

    with monkeypatch.context() as patch:
        patch.setattr(pieces, "complete", full)
        sender.patch(sender.begin(), 0, FILM)
        assert send(witness, token=sender.token, body="").status_code == 422
    assert "1 file came with it." in send(witness, token=sender.token).content.decode()


@FOR_REAL
def test_to_complete_twice_is_one_file(sender: Sender, own_data: Path) -> None:
    place = sender.begin()
    sender.patch(place, 0, FILM[:-1])
    upload = Upload.objects.get()
    pieces.append(upload, _giving(FILM[-1:]), at=len(FILM) - 1)
    first = pieces.complete(upload)
    assert pieces.complete(upload) == first == Attachment.objects.get()
    assert len(stored(own_data)) == 1


def _giving(data: bytes) -> Callable[[int], bytes]:
    given = [data]
    return lambda size: given.pop()[:size] if given else b""


def test_of_two_who_send_at_once_one_is_sent_back(sender: Sender, own_data: Path) -> None:
    """A broken connection may hang for minutes; what it holds back is not added to what came after."""
    sender.begin()
    upload = Upload.objects.get()

    def hang(size: int) -> bytes:
        pieces.append(upload, _giving(FILM[:5000]), at=0)
        return FILM[:size]

    with pytest.raises(pieces.OutOfStep):
        pieces.append(upload, hang, at=0)
    upload.refresh_from_db()
    assert upload.offset == 5000
    assert len(stored(own_data)) == UploadPart.objects.count() == 1


def test_a_line_that_breaks_keeps_what_came(sender: Sender) -> None:
    place = sender.begin()
    given = [FILM[:65_536], FILM[65_536:70_000]]

    def breaking(size: int) -> bytes:
        if not given:
            raise OSError("the other side is gone")
        return given.pop(0)

    assert pieces.append(Upload.objects.get(), breaking, at=0) == 70_000
    sender.patch(place, 70_000, FILM[70_000:])
    assert opened(Attachment.objects.get()) == FILM


def test_a_long_request_is_committed_piece_by_piece(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 100_000)
    place = sender.begin()
    seen: list[int] = []
    commit = pieces._commit
    monkeypatch.setattr(pieces, "_commit", lambda *args, **kwargs: (commit(*args, **kwargs), seen.append(kwargs["at"])))
    sender.patch(place, 0, FILM)
    assert seen == [*range(0, 800_000, 100_000)]
    assert opened(Attachment.objects.get()) == FILM


@FOR_REAL
def test_the_same_file_sent_twice_is_one_until_both_are_taken_out(sender: Sender, own_data: Path) -> None:
    places = [sender.send(FILM[:1000], name=name, kind="") for name in ("one.bin", "again.bin")]
    assert Attachment.objects.count() == len(stored(own_data)) == 1
    sender.ask("DELETE", places[0])
    assert sender.offset(places[1]) == 1000
    assert opened(Attachment.objects.get()) == FILM[:1000]
    sender.ask("DELETE", places[1])
    assert not stored(own_data)


@FOR_REAL
def test_uploads_end_with_their_time(sender: Sender, own_data: Path, clock: Callable[[datetime], None]) -> None:
    clock(NOON)
    sender = Sender(sender.client, token(sender.client))
    place = sender.begin()
    answer = sender.patch(place, 0, FILM[:1000])
    assert answer["Upload-Expires"] == "Mon, 05 May 2031 14:00:00 GMT"  # on the hour: it tells nobody's minute
    assert quarantine.forget_unsent() == 0
    clock(NOON + timedelta(hours=23))
    assert sender.offset(place) == 1000
    clock(NOON + timedelta(hours=25, minutes=41))
    assert sender.ask("HEAD", place).status_code == 403  # the page itself is too old
    Upload.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert quarantine.forget_unsent() == 1
    assert not stored(own_data)
    assert not UploadPart.objects.exists()


def test_an_upload_that_is_over_says_so(sender: Sender) -> None:
    place = sender.begin()
    Upload.objects.update(expires_at=timezone.now())
    assert sender.ask("HEAD", place).status_code == 410


def test_a_witness_who_came_back_sends_in_pieces_too(witness: Client) -> None:
    receipt = receipt_of(send(witness, files=photo()))
    visit = hidden(come_back(witness, receipt).content.decode(), "visit")
    sender = Sender(witness, visit)
    sender.send(FILM)
    IntakeForm.objects.update(max_report_mb=1)
    assert sender.create(500_000, "b.bin", "").content.decode() == (
        "“b.bin” is too large together with the other files."
    )
    page = witness.post("/report/receipt/write/", {"visit": visit, "body": "The film."}).content.decode()
    assert "Your message has reached the newsroom." in page
    assert Report.objects.get().messages.get().attachments.get().display_name.open() == "film.mp4"


def test_strict_headers_stand_on_every_answer(sender: Sender) -> None:
    place = sender.begin()
    for answer in (sender.ask("HEAD", place), sender.create(0), sender.ask("GET", TO), sender.client.options(TO)):
        assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert not answer.cookies


def test_a_type_and_a_mark_that_no_database_takes_are_cleaned(sender: Sender) -> None:
    sender.send(b"It fell.", kind="text/\0plain\u202e", mark="a\0b")
    assert Attachment.objects.get().declared_type == "text/plain"
