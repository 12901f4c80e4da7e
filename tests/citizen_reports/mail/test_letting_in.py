"""What becomes of a person's mail: a report, a message of one, or a place among those held."""

import json
import os
import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from citizen_reports import handling, intake, purge, quarantine
from citizen_reports.mail import addresses, receiving, working
from citizen_reports.models import Attachment, Consent, InboundEmail, Message, Report, ReportEvent, WitnessIdentity
from safeguards import keyring
from tests import stored
from tests.citizen_reports import posts
from tests.citizen_reports.mail import mails
from tests.citizen_reports.mail.conftest import work

State, Reason = InboundEmail.State, InboundEmail.Reason


@pytest.fixture
def report(arrive) -> Report:
    """That became of Salma's first mail."""
    found = arrive(mails.mail()).report
    assert found
    return found


def test_a_mail_is_a_report_whose_sender_only_chiefs_may_see_and_that_nothing_may_be_published_of(
    arrive, chief
) -> None:
    row = arrive(mails.mail("The bridge fell at noon.\n\nNobody was on it."))
    report = Report.objects.get()
    assert (row.state, row.report) == (State.PROCESSED, report)
    assert (report.title.open(), report.body.open()) == ("The bridge", "The bridge fell at noon.\n\nNobody was on it.")
    assert (report.channel, report.exposure, report.state) == ("email", "confidential", "unscreened")
    assert not Consent.objects.exists()
    identity = WitnessIdentity.objects.get()
    assert (identity.name.open(), identity.email.open(), identity.may_contact) == ("Salma Idris", mails.WITNESS, True)
    assert mails.WITNESS not in str(Report.objects.values()) + str(InboundEmail.objects.values())
    Report.objects.update(state="ready")
    with pytest.raises(handling.HandlingRefused, match="Ask them first"):
        handling.make_story(report.pk, actor=chief)


