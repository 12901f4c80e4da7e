"""The verbs of a witness: each one transaction, each harmless when done twice, nothing kept that need not be."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from citizen_reports import intake, receipts
from citizen_reports.models import Attachment, Consent, IntakeForm, Message, Report, ReportEvent, WitnessIdentity
from citizen_reports.models.reports import Exposure, ReportState
from tests import make
from tests.citizen_reports.posts import photo, receipt_of, send, stored, token

NOON = datetime(2031, 5, 4, 12, 34, 56, tzinfo=UTC)
HOUR = NOON.replace(minute=0, second=0)
Clock = Callable[[datetime], None]
NOBODY = dict.fromkeys(("name", "credit_name", "email", "phone", "other_contact", "safe_contact_note"), "")
NOTHING = dict.fromkeys(("may_contact", "publish_text", "publish_media", "made_it_myself", "of_age"), False)
SOMEBODY = {"name": "Amal Haddad", "email": "amal@mail.example", "phone": "555 0102", "may_contact": True}


def content(**fields: Any) -> dict[str, Any]:
    least = {
        "kind": "eyewitness", "title": "", "body": "The bridge fell.", "place": "", "happened_on": None,
        "happened_precision": "day", "exposure": Exposure.ANONYMOUS, "credit": "anonymous",
    }  # fmt: skip
    return {**NOBODY, **NOTHING, **least, **fields}


def receive(house_form: IntakeForm, *, nonce: str = "ab" * 16, **fields: Any) -> intake.Received:
    return intake.receive(content(**fields), intake=house_form, nonce=nonce, language="en")


def test_the_house_form_is_found_once_and_stays_as_the_desk_left_it(house_form: IntakeForm) -> None:
    IntakeForm.objects.update(title="Were you at the harbour?")
    intake.found_forms()
    assert [form.title for form in IntakeForm.objects.all()] == ["Were you at the harbour?"]


def test_an_anonymous_report_keeps_the_hour_and_no_minute(house_form: IntakeForm, clock: Clock) -> None:
    clock(NOON)
    received = receive(house_form, place="By the weir", happened_on=date(2031, 5, 3))
    report = Report.objects.get()
    assert (report.received_at, report.last_activity, report.expires_at) == (HOUR, HOUR, HOUR + timedelta(days=90))
    assert (report.body.open(), report.place.open(), report.happened_on) == (
        "The bridge fell.",
        "By the weir",
        date(2031, 5, 3),
    )
    assert report.state == ReportState.UNSCREENED
    assert [event.at for event in ReportEvent.objects.filter(report=report.pk, verb="received", actor=None)] == [HOUR]
    assert receipts.find(received.code) == report

    assert intake.forget_receipt_times() == 0
    clock(NOON + timedelta(minutes=16))
    assert intake.forget_receipt_times() == 1
    report.refresh_from_db()
    assert report.receipt_until is None


def test_nothing_readable_is_in_the_database(house_form: IntakeForm) -> None:
    code = receive(
        house_form, body="PLANTED story", place="PLANTED place", title="PLANTED title", exposure="named", **SOMEBODY
    ).code
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()])
            for planted in ("PLANTED", "Haddad", "amal@", "555 0102", code, receipts.bare(code), "ab" * 16):
                assert planted not in rows, (table, planted)


def test_a_token_is_one_report_and_its_receipt_is_shown_for_a_quarter_of_an_hour(
    house_form: IntakeForm, clock: Clock
) -> None:
    clock(NOON)
    first = receive(house_form)
    second = receive(house_form, body="Something else")
    assert (second.report, second.code, second.again) == (first.report, first.code, True)
    assert not first.again
    assert Report.objects.get().body.open() == "The bridge fell."
    clock(NOON + timedelta(minutes=15))
    late = receive(house_form)
    assert (late.report, late.code) == (first.report, "")


@pytest.mark.django_db(transaction=True)
def test_of_25_equal_posts_at_once_comes_one_report_and_one_receipt(witness: Client, own_data: Path) -> None:
    form, picture = token(witness), photo().read()
    start = threading.Barrier(25)

    def post(_number: int) -> str:
        start.wait(20)
        try:
            return receipt_of(send(Client(), token=form, files=photo_of(picture)))
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as pool:
        codes = set(pool.map(post, range(25)))
    assert len(codes) == 1
    report = Report.objects.get()
    assert receipts.find(codes.pop()) == report
    assert [file.report for file in Attachment.objects.all()] == [report]
    assert len(stored(own_data)) == 1


def photo_of(data: bytes) -> Any:
    sent = photo()
    sent.file.seek(0)
    assert sent.read() == data
    sent.seek(0)
    return sent


def test_an_anonymous_witness_is_nobody_whatever_they_typed(house_form: IntakeForm) -> None:
    receive(house_form, **SOMEBODY)
    assert not WitnessIdentity.objects.exists()
    receive(house_form, nonce="cd" * 16, **SOMEBODY, credit="pseudonym", credit_name="The ferryman", publish_text=True)
    identity = WitnessIdentity.objects.get()
    assert identity.credit_name.open() == "The ferryman"
    assert not (identity.name or identity.email or identity.phone or identity.may_contact)
    assert set(Report.objects.values_list("exposure", flat=True)) == {Exposure.ANONYMOUS}


def test_who_wishes_to_be_reached_is_kept_sealed(house_form: IntakeForm) -> None:
    report = receive(house_form, exposure=Exposure.CONFIDENTIAL, **SOMEBODY).report
    identity = report.identity
    assert (identity.name.open(), identity.email.open(), identity.may_contact) == (
        "Amal Haddad",
        "amal@mail.example",
        True,
    )
    assert b"Haddad" not in identity.name.sealed


def test_a_consent_is_in_the_wording_that_was_shown(house_form: IntakeForm) -> None:
    receive(house_form)
    assert not Consent.objects.exists()
    report = receive(house_form, nonce="cd" * 16, publish_media=True, of_age=True).report
    consent = report.consents.get()
    assert consent.text_version == house_form.consent_version
    ticks = ("publish_text", "publish_media", "of_age", "made_it_myself")
    assert [getattr(consent, tick) for tick in ticks] == [False, True, True, False]


def test_a_report_carries_a_published_story_and_no_other(house_form: IntakeForm) -> None:
    story, draft = make.story("The bridge fell"), make.draft("Not yet out")
    for nonce, number in (("ab" * 16, story.pk), ("cd" * 16, draft.pk), ("ef" * 16, 999_999)):
        intake.receive(content(), intake=house_form, nonce=nonce, language="en", story=number)
    assert sorted(Report.objects.values_list("answers_story_id", flat=True), key=str) == sorted(
        [story.pk, None, None], key=str
    )


def test_references_are_random_and_say_nothing(house_form: IntakeForm) -> None:
    references = {receive(house_form, nonce=f"{number:032x}").report.reference for number in range(20)}
    assert len(references) == 20
    assert all(len(one) == 10 and one.startswith("CR-") for one in references)


def test_a_message_is_one_however_often_it_is_sent(house_form: IntakeForm, clock: Clock) -> None:
    clock(NOON)
    report = receive(house_form).report
    Report.objects.update(state=ReportState.WAITING, witness_waits=False)
    clock(NOON + timedelta(days=2))
    assert intake.write_again(report, body="It was two o'clock.", nonce="11" * 16)
    assert not intake.write_again(report, body="It was two o'clock.", nonce="11" * 16)
    message = Message.objects.get()
    assert (message.body.open(), message.direction, message.author) == (
        "It was two o'clock.",
        Message.Direction.FROM_WITNESS,
        None,
    )
    report.refresh_from_db()
    later = HOUR + timedelta(days=2)
    assert (report.state, report.witness_waits) == (ReportState.IN_VERIFICATION, True)
    assert (message.at, report.last_activity, report.expires_at) == (later, later, later + timedelta(days=90))


def test_to_a_purged_report_nothing_is_added(house_form: IntakeForm, clock: Clock) -> None:
    report = receive(house_form, exposure=Exposure.NAMED, **SOMEBODY, publish_text=True).report
    Report.objects.update(purged_at=NOON)
    for verb in (
        intake.withdraw_consent,
        intake.forget_contact,
        intake.ask_deletion,
        lambda one: intake.write_again(one, body="?", nonce="11" * 16),
    ):
        with pytest.raises(intake.ReportGone):
            verb(report)
    assert not Message.objects.exists()
    assert (Consent.objects.get().withdrawn_at, WitnessIdentity.objects.count()) == (None, 1)


def test_permission_is_withdrawn_once(house_form: IntakeForm) -> None:
    report = receive(house_form, publish_text=True).report
    assert intake.withdraw_consent(report)
    assert not intake.withdraw_consent(report)
    assert Consent.objects.get().withdrawn_at is not None
    assert ReportEvent.objects.filter(report=report.pk, verb="witness_withdrew_consent").count() == 1


def test_contact_data_go_and_so_does_the_name_in_the_credit(house_form: IntakeForm) -> None:
    report = receive(
        house_form, exposure=Exposure.NAMED, **SOMEBODY, publish_text=True, of_age=True, credit="full"
    ).report
    assert intake.forget_contact(report)
    assert not intake.forget_contact(report)
    assert not WitnessIdentity.objects.exists()
    report.refresh_from_db()
    assert report.exposure == Exposure.ANONYMOUS
    ended, in_force = Consent.objects.order_by("pk")
    assert (ended.credit, ended.withdrawn_at is None) == ("full", False)
    assert (in_force.credit, in_force.withdrawn_at, in_force.publish_text, in_force.of_age) == (
        "anonymous",
        None,
        True,
        True,
    )


def test_a_receipt_is_worth_nothing_after_its_time_unless_the_report_is_on_hold(
    house_form: IntakeForm, clock: Clock
) -> None:
    clock(NOON)
    received = receive(house_form)
    clock(NOON + timedelta(days=91))
    assert receipts.find(received.code) is None
    Report.objects.update(legal_hold=True)
    assert receipts.find(received.code) == received.report
    Report.objects.update(purged_at=NOON)
    assert receipts.find(received.code) is None
