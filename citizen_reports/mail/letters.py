"""Mails to witnesses: queued in the transaction that has something to tell, written and sent by the worker.

An acknowledgement can make no loop and carry no stranger's words: it is sent once an address and day, thirty times an
hour at most, from nobody (a null return path), says that it is automatic (RFC 3834), and repeats nothing of the mail.
"""

from __future__ import annotations

import logging
import smtplib
import threading
from contextlib import suppress
from datetime import timedelta
from email.utils import formataddr
from typing import cast

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from accounts import notices
from articles.models.site import SiteSettings
from citizen_reports.mail import addresses
from citizen_reports.models import Message, OutboundEmail, Report, ReportEvent, WitnessIdentity
from jobs import leases
from safeguards import limits
from safeguards.problems import Unsealable

log = logging.getLogger(__name__)
BATCH = 20
LEASE = timedelta(minutes=5)
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
AN_HOUR = 30
TROUBLE = (*notices.MAIL_TROUBLE, ValueError, Unsealable)  # no address at all; an address whose key is missing
Kind = OutboundEmail.Kind
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def acknowledge(report: Report, address: str) -> bool:
    """Queues the mail that says that theirs has come; False where none is due. In the transaction of the report."""
    if not addresses.base():
        return False
    # Counted as a hash under a key that is gone tomorrow; "" since neighbourhoods of the network do not matter here.
    if not limits.hit(f"citizen_reports.acknowledged.{address.casefold()}", "", limit=1, per=_DAY):
        return False
    if not limits.hit("citizen_reports.acknowledgements", "", limit=AN_HOUR, per=_HOUR):
        return False
    OutboundEmail.objects.create(report=report, kind=Kind.ACKNOWLEDGEMENT)
    return True


def reaches(report: Report) -> bool:
    """The witness wrote by mail, and can be answered by mail."""
    if report.channel != "email" or not addresses.base():
        return False
    identity = WitnessIdentity.objects.filter(report=report).first()
    return identity is not None and bool(identity.email)


def queue_answer(message: Message, kind: OutboundEmail.Kind) -> None:
    """The desk's message shall go out by mail, itself or the word that there is one."""
    OutboundEmail.objects.create(report=message.report, message=message, kind=kind)


def forget(report: Report) -> None:
    """What was sent to the witness, or waits to be, goes; without a mail server the letters themselves lie as files.

    In the caller's transaction; the files go when it is certain.
    """
    was_written_to = OutboundEmail.objects.filter(report=report).delete()[0]
    if was_written_to and settings.MAIL_TO_FILES:
        # Each of our mails to a witness calls itself by the report's own name.
        name = addresses.message_id(report, "m").partition(".m@")[0].encode()
        transaction.on_commit(lambda: _remove_copies(name), robust=True)


def _remove_copies(name: bytes) -> None:
    for letter in settings.MAIL_OUT_DIR.glob("*.eml"):
        with suppress(FileNotFoundError):
            if name in letter.read_bytes():
                letter.unlink()


def note_bounce(report: Report) -> None:
    """A mail of ours came back: it is the last answer that left. The report comes up again in the inbox."""
    sent = OutboundEmail.objects.filter(report=report, message__isnull=False, sent_at__isnull=False, gave_up_at=None)
    OutboundEmail.objects.filter(pk__in=list(sent.order_by("-pk").values_list("pk", flat=True)[:1])).update(
        gave_up_at=timezone.now()
    )
    _comes_up_again(report)


def _comes_up_again(report: Report) -> None:
    """In the inbox; its history says why."""
    now = timezone.now()
    Report.objects.filter(pk=report.pk).update(witness_waits=True, last_activity=now)
    ReportEvent.objects.create(report=report.pk, reference=report.reference, verb=ReportEvent.Verb.MAIL_BOUNCED)


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: sends what is due; how many were tried.

    Whoever dies after sending and before noting it sends again, under the same Message-ID, by which mail programs know
    it for the same.
    """
    waiting = OutboundEmail.objects.filter(sent_at=None, gave_up_at=None)
    claimed = leases.claim(waiting, worker=worker, limit=BATCH, lease=LEASE)
    for mail in claimed:
        if stop.is_set():
            break
        try:
            _send(mail)
        except TROUBLE as error:
            log.warning(
                "mail %s to a witness was not sent (%s)", mail.pk, type(error).__name__
            )  # its words may name it
            _put_off(mail, worker)
        else:
            leases.finish(mail, worker=worker, sent_at=timezone.now())
    return len(claimed)


def compose(mail: OutboundEmail, address: str) -> EmailMessage:
    """In the report's language, if we speak it."""
    report = mail.report
    site = SiteSettings.load()
    language = report.language if report.language in dict(settings.LANGUAGES) else site.language
    with override(language):
        paper = site.words(language)["name"]
        words: dict[str, str] = {
            "paper": paper,
            "answer": mail.message.body.open() if mail.message and mail.kind == Kind.ANSWER else "",
            "form": settings.SITE_URL + reverse("citizen_reports:start"),
        }
        acknowledges = mail.kind == Kind.ACKNOWLEDGEMENT
        subject = gettext("Your message has arrived") if acknowledges else gettext("An answer from the newsroom")
        name = {Kind.ACKNOWLEDGEMENT: "acknowledgement", Kind.ANSWER: "answer", Kind.NOTICE: "notice"}[Kind(mail.kind)]
        automatic = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}
        return EmailMessage(
            f"{subject} ({paper})",
            render_to_string(f"citizen_reports/mail/{name}.txt", words),
            addresses.for_report(report),
            [address],
            reply_to=[addresses.for_report(report)],
            headers={
                "From": formataddr((paper, addresses.base())),
                "Message-ID": addresses.message_id(report, f"m{mail.pk}"),
                "Content-Language": language,
                **(automatic if acknowledges else {"X-Auto-Response-Suppress": "OOF, AutoReply"}),
            },
        )


def _send(mail: OutboundEmail) -> None:
    """Nothing, if the witness's address was deleted meanwhile."""
    identity = WitnessIdentity.objects.filter(report=mail.report).first()
    address = identity.email.open() if identity and identity.email else ""
    if not address or not addresses.base():
        return
    letter = compose(mail, address)
    # What comes back of an answer shall find its report; an acknowledgement comes from nobody, so nothing comes back.
    sender = "" if mail.kind == Kind.ACKNOWLEDGEMENT else addresses.for_report(mail.report)
    connection = get_connection()
    if not isinstance(connection, EmailBackend):
        connection.send_messages([letter])
        return
    # Django's own way of sending refuses a null return path (RFC 5321, 4.5.5).
    connection.open()
    try:
        cast("smtplib.SMTP", connection.connection).sendmail(
            sender, [address], letter.message().as_bytes(linesep="\r\n")
        )
    finally:
        connection.close()


def _put_off(mail: OutboundEmail, worker: str) -> None:
    if again := leases.again_at(mail.attempts, AGAIN):
        leases.finish(mail, worker=worker, due_at=again)
    elif leases.finish(mail, worker=worker, gave_up_at=timezone.now()) and mail.kind != Kind.ACKNOWLEDGEMENT:
        _comes_up_again(mail.report)
