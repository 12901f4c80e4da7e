"""No program ever gets an answer; a person gets one a day. Nothing that was sent is repeated, nothing can go round."""

import threading
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.core import mail as django_mail
from django.utils import timezone

from citizen_reports import handling, intake
from citizen_reports.mail import addresses, letters
from citizen_reports.models import InboundEmail, OutboundEmail, Report
from safeguards.problems import Unsealable
from tests import make
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work
from tests.subscriptions.sink import Sink

State, Reason = InboundEmail.State, InboundEmail.Reason


@pytest.mark.parametrize("name", mails.ROBOTS)
def test_robots_and_forgers_get_no_answer_and_are_accounted_for(arrive, name) -> None:
    row = arrive(mails.ROBOTS[name])
    assert row.state in (State.DISCARDED, State.HELD, State.PROCESSED)
    assert not django_mail.outbox
    assert not OutboundEmail.objects.exists()


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("vacation", State.DISCARDED, Reason.AUTO_REPLY),
        ("null return path", State.DISCARDED, Reason.AUTO_REPLY),
        ("read receipt", State.DISCARDED, Reason.AUTO_REPLY),
        ("bounce", State.DISCARDED, Reason.BOUNCE),
        ("daemon", State.DISCARDED, Reason.BOUNCE),
        ("ourselves", State.DISCARDED, Reason.OWN),
        ("list", State.HELD, Reason.ROBOT),
        ("no-reply", State.HELD, Reason.ROBOT),
        ("cron", State.HELD, Reason.ROBOT),
        ("spam", State.HELD, Reason.SPAM),
        ("colleague", State.PROCESSED, ""),
        ("no sender", State.PROCESSED, ""),
        ("forged", State.PROCESSED, ""),
    ],
)
def test_where_each_kind_ends(arrive, name, state, reason) -> None:
    row = arrive(mails.ROBOTS[name])
    assert (row.state, row.reason) == (state, reason)
    assert Report.objects.exists() == (state == State.PROCESSED)


def test_a_person_is_thanked_once_a_day_in_their_language_and_nothing_of_theirs_is_repeated(arrive) -> None:
    arrive(
        mails.mail(
            "Secret text", subject="Secret subject", sender=f"Secret Name <{mails.WITNESS}>", Content_Language="fr"
        )
    )
    arrive(mails.mail("Another", sender=mails.WITNESS.upper()))
    (sent,) = django_mail.outbox
    assert sent.to == [mails.WITNESS]
    written = sent.message().as_string()
    assert "Secret" not in written + sent.body
    assert "127.0.0.1:8000/report/" in sent.body
    headers = sent.message()
    assert (headers["Auto-Submitted"], headers["Content-Language"]) == ("auto-replied", "fr")
    assert mails.BASE in headers["From"]
    assert addresses.report_addressed(sent.reply_to) == Report.objects.order_by("received_at").first()


def test_thirty_thanks_an_hour_and_no_more(arrive, monkeypatch) -> None:
    monkeypatch.setattr(letters, "AN_HOUR", 2)
    for number in range(4):
        arrive(mails.mail(sender=f"w{number}@mail.example"))
    assert Report.objects.count() == 4
    assert len(django_mail.outbox) == 2


def test_the_count_of_an_address_holds_no_address(arrive) -> None:
    from safeguards.models import Tally

    arrive(mails.mail())
    assert Tally.objects.count() == 2
    assert "salma" not in str(Tally.objects.values())


def test_without_an_address_of_our_own_nothing_is_ever_sent(arrive, settings) -> None:
    settings.REPORTS_ADDRESS = ""
    assert arrive(mails.mail()).state == State.PROCESSED
    assert not OutboundEmail.objects.exists()


def test_messages_of_a_conversation_are_not_acknowledged(arrive) -> None:
    report = arrive(mails.mail()).report
    django_mail.outbox.clear()
    OutboundEmail.objects.all().delete()
    assert arrive(mails.mail("More", to=addresses.for_report(report))).report == report
    assert not django_mail.outbox


def test_two_newsrooms_do_not_thank_each_other_for_ever(arrive) -> None:
    arrive(mails.mail(sender="reports@other-paper.example"))
    (ours,) = django_mail.outbox
    thanks = ours.message().as_bytes()
    back = arrive(thanks)
    assert (back.state, back.reason) == (State.DISCARDED, Reason.OWN)
    foreign = thanks.replace(b"news.example", b"other-paper.example")
    assert arrive(foreign).state == State.DISCARDED
    assert len(django_mail.outbox) == 1


@pytest.fixture
def report(arrive) -> Report:
    found = arrive(mails.mail()).report
    django_mail.outbox.clear()
    return found


def test_the_desks_answer_goes_out_by_mail_and_the_reply_comes_back_to_its_report(arrive, report, editor) -> None:
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    work()
    (sent,) = django_mail.outbox
    assert sent.to == [mails.WITNESS]
    assert sent.body.startswith("Which bridge?")
    assert "Auto-Submitted" not in sent.message()
    assert addresses.report_addressed([sent.from_email]) == report, "so that a bounce finds it"
    arrive(mails.mail("The north one", to=sent.reply_to[0], In_Reply_To=sent.message()["Message-ID"]))
    assert report.messages.filter(direction="from").get().body.open().strip() == "The north one"


def test_the_desk_may_send_only_word_that_there_is_an_answer(report, editor) -> None:
    handling.answer(report.pk, actor=editor, text="Which bridge?", by_mail="notice")
    work()
    (sent,) = django_mail.outbox
    assert "Which bridge?" not in sent.body
    assert "has an answer" in sent.body


