"""A witness's name, when they change their mind: it is printed no more, and a legal hold only puts off its deletion."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditRow, User
from articles import actions
from articles.models.desk import Article
from citizen_reports import before_publication, copies, handling, intake, into_library, keeping, on_behalf
from citizen_reports.handling import HandlingRefused
from citizen_reports.mail import letters, receiving
from citizen_reports.models import Consent, InboundEmail, LibraryCopy, Report, ReportEvent, WitnessIdentity
from images import library
from images.models import Picture
from tests import make
from tests.citizen_reports import posts, reports

pytestmark = pytest.mark.django_db


def test_under_legal_hold_the_desk_deletes_no_contact_data(editor: User) -> None:
    report = reports.named()
    mail = receiving.ingest(b"From: x@y.example\r\n\r\nHello", "pipe")
    InboundEmail.objects.update(state="processed", report=report)
    Report.objects.update(channel="email")
    keeping.put_on_hold(report.pk, actor=editor, reason="Court of Port Vela")
    with pytest.raises(HandlingRefused, match="until the hold is lifted"):
        on_behalf.remove_contact(report.pk, actor=editor, reason="Fourth mail")
    assert WitnessIdentity.objects.get().name.open() == reports.NAME
    assert b"Hello" in receiving.bytes_of(InboundEmail.objects.get(pk=mail.pk))


@pytest.mark.django_db(transaction=True)
def test_with_the_contact_data_go_our_letters_that_lie_as_files(editor: User, own_data: Path, settings: Any) -> None:
    settings.MAIL_TO_FILES, settings.MAIL_OUT_DIR = True, own_data / "mail-out"
    settings.EMAIL_BACKEND, settings.REPORTS_ADDRESS = "newsroom.mail_out.EmlBackend", "reports@news.example"
    report = reports.named()
    Report.objects.update(channel="email")
    handling.answer(report.pk, actor=editor, text="Thank you.")
    letters.turn("worker", Event())
    [letter] = settings.MAIL_OUT_DIR.glob("*.eml")
    assert reports.ADDRESS in letter.read_text()
    on_behalf.remove_contact(report.pk, actor=editor, reason="Fourth mail")
    assert not letter.exists()
    assert [message.body.open() for message in report.messages.all()] == ["Thank you."]


def test_what_a_witness_has_deleted_under_legal_hold_goes_when_it_is_lifted(
    witness: Client, editor: User, signed_in: Any
) -> None:
    sent = posts.send(
        witness, exposure="named", name=reports.NAME, email=reports.ADDRESS, contact="on", may_contact="on",
        publish_text="on", credit="full",
    )  # fmt: skip
    receipt, report = posts.receipt_of(sent), Report.objects.get()
    Report.objects.update(state="ready", verification="verified")
    story = handling.make_story(report.pk, actor=editor, credit_checked=True)
    keeping.put_on_hold(report.pk, actor=editor, reason="Court of Port Vela")
    visit = posts.hidden(posts.come_back(witness, receipt).content.decode(), "visit")
    for _twice in range(2):
        said = witness.post("/report/receipt/forget/", {"visit": visit}).content.decode()
        assert said.count("as soon as that is over") == 1
        assert "are deleted." not in said
    assert "as soon as that is over" in posts.come_back(witness, receipt).content.decode()
    assert WitnessIdentity.objects.get().name.open() == reports.NAME
    assert [line.printed for line in Article.objects.get(pk=story.pk).bylines.all()] == []
    assert Consent.objects.get(withdrawn_at=None).credit == "anonymous"
    assert ReportEvent.objects.get(verb="witness_deleted_contact").detail == {"waits": True}
    page = signed_in(editor).get(f"/admin/citizen_reports/report/{report.pk}/change/").content.decode()
    assert page.count("until the hold is lifted.") == 2

    keeping.lift_hold(report.pk, actor=editor, reason="Settled")
    assert not WitnessIdentity.objects.exists()
    assert Report.objects.get().exposure == "anonymous"
    assert ReportEvent.objects.get(verb="contact_removed").actor == editor
    assert AuditRow.objects.get(verb="witness’s contact deleted").label == report.reference


def test_lifting_a_hold_deletes_nothing_that_nobody_wished_gone(editor: User) -> None:
    report = reports.named()
    keeping.put_on_hold(report.pk, actor=editor, reason="Court of Port Vela")
    keeping.lift_hold(report.pk, actor=editor, reason="Settled")
    assert WitnessIdentity.objects.get().name.open() == reports.NAME
    intake.forget_contact(report)
    assert not WitnessIdentity.objects.exists()


def by_mail(actor: User, credit: str, name: str = "") -> None:
    on_behalf.note_consent(
        Report.objects.get().pk, actor=actor, publish_text=True, publish_media=True, credit=credit, credit_name=name,
        reason="Their mail",
    )  # fmt: skip


def test_who_writes_that_they_want_no_name_after_all_is_named_nowhere_new(editor: User) -> None:
    report = reports.named(state="ready", publish_media=True)
    Report.objects.update(channel="email")
    file = reports.photo_of(report)
    story = handling.make_story(report.pk, actor=editor, credit_checked=True)
    picture = into_library.take(report.pk, actor=editor, file=file.pk, credit_checked=True)
    assert picture.credit == reports.NAME
    by_mail(editor, "full", reports.NAME)
    assert Picture.objects.get().credit == reports.NAME, "the same name stays"
    by_mail(editor, "anonymous")
    assert Picture.objects.get().credit == into_library.nameless()
    assert [line.printed for line in Article.objects.get(pk=story.pk).bylines.all()] == []
    assert not LibraryCopy.objects.get().names_witness


def test_a_name_that_readers_see_holds_back_the_next_version_until_the_credit_is_changed(editor: User) -> None:
    report = reports.named(state="ready", publish_media=True)
    Report.objects.update(channel="email")
    file = reports.photo_of(report)
    picture = into_library.take(report.pk, actor=editor, file=file.pk, credit_checked=True)
    library.change(picture, actor=editor, alt_text="A bridge in the water")
    actions.publish(make.draft(actor=editor, lead_picture=picture.pk).pk, actor=editor)
    by_mail(editor, "anonymous")
    content = {"body": "", "lead_picture": picture.pk}
    [found] = before_publication.find(content, None)
    assert (found.code, found.field, found.is_required) == ("witness_consent", "lead_picture", True)
    assert report.reference in found.message
    assert reports.NAME not in found.message
    library.change(Picture.objects.get(), actor=editor, credit=into_library.nameless())
    assert list(before_publication.find(content, None)) == []


def test_a_second_take_writes_the_credit_of_the_consent_that_is_now(editor: User) -> None:
    report = reports.named(state="ready", publish_media=True)
    Report.objects.update(channel="email")
    file = reports.photo_of(report)
    picture = into_library.take(report.pk, actor=editor, file=file.pk, credit_checked=True)
    library.change(picture, actor=editor, alt_text="A bridge in the water")
    actions.publish(make.draft(actor=editor, lead_picture=picture.pk).pk, actor=editor)
    by_mail(editor, "anonymous")
    copies.blur_parts(report.pk, file.pk, actor=editor, parts=[(0, 0, 0.5, 0.5)], seen=file.derivative)
    again = into_library.take(report.pk, actor=editor, file=file.pk)
    assert (again.pk, again.credit) == (picture.pk, into_library.nameless())
    assert not LibraryCopy.objects.get().names_witness
