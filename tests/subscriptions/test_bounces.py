"""Letters that come back and complaints: believed only about letters of ours, counted once, with measured results."""

import io
import re
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from subscriptions import bounces, ledger, mailbox
from subscriptions.models.deliveries import DeliveryEvent
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Suppression
from tests.citizen_reports.mail.mailserver import MailServer
from tests.subscriptions.readers import alert, mailed, reader, work
from tests.subscriptions.sink import Sink

pytestmark = pytest.mark.usefixtures("paper")
State = Delivery.State


def sent(address: str = "ada@x.example") -> Delivery:
    """A letter that was handed over."""
    reader(address)
    edition = alert()
    work()
    return edition.deliveries.get(address=address)


def report(
    delivery: Delivery, status: str = "5.1.1", *, action: str = "failed", to: str = "newsroom@news.example",
    token: str = "", heads: bool = True,
) -> bytes:  # fmt: skip
    """A delivery report as Postfix writes them; with `heads` it returns the letter's own, else nothing of it."""
    named = token or delivery.message_id
    returned = f"""--b
Content-Type: message/rfc822

From: newsroom@news.example
To: {delivery.address}
Message-ID: {named}
Subject: The wall broke

"""
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 07:00:00 +0000

Final-Recipient: rfc822; {delivery.address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{delivery.address}>: Recipient address rejected

{returned if heads else ""}--b--
""".encode()


def complaint(delivery: Delivery) -> bytes:
    return f"""From: feedback@mailbox.example
To: newsroom@news.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--b
Content-Type: text/rfc822-headers

From: newsroom@news.example
Message-ID: {delivery.message_id}

--b--
""".encode()


def standing(delivery: Delivery) -> tuple[str, str, str]:
    """State and reason of the letter, and the state of its reader."""
    delivery.refresh_from_db()
    return delivery.state, delivery.reason, Subscriber.objects.get(pk=delivery.subscriber_id).state


def test_an_unknown_mailbox_is_written_to_no_more():
    delivery = sent()
    raw = report(delivery)
    assert bounces.take(raw)
    assert standing(delivery) == ("bounced", "5.1.1", "suppressed")
    assert Suppression.objects.get().reason == "hard"
    assert bounces.take(raw)
    assert DeliveryEvent.objects.count() == 1
    account = ledger.account(delivery.edition)
    assert (account.sent, account.bounced, account.balances) == (1, 1, True)


def test_the_address_that_a_letter_came_from_names_it(settings, sink: Sink):
    settings.BOUNCES_ADDRESS = "bounces@news.example"
    senders = []
    sink.script = lambda phase, address: senders.append(address) or "" if phase == "mail" else ""
    delivery = sent()
    assert senders == [f"bounces+{delivery.token}@news.example"]
    assert bounces.take(report(delivery, to=senders[0], heads=False))
    assert standing(delivery) == ("bounced", "5.1.1", "suppressed")


@pytest.mark.parametrize("status", ["4.2.2", "5.2.2"])
def test_three_letters_that_come_back_within_a_fortnight_are_enough(status):
    first = sent()
    bounces.take(report(first, status))
    bounces.take(report(first, status) + b"\n")  # another report about the same letter
    assert standing(first) == ("bounced", status, "active")
    old, new = sent(), sent()
    bounces.take(report(old, status))
    DeliveryEvent.objects.filter(delivery=old).update(at=timezone.now() - timedelta(days=15))
    bounces.take(report(new, status))
    assert standing(new)[2] == "active"
    third = sent()
    bounces.take(report(third, status))
    assert standing(third) == ("bounced", status, "suppressed")


@pytest.mark.parametrize("status", ["5.7.1", "4.4.7", "5.1.7", "5.1.8", "5.3.0", "5.3.4", "5.5.0", "5.6.0", ""])
def test_what_may_be_the_newsrooms_own_fault_or_outage_costs_no_reader_anything(status):
    for _ in range(4):
        delivery = sent()
        bounces.take(report(delivery, status))
    assert standing(delivery) == ("bounced", status, "active")
    assert not Suppression.objects.exists()


def test_a_delay_changes_nothing_and_a_delivery_ends_doubt():
    delivery = sent()
    bounces.take(report(delivery, "4.4.1", action="delayed"))
    assert standing(delivery)[0] == "sent"
    Delivery.objects.update(state=State.UNCERTAIN)
    bounces.take(report(delivery, "2.0.0", action="delivered"))
    assert standing(delivery) == ("delivered", "2.0.0", "active")
    bounces.take(report(delivery))
    bounces.take(report(delivery, "2.0.0", action="delivered") + b"\n")
    assert standing(delivery)[0] == "bounced"


@pytest.mark.parametrize(("status", "action"), [("2.0.0", "delivered"), ("5.2.2", "failed")])
def test_word_of_the_last_uncertain_letter_closes_its_edition(status, action):
    first = sent()
    second = first.edition.deliveries.create(subscriber=reader("bo@x.example"), address="bo@x.example")
    first.edition.deliveries.update(state=State.UNCERTAIN)
    Edition.objects.update(state=Edition.State.SENDING, audience=2)
    ledger.settle(first.edition)
    found = []
    for delivery in (first, second):
        bounces.take(report(delivery, status, action=action))
        found.append(Edition.objects.values_list("state", "problem", "uncertain").get())
    assert found == [("needs_attention", "uncertain", 1), ("done", "", 0)]


def test_who_complains_is_left_in_peace():
    delivery = sent()
    assert bounces.take(complaint(delivery))
    assert standing(delivery) == ("complained", "", "suppressed")
    assert Suppression.objects.get().reason == "complaint"


def test_nobody_can_have_another_reader_struck_off():
    delivery, other = sent(), sent("bo@x.example")
    edition, number, proof = other.token.split(".")
    for forged in (
        f"{edition}.{number}.{'0' * 20}",
        f"{delivery.edition_id}.{number}.{proof}",
        f"{edition}.999.{proof}",
    ):
        assert not bounces.take(report(other, token=f"<{forged}@127.0.0.1>"))
    assert standing(other) == ("sent", "", "active")
    assert not DeliveryEvent.objects.exists()


def test_tokens_outlive_a_change_of_the_secret_key(settings):
    delivery = sent()
    raw = report(delivery)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [settings.SECRET_KEY]
    assert bounces.take(raw)
    settings.SECRET_KEY_FALLBACKS = []
    assert not bounces.take(raw + b"\n")


def test_a_reader_who_moved_or_was_forgotten_is_not_hit_by_an_old_letter():
    moved, gone = sent(), sent("bo@x.example")
    new = reader("ada@y.example")
    Delivery.objects.filter(pk=moved.pk).update(subscriber=new)
    Delivery.objects.filter(pk=gone.pk).update(address="")
    for each in (moved, gone):
        assert bounces.take(report(each))
    new.refresh_from_db()
    assert (new.state, Subscriber.objects.get(email_norm="bo@x.example").state) == ("active", "active")


def test_mails_that_are_something_else_or_hostile_say_nothing():
    delivery = sent()
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(5000))
    many = b'Content-Type: multipart/report; boundary="b"\n\n' + b"--b\n\nx\n" * 30_000
    plain = f"From: a@x.example\nTo: b@x.example\nMessage-ID: {delivery.message_id}\n\nHello\n".encode()
    late = b'Content-Type: multipart/report; boundary="b"\n\n' + b"x\n" * bounces.LARGEST + report(delivery)
    for raw in (b"", b"\x00\xff" * 1000, nested, many, plain, late, report(delivery).replace(b"failed", b"expanded")):
        assert not bounces.take(raw)
    assert standing(delivery) == ("sent", "", "active")


def test_a_mail_server_pipes_one_in(monkeypatch, capsys):
    delivery = sent()

    class Pipe:
        buffer = io.BytesIO(report(delivery))

    monkeypatch.setattr(sys, "stdin", Pipe)
    call_command("take_bounce")
    assert standing(delivery)[0] == "bounced"
    with pytest.raises(SystemExit) as ended:
        call_command("take_bounce")
    assert ended.value.code == 67
    assert "nothing about a letter of ours" in capsys.readouterr().err


@pytest.mark.imap
def test_the_worker_fetches_them_from_a_mailbox(settings, monkeypatch):
    delivery = sent()
    with MailServer() as server:
        settings.BOUNCES_IMAP_URL = server.url
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        server.deliver(report(delivery))
        server.deliver(b"From: ada@x.example\nSubject: Out of office\n\nBack on Monday.\n")
        assert mailbox.fetch() == 1
        assert mailbox.fetch() == 0
        assert server.waiting() == 1
    assert standing(delivery) == ("bounced", "5.1.1", "suppressed")


def test_without_a_mailbox_nothing_is_fetched(settings):
    settings.BOUNCES_IMAP_URL = ""
    assert mailbox.fetch() == 0
    assert not Edition.objects.exists()


def in_the_form_of(server: str, delivery: Delivery) -> bytes:
    """Reports as other mail servers than Postfix write them: what differs is where the code stands."""
    status, diagnostic, names = {
        "exim": ("5.0.0", "smtp; 550-5.1.1 The email account that you tried to reach does not exist.", ""),
        "exim, ours": ("5.0.0", "smtp; 550 5.7.1 Service unavailable, client host [5.1.1.7] blocked", ""),
        "exim, no code": ("5.0.0", "smtp; 550 host mx.example [5.1.1.1] said no such user", ""),
        "exchange": ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", ""),
        "exchange online": ("5.4.1", "smtp;550 5.4.1 Recipient address rejected: Access denied.", ""),
        "exchange, full": ("5.2.2", "smtp;554 5.2.2 mailbox full", ""),
        "gmail": (
            "5.1.1", "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
            f"X-Original-Message-ID: {delivery.message_id}\n",
        ),
    }[server]  # fmt: skip
    raw = report(delivery, status).decode()
    raw = raw.replace("Arrival-Date:", f"{names}Arrival-Date:")
    return re.sub(r"Diagnostic-Code: .*", f"Diagnostic-Code: {diagnostic}", raw).replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("server", "code", "reader_state"),
    [
        ("exim", "5.1.1", "suppressed"),
        ("exim, ours", "5.7.1", "active"),
        ("exim, no code", "5.0.0", "active"),
        ("exchange", "5.1.10", "suppressed"),
        ("exchange online", "5.4.1", "active"),
        ("exchange, full", "5.2.2", "active"),
        ("gmail", "5.1.1", "suppressed"),
    ],
)
def test_reports_of_other_mail_servers_are_understood(server, code, reader_state):
    delivery = sent()
    assert bounces.take(in_the_form_of(server, delivery))
    assert standing(delivery) == ("bounced", code, reader_state)
    assert DeliveryEvent.objects.get().kind == (
        {"5.2.2": "soft", "5.4.1": "soft"}.get(code) or ("hard" if reader_state == "suppressed" else "policy")
    )


def test_a_mail_to_the_address_in_the_letter_unsubscribes_and_nothing_else_does(settings):
    settings.BOUNCES_ADDRESS = "bounces@news.example"
    delivery = sent()
    offered = mailed()[-1]["List-Unsubscribe"].split(", ")
    assert offered[0].startswith("<http") and "/subscribe/leave/" in offered[0]
    assert offered[1] == f"<mailto:bounces+{delivery.token}@news.example?subject=unsubscribe>"
    wishes = delivery.subscriber.subscriptions.filter(state="active")

    def mail(to: str, subject: str) -> bytes:
        return f"From: somebody@x.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()

    ours = f"bounces+{delivery.token}@news.example"
    assert not bounces.take(mail(ours, "Automatic reply: The wall broke"))
    assert not bounces.take(mail(ours.replace(delivery.token, f"{delivery.token[:-1]}!"), "unsubscribe"))
    assert not bounces.take(mail("bounces@news.example", "unsubscribe"))
    assert wishes.exists()
    assert bounces.take(mail(ours, "Unsubscribe"))
    assert not wishes.exists()
    assert standing(delivery) == ("sent", "", "active")
