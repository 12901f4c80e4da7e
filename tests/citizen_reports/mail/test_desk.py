"""What the desk sees and decides of mails: who may, what each verb leaves, and that no address shows by itself."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import confirming
from accounts.models import AuditRow
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports import handling, on_behalf
from citizen_reports.mail import addresses, deciding, receiving
from citizen_reports.models import Attachment, InboundEmail, OutboundEmail, Report, ReportEvent
from tests import make
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work

LIST = "/admin/citizen_reports/inboundemail/"
State, Reason = InboundEmail.State, InboundEmail.Reason
STRANGER = "omar@mail.example"


@pytest.fixture
def desk(signed_in, editor) -> Client:
    return signed_in(editor)


@pytest.fixture
def report(arrive) -> Report:
    return arrive(mails.mail()).report


@pytest.fixture
def held(arrive, report) -> InboundEmail:
    """Of another sender, at the address of Salma's report."""
    raw = mails.mail("It was me", sender=f"Omar <{STRANGER}>", to=addresses.for_report(report), subject="Pier")
    return arrive(raw)


def do(client: Client, mail: InboundEmail, verb: str, **fields: str):
    return client.post(f"{LIST}{mail.pk}/do/{verb}/", fields)


def test_the_list_shows_what_is_to_decide_and_the_rest_on_demand(desk, held, arrive) -> None:
    arrive(mails.mail(subject="Read already"))
    arrive(mails.ROBOTS["vacation"])
    shown = desk.get(LIST).content.decode()
    assert "Pier" in shown
    assert "Read already" not in shown
    assert (
        f"Mail {InboundEmail.objects.get(state='discarded').pk}"
        in desk.get(LIST, {"state": "discarded"}).content.decode()
    )
    assert STRANGER not in shown + desk.get(LIST, {"state": "all"}).content.decode()


def test_the_list_asks_as_much_for_three_mails_as_for_one(desk, arrive, report) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        return len(queries)

    def another(number: int) -> None:
        arrive(mails.mail(sender=f"o{number}@mail.example", to=addresses.for_report(report)))

    another(1)
    asked()
    one = asked()
    another(2)
    another(3)
    assert asked() == one


def test_a_held_mail_shows_its_words_and_the_report_that_it_claims(desk, held, report) -> None:
    shown = desk.get(f"{LIST}{held.pk}/change/").content.decode()
    for words in ("It was me", "Pier", report.reference, "from another address"):
        assert words in shown
    assert STRANGER not in shown


def test_let_in_it_is_a_report_of_its_own(desk, held, report, editor) -> None:
    assert do(desk, held, "let-in").status_code == 302
    work()
    held.refresh_from_db()
    assert held.state == State.PROCESSED
    assert held.report != report
    assert held.report.body.open().strip() == "It was me"
    assert not held.body
    assert not OutboundEmail.objects.filter(report=held.report).exists(), "nobody is thanked days later"
    assert AuditRow.objects.filter(actor=editor, verb="let in", thing_number=held.pk).exists()


def test_attached_it_is_a_message_of_the_report_that_it_claims(desk, held, report) -> None:
    do(desk, held, "attach")
    work()
    assert report.messages.get().body.open().strip() == "It was me"
    assert Report.objects.count() == 1
    assert ReportEvent.objects.filter(report=report.pk, verb="mail_let_in").exists()


def test_set_aside_it_can_still_be_let_in_and_only_once(desk, held) -> None:
    do(desk, held, "discard")
    held.refresh_from_db()
    assert (held.state, held.reason) == (State.DISCARDED, Reason.DESK)
    assert do(desk, held, "discard").status_code == 409
    do(desk, held, "let-in")
    work()
    assert Report.objects.count() == 2
    answer = do(desk, held, "let-in")
    assert answer.status_code == 409
    assert "moved on" in answer.content.decode()


def test_one_that_nobody_can_read_becomes_a_report_with_the_mail_as_its_file(desk, monkeypatch) -> None:
    from citizen_reports.mail import reading

    mail = receiving.ingest(mails.mail("Unreadable"), "pipe")
    InboundEmail.objects.update(state=State.FAILED, reason=Reason.UNREADABLE)
    monkeypatch.setattr(reading, "SECONDS", 0)
    do(desk, mail, "let-in")
    work()
    assert Attachment.objects.get(report=Report.objects.get()).display_name.open() == "mail.eml"


def test_what_the_server_did_not_give_out_is_asked_for_again(desk) -> None:
    receiving.note("box", receiving.Place(1, 7), Reason.UNFETCHABLE)
    receiving.note("box", receiving.Place(1, 7), Reason.UNFETCHABLE)
    mail = InboundEmail.objects.get()
    assert "Ask the mail server again" in desk.get(f"{LIST}{mail.pk}/change/").content.decode()
    assert do(desk, mail, "let-in").status_code == 409
    assert do(desk, mail, "fetch-again").status_code == 302
    assert not InboundEmail.objects.exists()


