"""Files in pieces over a bad link, by a client of the protocol: pages stay open for them, and nothing typed is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from citizen_reports import tus
from citizen_reports.models import Report, UploadPart
from tests import make
from tests.citizen_reports.posts import come_back, hidden, receipt_of, send, stored, token
from tests.citizen_reports.test_tus import NOON
from tests.citizen_reports.tus import FILM, TO, Sender


def test_a_page_does_not_close_over_a_film_on_a_bad_link(witness: Client, clock: Callable[[datetime], None]) -> None:
    clock(NOON)
    visit = hidden(come_back(witness, receipt_of(send(witness))).content.decode(), "visit")
    sender = Sender(witness, visit)
    place = sender.begin()
    for minutes, at in enumerate(range(0, len(FILM), 200_000)):
        clock(NOON + timedelta(minutes=20 * minutes))
        answer = sender.patch(place, at, FILM[at : at + 200_000])
        assert answer.status_code == 204
        assert not sender.patch(place, int(answer["Upload-Offset"]), b"").has_header("Form-Token"), "nothing came"
        assert not sender.ask("HEAD", place).has_header("Form-Token")
        sender.token = answer["Form-Token"]
    clock(NOON + timedelta(minutes=80))
    assert witness.post("/report/receipt/write/", {"visit": visit, "body": "The film."}).status_code == 422
    witness.post("/report/receipt/write/", {"visit": sender.token, "body": "The film."})
    assert Report.objects.get().messages.get().attachments.get().size == len(FILM)


def test_the_page_of_a_form_has_a_token_of_its_own_time(sender: Sender) -> None:
    assert not sender.patch(sender.begin(), 0, FILM[:1000]).has_header("Form-Token")


def test_what_is_refused_on_the_way_is_said_in_the_language_of_the_page(witness: Client) -> None:
    make.site()
    sender = Sender(witness, token(witness), f"{TO}?lang=fr")
    place = sender.begin()
    sender.token = "forged"
    answer = sender.patch(place, 0, FILM[:1000])
    assert (answer.status_code, answer["Content-Language"]) == (403, "fr")
    assert "Cette page" in answer.content.decode()


def test_a_piece_that_was_changed_on_the_disk_costs_its_file_and_no_word(
    witness: Client, sender: Sender, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sender.begin()
    with monkeypatch.context() as patch:
        patch.setattr(tus, "_complete", lambda upload: None)
        sender.patch(place, 0, FILM)
    for piece in stored(own_data):
        piece.write_bytes(piece.read_bytes()[:-1] + b"?")
    answer = sender.ask("HEAD", place)
    assert answer.status_code == 413
    page = send(witness, token=sender.token, body="The quay gave way at two.").content.decode()
    assert "“film.mp4” did not arrive whole. You can send it with your receipt." in page
    assert Report.objects.get().body.open() == "The quay gave way at two."
    assert not UploadPart.objects.exists()
