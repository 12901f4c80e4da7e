"""Who brings a proof of work is let in as "new"; who does not is let in too, and looked at first."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from citizen_reports import pages
from citizen_reports.models import Report
from safeguards import proof_of_work
from tests.citizen_reports.posts import FORM, hidden, photo, receipt_of, send
from tests.safeguards.test_proof_of_work import solve


@pytest.fixture(autouse=True)
def an_easy_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work.is_done, "__kwdefaults__", {"bits": 10})


def page_of(client: Client) -> tuple[str, str]:
    """Token and challenge of a fresh page."""
    page = client.get(FORM).content.decode()
    challenge = re.search(r'data-challenge="([0-9a-f]{32})"', page)
    assert challenge
    return hidden(page, "token"), challenge[1]


def worked(client: Client) -> dict[str, str]:
    """Token and work of a fresh page."""
    token, challenge = page_of(client)
    return {"token": token, "work": solve(challenge, bits=10)}


def test_with_work_a_report_is_new(witness: Client) -> None:
    receipt_of(send(witness, **worked(witness)))
    assert Report.objects.get().state == "new"


def test_without_work_it_waits_to_be_looked_at(witness: Client) -> None:
    receipt_of(send(witness))
    token, challenge = page_of(witness)
    unfit = next(number for number in map(str, range(10)) if not proof_of_work.is_done(challenge, number))
    receipt_of(send(witness, token=token, work=unfit))
    assert set(Report.objects.values_list("state", flat=True)) == {"unscreened"}


def test_a_program_that_works_is_still_a_program(witness: Client) -> None:
    receipt_of(send(witness, website="https://spam.example", **worked(witness)))
    assert Report.objects.get().state == "spam"


def test_work_is_worth_one_report(witness: Client) -> None:
    first = worked(witness)
    code = receipt_of(send(witness, **first))
    assert receipt_of(send(witness, body="Another text.", **first)) == code  # the same one again
    pages_of_others = (page_of(witness) for _ in range(10))
    other = next(token for token, challenge in pages_of_others if not proof_of_work.is_done(challenge, first["work"]))
    receipt_of(send(witness, token=other, work=first["work"]))
    assert sorted(Report.objects.values_list("state", flat=True)) == ["new", "unscreened"]


def test_limits_are_stricter_without(witness: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pages._LIMITS, "citizen_reports.send_unproved", ((1, timedelta(hours=1)),))
    receipt_of(send(witness))
    refused = send(witness, files=photo())
    page = refused.content.decode()
    assert refused.status_code == 429
    assert "Very much is reaching us from your network just now." in page
    assert "The bridge fell at noon." in page
    assert "bridge.jpg" in page  # the file waits with it
    receipt_of(send(witness, **worked(witness)))
    assert Report.objects.count() == 2
