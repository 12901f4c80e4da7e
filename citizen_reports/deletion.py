"""A witness wishes that all of their report be gone now: whoever decides how long reports are kept does it, or says in
the conversation why not. The witness's own part is `intake.ask_deletion`. Refusals are `HandlingRefused`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from citizen_reports import consent_alarms, handling, intake, purge, sorting
from citizen_reports.models.reports import Message, Report, ReportEvent

if TYPE_CHECKING:
    from accounts.models import User

Did = ReportEvent.Verb


def in_the_way(report: Report) -> str:
    """Why it cannot be deleted now, with what to do; "" when it can."""
    if report.legal_hold:
        return gettext("It is under legal hold: nothing of it may be deleted until somebody lifts the hold.")
    if shown := consent_alarms.shown_by_consent(report):
        return gettext(
            "Readers see its pictures, as the witness allowed: %(stories)s. Take them out and publish the changes"
            " first. If the witness takes back their permission, it can be deleted at once."
        ) % {"stories": ", ".join(f"“{story.headline}”" for story in shown)}
    return ""


@transaction.atomic
def carry_out(number: Any, *, actor: User, reason: str, reference: str) -> Report:
    """Purges one report before its time, for good; `reference` is its own, typed, so that it is this one.

    The same goes and the same stays as at the end of its time (`purge.take`); besides, the witness's name goes from
    drafts and from pictures that no reader sees, as when they have their contact data deleted.
    """
    handling.need(actor, "verify_report")
    intake.take_stories(number)
    report = handling.hold(number, actor)
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say why. The reason is kept, and shown with the report."))
    if sorting.reference_of(reference) != report.reference:
        raise handling.HandlingRefused(
            gettext("Type %(reference)s, to be sure that it is this one") % {"reference": report.reference}
        )
    if problem := in_the_way(report):
        raise handling.HandlingRefused(problem)
    intake.take_off_name(report)
    purge.take(
        report, Report.objects.all(), at=timezone.now(), verb=Did.PURGED_EARLY, actor=actor, reason=reason.strip()
    )
    record(actor=actor, verb=gettext_noop("report deleted early"), thing=report, reason=reason.strip())
    transaction.on_commit(purge.empty_log, robust=True)
    return report


@transaction.atomic
def decline(number: Any, *, actor: User, text: str) -> Message:
    """Tells the witness why their report is not deleted, or not yet; they may ask again."""
    handling.need(actor, "verify_report")
    report = handling.hold(number, actor)
    if report.deletion_asked_at is None:
        raise handling.HandlingRefused(gettext("The witness does not ask for it, or was answered meanwhile."))
    message = handling.answer(number, actor=actor, text=text)
    Report.objects.filter(pk=report.pk).update(deletion_asked_at=None)
    handling.note_event(report, actor=actor, verb=Did.DELETION_DECLINED)
    record(actor=actor, verb=gettext_noop("deletion declined"), thing=report)
    return message
