"""The desk's verbs on mails that were held: each leaves an audit row; refusals are `HandlingRefused` with words.

What it decides the worker carries out within seconds, since only the worker takes mails apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from citizen_reports import desks, receipts
from citizen_reports.handling import HandlingRefused, note_event
from citizen_reports.mail import receiving
from citizen_reports.mail.working import MESSAGE, REPORT
from citizen_reports.models import FileScan, InboundEmail, ReportEvent
from citizen_reports.models.mail import UNDECIDED
from citizen_reports.models.reports import ReportState

if TYPE_CHECKING:
    from accounts.models import User

State, Reason = InboundEmail.State, InboundEmail.Reason
_PERMISSION = "citizen_reports.change_inboundemail"


def seen_by(user: User) -> QuerySet[InboundEmail]:
    """Mails that the person may see: those of reports that they may see, and of no report."""
    return InboundEmail.objects.filter(Q(report=None) | Q(report__in=desks.seen_by(user)))


@transaction.atomic
def let_in(number: int, *, actor: User) -> InboundEmail:
    """It becomes a report, whatever held it; one that nobody can read becomes a report with the mail as its file."""
    mail = _hold(number, actor)
    if not can_let_in(mail):
        raise _moved_on()
    return _wish(mail, actor, REPORT)


@transaction.atomic
def attach(number: int, *, actor: User) -> InboundEmail:
    """It becomes a message of the report that it claims to belong to."""
    mail = _hold(number, actor)
    if mail.report is None or not can_attach(mail):
        raise _moved_on()
    note_event(mail.report, actor=actor, verb=ReportEvent.Verb.MAIL_LET_IN, mail=mail.pk)
    return _wish(mail, actor, MESSAGE)


@transaction.atomic
def discard(number: int, *, actor: User) -> InboundEmail:
    """It is set aside. Until its 30 days are over it can still be let in."""
    mail = _hold(number, actor)
    if mail.state not in UNDECIDED:
        raise _moved_on()
    InboundEmail.objects.filter(pk=mail.pk).update(state=State.DISCARDED, reason=Reason.DESK)
    record(actor=actor, verb=gettext_noop("set aside"), thing=mail)
    return mail


@transaction.atomic
def fetch_again(number: int, *, actor: User) -> InboundEmail:
    """What the mail server did not give out is asked for once more: its row goes, and comes anew."""
    mail = _hold(number, actor)
    if not can_fetch_again(mail):
        raise _moved_on()
    record(actor=actor, verb=gettext_noop("fetched again"), thing=mail)
    mail.delete()
    return mail


@transaction.atomic
def look_at_sender(number: int, *, actor: User, reason: str) -> str:
    """The address that the mail gives as its sender's. Each look stands in the audit with its reason."""
    _need_to_know(actor, reason)
    mail = _found(seen_by(actor), number)
    record(actor=actor, verb=gettext_noop("looked at the sender"), thing=mail, reason=reason.strip())
    return mail.sender.open() if mail.sender else ""


def download(number: int, *, actor: User, reason: str) -> bytes:
    """The mail as it came, for whoever may see originals and senders; each download stands in the audit.

    Raises `Unsealable` or ``OSError`` when it is gone.
    """
    if not actor.has_perm("citizen_reports.view_original"):
        raise HandlingRefused(gettext("Your role does not allow this. Ask an editor."))
    _need_to_know(actor, reason)
    mail = _found(seen_by(actor), number)
    if FileScan.objects.filter(
        attachment__token_lookup=receipts.token_lookup(mail.raw_hash), state=FileScan.State.INFECTED
    ).exists():
        raise HandlingRefused(gettext("A file in this mail is infected: the mail is not given out."))
    raw = receiving.bytes_of(mail)  # in no transaction: the store may be far
    record(actor=actor, verb=gettext_noop("downloaded the mail"), thing=mail, reason=reason.strip())
    return raw


def can_let_in(mail: InboundEmail) -> bool:
    return bool(mail.raw) and mail.state in (State.HELD, State.FAILED, State.DISCARDED, State.DUPLICATE)


def can_attach(mail: InboundEmail) -> bool:
    report = mail.report
    is_open = report is not None and report.state != ReportState.PURGED
    return can_let_in(mail) and is_open and mail.reason == Reason.OTHER_SENDER


def can_fetch_again(mail: InboundEmail) -> bool:
    return mail.state == State.FAILED and mail.reason == Reason.UNFETCHABLE


def _hold(number: int, actor: User) -> InboundEmail:
    if not actor.has_perm(_PERMISSION):
        raise HandlingRefused(gettext("Your role does not allow this. Ask an editor."))
    return _found(seen_by(actor).select_for_update(), number)


def _found(mails: QuerySet[InboundEmail], number: int) -> InboundEmail:
    mail = mails.filter(pk=number).first()
    if mail is None:
        raise HandlingRefused(gettext("Another desk has this report. Ask somebody there."))
    return mail


def _need_to_know(actor: User, reason: str) -> None:
    if not actor.has_perm("citizen_reports.view_identity"):
        raise HandlingRefused(gettext("Your role does not allow this. Ask a chief editor."))
    if not reason.strip():
        raise HandlingRefused(gettext("Say why you need to know who this is. The reason is kept."))


def _wish(mail: InboundEmail, actor: User, wanted: str) -> InboundEmail:
    InboundEmail.objects.filter(pk=mail.pk).update(
        state=State.NEW, wanted=wanted, attempts=0, due_at=timezone.now(), lease_until=None, is_announced=False
    )
    record(actor=actor, verb=gettext_noop("let in"), thing=mail, as_what=wanted)
    return mail


def _moved_on() -> HandlingRefused:
    return HandlingRefused(gettext("This mail has moved on meanwhile. Load the page again."))