def test_what_is_kept_of_a_mail_is_sealed_and_goes_after_thirty_days(
    arrive, own_data, django_capture_on_commit_callbacks
) -> None:
    row = arrive(mails.mail("Unmistakable words", files=[("a.txt", "text/plain", b"Unmistakable bytes")]))
    kept = posts.stored(own_data)
    assert len(kept) == 2
    assert not any(b"Unmistakable" in path.read_bytes() for path in kept)
    assert b"Unmistakable words" in receiving.bytes_of(row)
    keyring.add_key()
    assert b"Unmistakable words" in receiving.bytes_of(row), "an older key still opens it"

    assert receiving.forget_old() == 0
    for path in kept:
        os.utime(path, (0, 0))
    assert quarantine.forget_unsent() == 0
    assert b"Unmistakable words" in receiving.bytes_of(row), "the sweep knows whose it is"
    InboundEmail.objects.update(received_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert receiving.forget_old() == 1
    assert not stored.report(row.raw).exists()
    assert len(posts.stored(own_data)) == 1, "the report's file stays with the report"
    row.refresh_from_db()
    assert (row.raw, row.state) == ("", State.PROCESSED)


def test_files_come_into_the_quarantine_like_those_of_the_form(arrive) -> None:
    picture = posts.tagged_photo().read()
    report = arrive(
        mails.mail(files=[("bridge.jpg", "text/html", picture), ("notes.xyz", "a/b", b"\x00\x01\x02")])
    ).report
    photo, notes = Attachment.objects.filter(report=report).order_by("pk")
    assert (photo.display_name.open(), photo.sniffed_type, photo.derivative_state) == (
        "bridge.jpg",
        "image/jpeg",
        "waiting",
    )
    assert json.loads(photo.capture_facts.open())["device"].startswith(posts.PLANTED)
    assert b"".join(quarantine.original(photo)) == picture
    assert (notes.sniffed_type, notes.derivative_state) == ("", "none")


def test_more_files_than_twenty_are_left_in_the_mail_and_the_desk_is_told(arrive) -> None:
    files = [(f"{n}.bin", "a/b", bytes([n])) for n in range(25)]
    report = arrive(mails.mail(files=files)).report
    assert Attachment.objects.filter(report=report).count() == 20
    assert ReportEvent.objects.get(verb="files_left_out").detail == {"number": 5}


def test_a_mail_is_one_row_and_one_report_however_often_it_comes(arrive) -> None:
    raw = mails.mail()
    for door in ("pipe", "hook", "reports@mail.example/INBOX"):
        receiving.ingest(raw, door)
    for _again in range(2):
        arrive(raw)
    assert (InboundEmail.objects.count(), Report.objects.count()) == (1, 1)


def test_the_same_mail_by_two_ways_is_one_report_and_another_of_its_name_is_held(arrive) -> None:
    raw = mails.mail(message_id="<one@mail.example>")
    arrive(b"Received: from here\r\n" + raw)
    again = arrive(b"Received: from there\r\n" + raw)
    other = arrive(mails.mail("Something else", message_id="<one@mail.example>"))
    assert (again.state, again.report) == (State.DUPLICATE, None)
    assert (other.state, other.reason) == (State.HELD, Reason.ID_AGAIN)
    assert Report.objects.count() == 1


def test_a_reply_to_the_reports_own_address_is_a_message_of_it(arrive, report) -> None:
    row = arrive(mails.mail("It was the north pier.", to=addresses.for_report(report).upper(), subject="Anything"))
    message = Message.objects.get()
    assert (row.report, message.report, message.direction) == (report, report, "from")
    assert message.body.open().startswith("It was the north pier.")
    assert Report.objects.count() == 1


def test_a_reply_is_known_by_the_mail_that_it_answers_and_its_sender_together(arrive, report) -> None:
    name = addresses.message_id(report)
    arrive(mails.mail("More", In_Reply_To=name))
    arrive(mails.mail("Of somebody else", sender="omar@mail.example", References=f"<x@y> {name}"))
    assert [message.body.open().strip() for message in report.messages.all()] == ["More"]
    assert Report.objects.count() == 2


def test_the_reports_address_used_by_another_sender_is_held(arrive, report) -> None:
    row = arrive(mails.mail("I am Salma", sender="omar@mail.example", to=addresses.for_report(report)))
    assert (row.state, row.reason, row.report) == (State.HELD, Reason.OTHER_SENDER, report)
    assert row.body.open().startswith("I am Salma")
    assert not Message.objects.exists()


def test_a_reply_that_the_mail_server_takes_for_forged_is_held(arrive, report) -> None:
    told = "mx.news.example; spf=fail; dmarc=fail (p=reject) header.from=mail.example"
    forged = {"Authentication_Results": told, "In_Reply_To": addresses.message_id(report)}
    row = arrive(mails.mail("Take it all back", to=addresses.for_report(report), **forged))
    assert (row.state, row.reason, row.report) == (State.HELD, Reason.OTHER_SENDER, report)
    other = arrive(mails.mail("Take it all back", **forged))
    assert (other.state, other.report == report, Message.objects.count()) == (State.PROCESSED, False, 0)


def test_a_file_of_a_type_that_no_database_takes_comes_in(arrive) -> None:
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nSee.\r\n--x\r\nContent-Type: a/b\x00c\r\n\r\nevidence\r\n--x--\r\n"
    head = (f"From: {mails.WITNESS}", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=x")
    assert arrive(mails.raw(*head, body=body)).state == State.PROCESSED
    assert Attachment.objects.get().declared_type == "a/bc"


@pytest.mark.parametrize("change", [lambda a: a.replace("+", "+0", 1)[:9] + a[10:], lambda a: a.replace("@", "a@")])
def test_an_address_that_was_made_up_leads_nowhere(arrive, report, change) -> None:
    local, _at, domain = addresses.for_report(report).partition("@")
    short, _dot, mac = local.partition(".")
    forged = f"{short}.{'a' * 16 if mac != 'a' * 16 else 'b' * 16}@{domain}"
    assert addresses.report_addressed([addresses.for_report(report)]) == report
    assert addresses.report_addressed([forged, change(forged)]) is None


def test_subjects_decide_nothing(arrive, report) -> None:
    arrive(mails.mail("More", subject=f"Re: {report.reference}"))
    assert Report.objects.count() == 2
    assert not Message.objects.exists()


def test_what_is_purged_is_addressed_no_more_and_takes_its_mails_along(arrive, report, own_data) -> None:
    address = addresses.for_report(report)
    Report.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert purge.purge_due() == 1
    row = InboundEmail.objects.get()
    assert (row.raw, bool(row.subject), bool(row.sender)) == ("", False, False)
    later = arrive(mails.mail("Are you there?", to=address))
    assert later.state == State.PROCESSED
    assert later.report != report


def test_a_mail_that_only_claims_a_report_outlives_it(arrive, report) -> None:
    row = arrive(mails.mail("I am Salma", sender="omar@mail.example", to=addresses.for_report(report)))
    Report.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert purge.purge_due() == 1
    row.refresh_from_db()
    assert (row.state, row.body.open().strip()) == (State.HELD, "I am Salma")
    assert b"I am Salma" in receiving.bytes_of(row)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        (mails.mail(Content_Language="fr-CA"), "fr"),
        (mails.mail(Accept_Language="xx, ar;q=0.8"), "ar"),
        (mails.mail("انهار الجسر عند الظهر ولم يكن عليه أحد."), "ar"),
        (mails.mail(Content_Language="xx"), "en"),
    ],
)
def test_the_report_is_in_the_language_that_the_mail_shows(arrive, raw, language) -> None:
    assert arrive(raw).report.language == language


def test_html_alone_becomes_text(arrive) -> None:
    html = (
        "<head><title>no</title></head><p>First &amp; last</p><script>no</script><a href='https://a.example/x'>here</a>"
    )
    report = arrive(mails.raw(f"From: {mails.WITNESS}", "Content-Type: text/html; charset=utf-8", body=html)).report
    assert report.body.open() == "First & last\nhttps://a.example/x here"


def test_a_tag_without_an_end_costs_no_more_than_its_length(arrive) -> None:
    html = "<p>Hello</p><" + "a" * 400_000
    row = arrive(mails.raw(f"From: {mails.WITNESS}", "Content-Type: text/html; charset=utf-8", body=html))
    assert row.state == State.PROCESSED
    assert row.report.body.open().startswith("Hello")