@pytest.mark.parametrize("role", [None, *Role])
def test_what_each_role_gets(role, signed_in, held) -> None:
    client = signed_in(make.user(role)) if role else Client()
    may = role in (Role.EDITOR, Role.CHIEF)
    for answer in (client.get(LIST), client.get(f"{LIST}{held.pk}/change/")):
        assert (b"Pier" in answer.content) == may
        assert STRANGER.encode() not in answer.content
    answer = do(client, held, "sender", reason="To ask them.")
    assert (STRANGER.encode() in answer.content) == (role == Role.CHIEF)
    assert AuditRow.objects.filter(verb="looked at the sender").exists() == (role == Role.CHIEF)
    answer = do(client, held, "download", reason="To see its headers.")
    assert (STRANGER.encode() in answer.content) == (role == Role.CHIEF)
    assert AuditRow.objects.filter(verb="downloaded the mail").exists() == (role == Role.CHIEF)
    do(client, held, "discard")
    held.refresh_from_db()
    assert (held.state == State.DISCARDED) == may


def test_a_mail_is_downloaded_as_something_that_nothing_opens(signed_in, chief, held) -> None:
    desk = signed_in(chief)
    answer = do(desk, held, "download", reason="To see its headers.")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == f'attachment; filename="mail-{held.pk}.eml.original"'
    assert AuditRow.objects.get(verb="downloaded the mail").detail == {"reason": "To see its headers."}
    receiving.forget([held])
    assert do(desk, held, "download", reason="Again.").status_code == 404


def test_the_mail_itself_tells_who_it_is_from_so_it_asks_for_a_reason_and_who_is_asking(
    signed_in, chief, held, monkeypatch
) -> None:
    client = signed_in(chief)
    assert do(client, held, "download", reason=" ").status_code == 409
    monkeypatch.setattr(confirming, "is_recent", lambda request, **kwargs: False)
    for verb in ("sender", "download"):
        answer = do(client, held, verb, reason="To ask them.")
        assert "Is it you?" in answer.content.decode()
        assert STRANGER not in answer.content.decode()
    assert not AuditRow.objects.filter(verb__in=("looked at the sender", "downloaded the mail")).exists()


def test_another_desks_mails_are_not_found(signed_in, held, report, arrive) -> None:
    free = arrive(mails.ROBOTS["list"])
    Report.objects.filter(pk=report.pk).update(section=make.section("Sport"))
    theirs = make.section("Money")
    for role in (Role.EDITOR, Role.CHIEF):
        clerk = make.user(role)
        SectionLimit.objects.create(user=clerk, section=theirs)
        client = signed_in(clerk)
        shown = client.get(LIST).content.decode()
        assert f"{LIST}{free.pk}/" in shown
        assert "Pier" not in shown
        assert report.reference not in client.get(LIST, {"state": "all"}).content.decode()
        assert "Pier" not in client.get(f"{LIST}{held.pk}/change/", follow=True).content.decode()
        for verb in ("let-in", "attach", "discard", "fetch-again", "sender", "download"):
            assert do(client, held, verb, reason="x").status_code == 404, verb
        for decide in (deciding.let_in, deciding.attach, deciding.discard):
            with pytest.raises(handling.HandlingRefused, match="Another desk"):
                decide(held.pk, actor=clerk)
    for look in (deciding.look_at_sender, deciding.download):
        with pytest.raises(handling.HandlingRefused, match="Another desk"):
            look(held.pk, actor=clerk, reason="x")
    held.refresh_from_db()
    assert held.state == State.HELD


def test_looking_does_nothing(desk, held) -> None:
    for verb in ("let-in", "attach", "discard", "fetch-again", "sender", "download"):
        assert desk.get(f"{LIST}{held.pk}/do/{verb}/").status_code == 405
    assert do(desk, held, "nonsense").status_code == 404
    assert desk.get(f"{LIST}add/").status_code == 403
    assert desk.post(f"{LIST}{held.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_reports_page_offers_mail_and_says_that_nobody_was_asked(desk, report) -> None:
    address = f"/admin/citizen_reports/report/{report.pk}/"
    shown = desk.get(f"{address}change/").content.decode()
    assert "What goes out by mail" in shown
    assert "the witness was asked nothing" in shown
    desk.post(f"{address}do/answer/", {"text": "Which bridge?", "by_mail": "notice"})
    assert "waiting to be sent" in desk.get(f"{address}change/").content.decode()
    work()
    assert "only that there is an answer" in desk.get(f"{address}change/").content.decode()


def test_what_a_witness_allows_by_mail_is_written_down_and_then_a_story_can_be_made(desk, report, editor) -> None:
    address = f"/admin/citizen_reports/report/{report.pk}/"
    refused = desk.post(f"{address}do/consent/", {"publish_text": "on", "credit": "full", "reason": "Second mail"})
    assert refused.status_code == 409
    assert "Second mail" in refused.content.decode()
    given = {"publish_text": "on", "credit": "pseudonym", "credit_name": "A neighbour", "reason": "Second mail"}
    assert desk.post(f"{address}do/consent/", given).status_code == 302
    Report.objects.update(state="ready")
    story = handling.make_story(report.pk, actor=editor, credit_checked=True)
    assert [line.name for line in story.bylines.all()] == ["A neighbour"]
    assert ReportEvent.objects.get(verb="consent_noted").detail == {"reason": "Second mail"}


def test_witnesses_of_the_form_say_themselves_what_they_allow(editor) -> None:
    from tests.citizen_reports import reports

    with pytest.raises(handling.HandlingRefused, match="has the form"):
        on_behalf.note_consent(
            reports.report().pk, actor=editor, publish_text=True, publish_media=False, credit="anonymous",
            credit_name="", reason="They said so",
        )  # fmt: skip
