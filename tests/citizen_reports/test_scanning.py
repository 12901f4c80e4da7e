"""The scanner for malware: only its "OK" is clean, what it finds is closed to everybody; when it is away, we wait."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from citizen_reports import copies, derivatives, handling, quarantine, scanning
from citizen_reports.mail import deciding, receiving, working
from citizen_reports.models import Attachment, FileScan, InboundEmail, ReportEvent
from safeguards import stores
from tests.citizen_reports.clamd import HANG_UP, SILENT, VIRUS, Scanner
from tests.citizen_reports.posts import photo, send, stored

State, Copy = FileScan.State, Attachment.Derivative


@pytest.fixture
def scanner(settings: Any) -> Iterator[Scanner]:
    with Scanner() as scanner:
        settings.CLAMD_URL = scanner.url
        yield scanner


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ANSWERING", 1)


def scan() -> int:
    return scanning.turn("worker", threading.Event())


def make_copies() -> int:
    return derivatives.turn("worker", threading.Event())


def infected_photo() -> SimpleUploadedFile:
    return photo("bad.jpg", comment=VIRUS)


def address(file: Attachment, what: str) -> str:
    return f"/admin/citizen_reports/report/{file.report_id}/files/{file.pk}/{what}/"


def page_of(client: Client, file: Attachment) -> str:
    return client.get(f"/admin/citizen_reports/report/{file.report_id}/change/").content.decode()


def test_a_clean_file_is_scanned_whole_before_its_copy_is_made(
    witness: Client, scanner: Scanner, signed_in: Any, reporter: Any
) -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 1000
    send(witness, files=[photo(), SimpleUploadedFile("list.pdf", pdf)])
    picture, _pdf = Attachment.objects.all()
    assert "Waiting for the scanner" in page_of(signed_in(reporter), picture)
    assert make_copies() == 0  # it waits for the scanner
    assert (scan(), scan()) == (2, 0)
    assert scanner.received == [b"".join(quarantine.original(file)) for file in Attachment.objects.all()]
    assert set(FileScan.objects.values_list("state", "due_at", "lease_by")) == {(State.CLEAN, None, "")}
    assert make_copies() == 1
    assert page_of(signed_in(reporter), picture).count("Scanned: nothing found") == 2


def test_while_the_store_is_away_a_file_is_not_scanned_and_not_copied(
    witness: Client, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_more: object) -> None:
        raise stores.StoreAway("ReadTimeoutError")

    send(witness, files=photo())
    with monkeypatch.context() as patch:
        patch.setattr(stores.PrivateFolder, "stream", away)
        assert scan() == 0
    row = FileScan.objects.get()
    assert (row.state, row.attempts, row.lease_by) == (State.RECEIVED, 0, "") and row.due_at > timezone.now()
    assert make_copies() == 0
    FileScan.objects.update(due_at=timezone.now())
    assert (scan(), make_copies()) == (1, 1)


def test_an_infected_file_is_closed_to_everybody(
    witness: Client, scanner: Scanner, own_data: Path, signed_in: Any, chief: Any
) -> None:
    send(witness, files=[infected_photo(), SimpleUploadedFile("list.pdf", b"%PDF-" + VIRUS)])
    assert scan() == 2
    assert make_copies() == 0
    assert set(Attachment.objects.values_list("derivative_state", "derivative")) == {(Copy.BLOCKED, "")}
    client = signed_in(chief)
    for file in Attachment.objects.all():
        answer = client.post(address(file, "original"))
        assert answer.status_code == 409
        assert "This file is infected: it is blocked for everybody." in answer.content.decode()
        assert VIRUS not in answer.content
        assert client.get(address(file, "safe")).status_code == 404
        assert client.post(address(file, "anew")).status_code == 409
    assert not ReportEvent.objects.filter(verb__in=("original_downloaded", "copy_asked")).exists()
    shown = page_of(client, file)
    assert shown.count("Infected (Eicar)") == 2
    assert address(file, "original") not in shown
    for event in ReportEvent.objects.filter(verb="file_infected"):
        assert event.detail["found"] == "Eicar"
        assert (event.at.minute, event.at.second) == (0, 0)  # an anonymous witness's minute is nobody's business
    assert len(stored(own_data)) == 2  # evidence is kept


def test_a_copy_that_was_there_goes_when_the_file_turns_out_to_be_infected(
    witness: Client, settings: Any, own_data: Path, django_capture_on_commit_callbacks: Any
) -> None:
    """What came before the newsroom had a scanner is scanned when it has one."""
    send(witness, files=infected_photo())
    assert make_copies() == 1
    assert (scan(), scanning.take_on_older(), FileScan.objects.count()) == (0, 0, 0)
    with Scanner() as scanner:
        settings.CLAMD_URL = scanner.url
        assert (scanning.take_on_older(), scanning.take_on_older()) == (1, 0)
        with django_capture_on_commit_callbacks(execute=True):
            assert scan() == 1
    file = Attachment.objects.get()
    assert (file.derivative_state, file.derivative) == (Copy.BLOCKED, "")
    assert [path.name for path in stored(own_data)] == [file.original]


def test_a_copy_being_made_when_it_is_found_is_taken_back(
    witness: Client, scanner: Scanner, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(witness, files=infected_photo())
    FileScan.objects.update(state=State.UNSCANNABLE)  # a try before; the next is due
    make = derivatives.safe_jpeg

    def meanwhile(data: bytes, *, form: str) -> tuple[bytes, int, int]:
        assert scan() == 1
        return make(data, form=form)

    monkeypatch.setattr(derivatives, "safe_jpeg", meanwhile)
    assert make_copies() == 1
    file = Attachment.objects.get()
    assert (file.derivative_state, file.derivative) == (Copy.BLOCKED, "")
    assert len(stored(own_data)) == 1


@pytest.mark.parametrize(
    ("answer", "said", "again"),
    [
        ("INSTREAM size limit exceeded. ERROR", "too large for the scanner", False),
        ("stream: Can't allocate memory ERROR", "Can't allocate memory ERROR", True),
        ("OK?", "OK?", True),
        ("", "no answer", True),
        (HANG_UP, "no answer", True),
        (SILENT, "no answer", True),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_whatever_is_not_ok_is_not_clean(
    witness: Client, scanner: Scanner, answer: str, said: str, again: bool
) -> None:
    scanner.answer = lambda _data: answer
    send(witness, files=photo())
    assert (scan(), scan()) == (1, 0)
    found = FileScan.objects.get()
    assert (found.state, found.found, found.due_at is not None) == (State.UNSCANNABLE, said, again)
    assert make_copies() == 1  # from the pixels alone, it does nobody harm


def test_the_scanner_hears_no_more_than_it_takes_and_says_so(
    witness: Client, scanner: Scanner, signed_in: Any, editor: Any
) -> None:
    scanner.most = 100_000
    send(witness, files=SimpleUploadedFile("long.bin", b"\0" * 4_000_000))
    assert scan() == 1
    found = FileScan.objects.get()
    assert (found.state, found.due_at) == (State.UNSCANNABLE, None)
    assert len(scanner.received[0]) <= 100_000
    shown = page_of(signed_in(editor), Attachment.objects.get())
    assert "Could not be scanned: not known to be clean" in shown


def test_when_the_scanner_is_away_the_file_waits_and_is_tried_again(
    witness: Client, settings: Any, tmp_path: Path
) -> None:
    place = tmp_path / "clamd"
    settings.CLAMD_URL = f"unix://{place}"
    send(witness, files=infected_photo())
    waits = []
    for attempt in range(1, 4):
        assert (scan(), scan()) == (1, 0)
        found = FileScan.objects.get()
        assert (found.state, found.attempts) == (State.UNSCANNABLE, attempt)
        assert found.due_at
        waits.append(found.due_at - timezone.now())
        FileScan.objects.update(due_at=timezone.now())
    assert waits[0] < waits[1] < waits[2]
    assert make_copies() == 1
    with Scanner(place):
        assert scan() == 1
    assert FileScan.objects.get().state == State.INFECTED
    assert Attachment.objects.get().derivative_state == Copy.BLOCKED


def test_a_worker_that_died_in_scanning_is_followed_by_another(witness: Client, scanner: Scanner) -> None:
    send(witness, files=photo())
    FileScan.objects.update(state=State.SCANNING, lease_by="dead", lease_until=timezone.now() + timedelta(minutes=1))
    assert (scan(), make_copies()) == (0, 0)
    FileScan.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert scan() == 1
    assert FileScan.objects.get().state == State.CLEAN


def test_without_a_scanner_nothing_waits_and_it_is_said(
    witness: Client, settings: Any, signed_in: Any, reporter: Any
) -> None:
    assert settings.CLAMD_URL == ""
    send(witness, files=photo())
    assert (scan(), FileScan.objects.count(), make_copies()) == (0, 0, 1)
    assert "Not scanned for malware" in page_of(signed_in(reporter), Attachment.objects.get())


def test_what_was_found_stays_closed_without_a_scanner(
    witness: Client, scanner: Scanner, settings: Any, editor: Any
) -> None:
    send(witness, files=infected_photo())
    scan()
    settings.CLAMD_URL = ""
    Attachment.objects.update(derivative_state=Copy.WAITING)
    assert make_copies() == 0
    file = Attachment.objects.get()
    with pytest.raises(handling.HandlingRefused, match="infected"):
        copies.make_anew(file.report_id, file.pk, actor=editor)


def test_a_mail_with_an_infected_file_is_not_given_out(house_form: Any, scanner: Scanner, chief: Any) -> None:
    raw = (
        b"From: Ines <ines@mail.example>\r\nTo: reports@news.example\r\nSubject: Bridge\r\nMessage-ID: <1@mail.example>"
        b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee.\r\n--b\r\n"
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF-"
        + VIRUS
        + b"\r\n--b--\r\n"
    )
    mail = receiving.ingest(raw, "pipe")
    working.turn("worker", threading.Event())
    assert scan() == 1
    assert InboundEmail.objects.get().state == "processed"
    with pytest.raises(handling.HandlingRefused, match="infected"):
        deciding.download(mail.pk, actor=chief, reason="To look at its headers.")
