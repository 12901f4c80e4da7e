"""The one way in for mail, behind three doors: the mailbox (`imap`), the pipe (``ingest_report``), the hook (`hook`).

`ingest` takes a mail into keeping and does no more: the bytes lie sealed on the disk and their row is committed when it
returns, so the door may let go of it. What it is, the worker finds out (`working`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from citizen_reports import quarantine
from citizen_reports.models.mail import UNDECIDED, InboundEmail
from safeguards.sealing import keyed_hash

LARGEST = 35 * 1024 * 1024
KEPT = timedelta(days=30)
BATCH = 500
State, Reason = InboundEmail.State, InboundEmail.Reason
_HEADERS = 256 * 1024
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\r\n]{1,998}>)", re.IGNORECASE | re.MULTILINE)


class Place(NamedTuple):
    """Where a mail lies on an IMAP server; the pair never means another mail (RFC 9051, 2.3.1.1)."""

    uidvalidity: int
    uid: int


class NoRoom(OSError):
    """The disk is too full to keep the mail. It must stay where it is."""


class TooLarge(ValueError):
    """Larger than `LARGEST`."""


def ingest(raw: bytes, mailbox: str, *, place: Place | None = None) -> InboundEmail:
    """Keeps one mail (RFC 5322, as it came); `mailbox` says through which door. The same bytes again are the row there
    was. Raises `TooLarge`, `NoRoom` and whatever disk and database raise: then nothing was kept.
    """
    if len(raw) > LARGEST:
        raise TooLarge
    raw_hash = keyed_hash(raw, purpose="citizen_reports.mail")
    if known := InboundEmail.objects.filter(raw_hash=raw_hash).first():
        return known
    if not quarantine.has_space(len(raw)):
        raise NoRoom("The disk is too full to keep mails.")
    blank = _BLANK_LINE.search(raw)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
    named = _MESSAGE_ID.search(head[:_HEADERS])
    try:
        with quarantine.SealedFile() as file:
            file.write(raw)
            file.finish()
            with transaction.atomic():
                return InboundEmail.objects.create(
                    mailbox=mailbox[:255],
                    uidvalidity=place and place.uidvalidity,
                    uid=place and place.uid,
                    raw_hash=raw_hash,
                    id_hash=keyed_hash(named[1], purpose="citizen_reports.mail.id") if named else "",
                    body_hash=keyed_hash(body, purpose="citizen_reports.mail.body"),
                    raw=file.name,
                    size=len(raw),
                )
    except IntegrityError:  # another door, or another worker, was a moment faster
        return InboundEmail.objects.get(raw_hash=raw_hash)


def note(mailbox: str, place: Place, reason: InboundEmail.Reason, *, size: int = 0) -> None:
    """A row for a mail on the server that cannot be taken into keeping, so that the desk knows of it."""
    state = State.OVERSIZE if reason == Reason.TOO_LARGE else State.FAILED
    InboundEmail.objects.get_or_create(
        mailbox=mailbox[:255], uidvalidity=place.uidvalidity, uid=place.uid,
        defaults={
            "raw_hash": keyed_hash(f"{mailbox} {place}", purpose="citizen_reports.mail.place"), "size": size,
            "state": state, "reason": reason,
        },
    )  # fmt: skip


def bytes_of(mail: InboundEmail) -> bytes:
    """The mail as it came. Raises `Unsealable`, or ``OSError`` when it is gone."""
    if not mail.raw:
        raise FileNotFoundError
    return b"".join(quarantine.opened(mail.raw))


def forget(mails: list[InboundEmail]) -> None:
    """The mails themselves go, rows stay: with hashes alone, by which they would be known again."""
    numbers = [mail.pk for mail in mails]
    InboundEmail.objects.filter(pk__in=numbers).update(raw="", sender="", subject="", body="")
    names = [mail.raw for mail in mails if mail.raw]
    transaction.on_commit(lambda: quarantine.remove_parts(names), robust=True)


def forget_old() -> int:
    """For the worker, hourly: mails of 30 days ago go, decided or not; how many. What waits to be read stays, and so do
    the mails of reports under legal hold.
    """
    old = InboundEmail.objects.filter(received_at__lt=timezone.now() - KEPT).exclude(state=State.NEW)
    old = old.exclude(report__legal_hold=True)
    with transaction.atomic():
        expired = list(old.exclude(raw="")[:BATCH])
        forget(expired)
        # What the mail server does not give out stays noted for as long as it lies there.
        old.filter(state__in=UNDECIDED).exclude(reason=Reason.UNFETCHABLE).update(
            state=State.DISCARDED, reason=Reason.EXPIRED
        )
    return len(expired)
