"""When a report's time is over, nothing of the witness is left, and that it was there still is."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from citizen_reports import handling, purge
from citizen_reports.models import Attachment, Message, Report, ReportEvent, WitnessIdentity
from tests.citizen_reports import posts, reports

pytestmark = pytest.mark.django_db


def over(**fields: object) -> None:
    Report.objects.update(expires_at=timezone.now() - timedelta(minutes=1), **fields)


def test_everything_of_the_witness_goes_at_the_end(
    witness: Client, editor, own_data: Path, django_capture_on_commit_callbacks
) -> None:
    sent = posts.send(
        witness, body="Planted words", files=[posts.photo()], exposure="named", name=reports.NAME,
        email=reports.ADDRESS,
        contact="on", may_contact="on",
    )  # fmt: skip
    receipt = posts.receipt_of(sent)
    report = Report.objects.get()
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    over()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge.purge_due() == 1

    report.refresh_from_db()
    assert (report.state, bool(report.body), bool(report.title)) == ("purged", False, False)
    assert not (Attachment.objects.exists() or Message.objects.exists() or WitnessIdentity.objects.exists())
    assert posts.stored(own_data) == []
    assert [event.verb for event in ReportEvent.objects.order_by("pk")] == ["received", "answered", "purged"]
    wrong = posts.come_back(Client(), "0000-0000-0000-0000-0")
    assert posts.come_back(witness, receipt).status_code == wrong.status_code == 422
    assert purge.purge_due() == 0


def test_a_report_in_use_or_on_hold_stays() -> None:
    fresh, held = reports.report(), reports.report()
    over(legal_hold=True)
    Report.objects.filter(pk=fresh.pk).update(expires_at=timezone.now() + timedelta(days=1), legal_hold=False)
    assert purge.purge_due() == 0
    assert {report.body.open()[:10] for report in Report.objects.all()} == {"The bridge"}
    assert not purge.purge(held, at=timezone.now())


def test_a_story_made_of_it_stays_with_its_credit(reporter) -> None:
    report = reports.report(state="ready")
    article = handling.make_story(report.pk, actor=reporter)
    over()
    assert purge.purge_due() == 1
    article.refresh_from_db()
    assert "The bridge fell at noon." in article.body