def test_a_long_text_is_cut_for_the_desk_and_kept_whole_as_a_file(arrive) -> None:
    report = arrive(mails.mail("All of it. " * 10_000)).report
    assert len(report.body.open()) == 50_000
    assert Attachment.objects.get().size == len("All of it. " * 10_000) - 1


def test_names_of_files_hold_no_line_ends_no_folders_and_no_turns(arrive) -> None:
    for shape in ("line ends in a file name", "folders in a file name", "direction turned round"):
        arrive(b"From: a@mail.example\r\n" + mails.SHAPES[shape](None, "x"))
    assert [file.display_name.open() for file in Attachment.objects.order_by("pk")] == [
        "a X-Evil: yes .jpg", "passwd", "photogpj.exe",
    ]  # fmt: skip


def test_a_full_disk_loses_nothing(arrive, monkeypatch, own_data) -> None:
    monkeypatch.setattr(quarantine, "has_space", lambda size=0: False)
    with pytest.raises(receiving.NoRoom):
        receiving.ingest(mails.mail(), "pipe")
    assert not InboundEmail.objects.exists() and not posts.stored(own_data)

    monkeypatch.undo()
    row = receiving.ingest(mails.mail(), "pipe")
    monkeypatch.setattr(quarantine, "has_space", lambda size=0: False)
    work()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.NEW, 0)
    assert row.due_at > timezone.now() + timedelta(minutes=5)


def test_a_mail_that_kills_its_reader_is_parked_and_the_next_one_comes_in(arrive, monkeypatch) -> None:
    monkeypatch.setattr(working.reading, "MEMORY", 50 * 1024 * 1024)
    bomb = arrive(mails.mail("x" * 30_000_000))
    assert (bomb.state, bomb.attempts) == (State.NEW, 1)
    good = arrive(mails.mail())
    assert good.state == State.PROCESSED
    for _again in range(3):
        InboundEmail.objects.update(due_at=timezone.now())
        work()
    bomb.refresh_from_db()
    assert (bomb.state, bomb.reason) == (State.FAILED, Reason.UNREADABLE)
    assert bomb.raw, "kept for whoever decides"


def test_a_mail_that_takes_too_long_is_killed(arrive, monkeypatch) -> None:
    monkeypatch.setattr(working.reading, "SECONDS", 0)
    assert arrive(mails.mail()).state == State.NEW
    assert not Report.objects.exists()


def test_a_mail_whose_bytes_are_gone_is_parked() -> None:
    row = receiving.ingest(mails.mail(), "pipe")
    receiving.forget([row])
    work()
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.FAILED, Reason.RAW_GONE)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), intake.ReportGone()])
def test_what_befalls_a_mail_that_is_let_in_unread_ends_with_that_mail(monkeypatch, error) -> None:
    row = receiving.ingest(mails.mail(), "pipe")
    InboundEmail.objects.update(wanted=working.REPORT)
    monkeypatch.setattr(working.reading, "SECONDS", 0)

    stop = threading.Event()

    def fail(*args: Any) -> None:
        stop.set()
        raise error

    monkeypatch.setattr(working, "_let_in_unread", fail)
    assert working.turn("worker", stop) == 1
    row.refresh_from_db()
    assert (row.state, row.wanted, row.lease_until) == (State.NEW, working.REPORT, None)


def test_a_worker_that_lost_its_lease_changes_nothing(monkeypatch) -> None:
    receiving.ingest(mails.mail(), "pipe")
    keep = working._keep_files

    def slow(*args: Any) -> None:
        keep(*args)
        InboundEmail.objects.update(lease_by="another")

    monkeypatch.setattr(working, "_keep_files", slow)
    working.turn("worker", threading.Event())
    assert not Report.objects.exists()
    assert not django_mail.outbox


@pytest.mark.parametrize("shape", ["deeply nested", "many parts", "more headers than 256 KB"])
def test_what_is_built_as_no_mail_is_waits_for_the_desk(arrive, shape) -> None:
    row = arrive(f"From: {mails.WITNESS}\r\n".encode() + mails.SHAPES[shape](random.Random(2), "x"))
    assert (row.state, row.reason) == (State.HELD, Reason.LIMITS)
    assert row.sender.open() == mails.WITNESS
    assert not Report.objects.exists()


def test_what_nobody_decides_in_thirty_days_is_set_aside(arrive) -> None:
    arrive(mails.ROBOTS["list"])
    receiving.note("box", receiving.Place(1, 7), Reason.UNFETCHABLE)
    receiving.ingest(mails.mail(), "pipe")
    InboundEmail.objects.update(received_at=timezone.now() - timedelta(days=31))
    receiving.forget_old()
    assert set(InboundEmail.objects.values_list("state", "reason")) == {
        (State.DISCARDED, Reason.EXPIRED),
        (State.FAILED, Reason.UNFETCHABLE),  # it still lies on the server
        (State.NEW, ""),  # still to be read, however late
    }
    assert not InboundEmail.objects.get(state=State.DISCARDED).subject