def test_notes_and_answers_to_witnesses_of_the_form_are_never_mailed(report, editor) -> None:
    from tests.citizen_reports import reports

    handling.answer(report.pk, actor=editor, text="Careful", internal=True)
    handling.answer(reports.named().pk, actor=editor, text="By the receipt")
    work()
    assert not django_mail.outbox


def test_an_answer_that_bounces_comes_back_to_the_inbox(arrive, report, editor) -> None:
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    work()
    Report.objects.update(witness_waits=False)
    bounce = mails.ROBOTS["bounce"].replace(mails.BASE.encode(), addresses.for_report(report).encode())
    assert arrive(bounce).report == report
    report.refresh_from_db()
    assert report.witness_waits
    assert OutboundEmail.objects.get(kind="answer").gave_up_at
    assert report.messages.count() == 1


def test_what_comes_back_is_an_answer_that_left(report, editor) -> None:
    for text in ("Which bridge?", "And when?"):
        handling.answer(report.pk, actor=editor, text=text)
    first, second = OutboundEmail.objects.filter(kind="answer").order_by("pk")
    OutboundEmail.objects.filter(pk=first.pk).update(sent_at=timezone.now())
    letters.note_bounce(report)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (bool(first.gave_up_at), second.gave_up_at) == (True, None)
    work()
    assert [sent.body.splitlines()[0] for sent in django_mail.outbox] == ["And when?"]


def test_an_answer_that_is_given_up_takes_no_other_with_it(sink, report, editor, monkeypatch) -> None:
    sink.script = lambda phase, address: "451 later" if phase == "rcpt" else ""
    monkeypatch.setattr(letters, "AGAIN", ())
    for text in ("Which bridge?", "And when?"):
        handling.answer(report.pk, actor=editor, text=text)
    first, second = OutboundEmail.objects.filter(kind="answer").order_by("pk")
    OutboundEmail.objects.filter(pk=second.pk).update(due_at=timezone.now() + timedelta(hours=1))
    work()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (bool(first.gave_up_at), second.gave_up_at, second.attempts) == (True, None, 0)
    report.refresh_from_db()
    assert report.witness_waits


@pytest.mark.parametrize("trouble", [AnymailRecipientsRefused(), Unsealable()])
def test_a_mail_that_can_never_go_out_holds_up_no_other(report, editor, monkeypatch, trouble) -> None:
    for text in ("Which bridge?", "And when?"):
        handling.answer(report.pk, actor=editor, text=text)
    first, second = OutboundEmail.objects.filter(kind="answer").order_by("pk")
    send = letters._send

    def refuse(mail: OutboundEmail) -> None:
        if mail.pk == first.pk:
            raise trouble
        send(mail)

    monkeypatch.setattr(letters, "_send", refuse)
    letters.turn("worker", threading.Event())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.sent_at, first.lease_until) == (None, None)
    assert first.due_at > timezone.now()
    assert second.sent_at


def test_who_has_their_address_deleted_gets_no_more_mail(report, editor) -> None:
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    intake.forget_contact(report)
    work()
    assert not django_mail.outbox


@pytest.fixture
def sink(settings: Any):
    with Sink() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_TO_FILES = "127.0.0.1", running.port, False
        yield running


def test_thanks_come_from_nobody_and_answers_from_the_reports_address(arrive, sink, editor) -> None:
    senders = []
    sink.script = lambda phase, address: senders.append(address) or "" if phase == "mail" else ""
    report = arrive(mails.mail()).report
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    work()
    assert senders[0] == ""
    assert addresses.report_addressed([senders[1].split(">")[0]]) == report
    answer = message_from_bytes(sink.received[1].letter, policy=policy.default)
    assert answer.get_content().startswith("Which bridge?")


def test_a_mail_server_that_is_away_is_tried_again_and_given_up_in_the_end(
    arrive, sink, report, editor, monkeypatch
) -> None:
    sink.script = lambda phase, address: "451 later" if phase == "rcpt" else ""
    monkeypatch.setattr(letters, "AGAIN", letters.AGAIN[:1])
    handling.answer(report.pk, actor=editor, text="Which bridge?")
    work()
    waiting = OutboundEmail.objects.get(kind="answer")
    assert (waiting.attempts, waiting.sent_at) == (1, None)
    assert waiting.due_at > timezone.now()
    OutboundEmail.objects.update(due_at=timezone.now())
    letters.turn("worker", threading.Event())
    waiting.refresh_from_db()
    assert waiting.gave_up_at
    assert len(sink.received) == 1, "the acknowledgement of before"


def test_letters_are_written_in_each_language(arrive) -> None:
    make.site(name="The Harbour Post")
    for number, language in enumerate(("en", "fr", "ar")):
        arrive(mails.mail(sender=f"w{number}@mail.example", Content_Language=language))
    assert len({sent.message()["Content-Language"] for sent in django_mail.outbox}) == 3


@pytest.mark.parametrize(
    "sender", ['"a b"@mail.example', "ünï@mail.example", "a@[127.0.0.1]", "a@-", "a..b@mail.example"]
)
def test_an_address_that_cannot_be_written_to_holds_up_nobody(arrive, sink, sender) -> None:
    arrive(mails.raw(f"From: {sender}", f"To: {mails.BASE}", body="Hello"))
    arrive(mails.mail())
    assert [each.to for each in sink.received][-1] == mails.WITNESS


def test_who_is_blocked_gets_no_answer(arrive, chief) -> None:
    from citizen_reports import sorting

    report = arrive(mails.mail()).report
    sorting.block(report.pk, actor=chief, reason="Pills, every day.")
    OutboundEmail.objects.all().delete()
    from safeguards.models import Tally

    Tally.objects.all().delete()
    row = arrive(mails.mail("More pills"))
    assert (row.state, row.report.state) == (State.PROCESSED, "spam")
    assert not OutboundEmail.objects.exists()
