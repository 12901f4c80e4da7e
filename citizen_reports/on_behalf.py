"""What the desk writes down for a witness who came by mail and has no page of their own: consent, and their wish to be
forgotten. Refusals are `HandlingRefused`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from citizen_reports import consent_alarms, handling, intake
from citizen_reports.mail import letters, receiving
from citizen_reports.models.mail import UNDECIDED, InboundEmail
from citizen_reports.models.people import Consent, Credit, WitnessIdentity
from citizen_reports.models.reports import Report, ReportEvent

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def note_consent(
    number: Any, *, actor: User, publish_text: bool, publish_media: bool, credit: str, credit_name: str, reason: str
) -> Consent:
    """Writes down what a witness who came by mail has allowed in a message; it takes the place of what stood before.
    Drafts and pictures lose a name that may be printed no more.

    A name to print is taken from `credit_name`, as they wrote it; without one the credit is anonymous.
    """
    handling.need(actor, "verify_report")
    if not (publish_text or publish_media):
        raise handling.HandlingRefused(gettext("Tick what the witness allows."))
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say in which message they allow it: somebody may ask."))
    if credit not in Credit.values or (credit != Credit.ANONYMOUS and not credit_name.strip()):
        raise handling.HandlingRefused(gettext("Write the name that may be printed, or choose “No name”."))
    intake.take_stories(number)
    report = _of_mail(number, actor)
    if credit != Credit.ANONYMOUS:
        name = {"credit_name" if credit == Credit.PSEUDONYM else "name": credit_name.strip()[:160]}
        WitnessIdentity.objects.update_or_create(report=report, defaults=name)
    now = timezone.now()
    report.consents.filter(withdrawn_at=None).update(withdrawn_at=now)
    consent = Consent.objects.create(
        report=report, text_version="mail", publish_text=publish_text, publish_media=publish_media, credit=credit,
        granted_at=now,
    )  # fmt: skip
    intake.take_off_name(report, but=handling.credit_line(report, consent))
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.CONSENT_NOTED, reason=reason.strip())
    consent_alarms.follow(report, at=now)
    return consent


@transaction.atomic
def withdraw_consent(number: Any, *, actor: User, reason: str) -> None:
    """Writes down that a witness who came by mail took back what they had allowed; as on the receipt page."""
    handling.need(actor, "change_report")
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say in which message they take it back: somebody may ask."))
    report = _of_mail(number, actor)
    now = timezone.now()
    if not report.consents.filter(withdrawn_at=None).update(withdrawn_at=now):
        raise handling.HandlingRefused(gettext("Nothing is allowed that could be taken back."))
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.CONSENT_WITHDRAWN, reason=reason.strip())
    consent_alarms.follow(report, at=now)


@transaction.atomic
def remove_contact(number: Any, *, actor: User, reason: str) -> None:
    """Name, addresses and the mails themselves go, as the witness wished in a mail; nobody can write to them again.

    Refused under legal hold, which keeps mails and names too.
    """
    handling.need(actor, "verify_report")
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say in which message they wish it, without naming them."))
    intake.take_stories(number)
    report = _of_mail(number, actor)
    if report.legal_hold:
        raise handling.HandlingRefused(gettext("Nothing of it is purged until the hold is lifted."))
    at = timezone.now().replace(minute=0, second=0, microsecond=0)
    if not intake.delete_contact(report, at=at):
        raise handling.HandlingRefused(gettext("Nothing is kept of who this witness is."))
    # What waits for the desk is of others, and only claims to belong to it.
    receiving.forget(list(report.mails.exclude(state__in=(InboundEmail.State.NEW, *UNDECIDED))))
    letters.forget(report)
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.CONTACT_REMOVED, reason=reason.strip())
    record(actor=actor, verb=gettext_noop("witness’s contact deleted"), thing=report, note=reason.strip())


def _of_mail(number: Any, actor: User) -> Report:
    report = handling.hold(number, actor)
    if report.channel != "email":
        raise handling.HandlingRefused(gettext("This witness has the form, and settles that there themselves."))
    return report
