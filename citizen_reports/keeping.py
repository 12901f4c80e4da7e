"""How the desk keeps a report longer than its time, and hears in time that it ends.

The verbs are for verifiers, need a reason, and leave an event and an audit row; refusals are `HandlingRefused`.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from accounts import notices
from accounts.models import User
from accounts.models.audit import record
from citizen_reports import handling, intake, sorting
from citizen_reports.models.reports import Report, ReportEvent, ReportState
from citizen_reports.retention import SOON, next_warning

LONGEST = timedelta(days=2 * 366)
AFTER_HOLD = timedelta(days=7)  # at least: for whoever still needs it
IN_TURN, TURNS = 200, 50
EACH = 3  # more than these at once are one notice
WITHIN = {
    14: gettext_noop("Report %(reference)s is purged within two weeks: use it, or keep it longer."),
    7: gettext_noop("Report %(reference)s is purged within a week: use it, or keep it longer."),
    1: gettext_noop("Report %(reference)s is purged within a day: use it now, or keep it longer."),
}
MANY = gettext_noop("%(count)s reports are purged within two weeks: use them, or keep them longer.")
Did = ReportEvent.Verb


@transaction.atomic
def keep_longer(number: Any, *, actor: User, until: date | None, reason: str) -> Report:
    """Keeps a report to the end of that day at least, whatever happens to it. Again with another day changes it."""
    handling.need(actor, "verify_report")
    report = handling.hold(number, actor)
    now = timezone.now()
    own = report.last_activity + timedelta(days=report.form.retention_days)
    end = timezone.make_aware(datetime.combine(until, time(23, 59))) if until and until.year < 9999 else None
    if end is None or end <= max(own, now):
        day = date_format(timezone.localtime(max(own, now)), "DATE_FORMAT")
        raise handling.HandlingRefused(gettext("It is kept until %(day)s anyway. Choose a later day.") % {"day": day})
    if end > now + LONGEST:
        raise handling.HandlingRefused(gettext("Two years at most. Then look again whether it is still needed."))
    _need_reason(reason)
    values = {"keep_until": end, "expires_at": end, "warn_at": next_warning(end, now)}
    Report.objects.filter(pk=report.pk).update(**values)
    _note(report, actor, Did.KEPT_LONGER, gettext_noop("kept longer"), reason, until=until.isoformat() if until else "")
    return report


@transaction.atomic
def put_on_hold(number: Any, *, actor: User, reason: str) -> Report:
    """Nothing of the report is purged until somebody lifts the hold, neither its files nor its mails."""
    handling.need(actor, "verify_report")
    report = handling.hold(number, actor)
    _need_reason(reason)
    if report.legal_hold:
        raise handling.HandlingRefused(gettext("It is under legal hold already."))
    Report.objects.filter(pk=report.pk).update(
        legal_hold=True, hold_since=timezone.now(), hold_by=actor, hold_reason=reason.strip()[:300]
    )
    _note(report, actor, Did.PUT_ON_HOLD, gettext_noop("put under legal hold"), reason)
    return report


@transaction.atomic
def lift_hold(number: Any, *, actor: User, reason: str) -> Report:
    """The report's time runs again, and ends in a week at the earliest. Contact data that the witness had deleted
    meanwhile go now."""
    handling.need(actor, "verify_report")
    intake.take_stories(number)
    report = handling.hold(number, actor)
    _need_reason(reason)
    if not report.legal_hold:
        raise handling.HandlingRefused(gettext("It is under no legal hold."))
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    if intake.contact_waits(report) and intake.delete_contact(report, at=hour):
        handling.note_event(report, actor=actor, verb=Did.CONTACT_REMOVED)
        record(actor=actor, verb=gettext_noop("witness’s contact deleted"), thing=report)
    end = max(report.expires_at, now + AFTER_HOLD)
    Report.objects.filter(pk=report.pk).update(
        legal_hold=False, hold_since=None, hold_by=None, hold_reason="", expires_at=end, warn_at=next_warning(end, now)
    )
    _note(report, actor, Did.HOLD_LIFTED, gettext_noop("legal hold lifted"), reason)
    return report


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say why. The reason is kept, and shown with the report."))


def _note(report: Report, actor: User, verb: ReportEvent.Verb, said: str, reason: str, **detail: str) -> None:
    handling.note_event(report, actor=actor, verb=verb, reason=reason.strip(), **detail)
    record(actor=actor, verb=said, thing=report, reason=reason.strip(), **detail)


def warn() -> int:
    """For the worker, hourly: whoever has a report and the editors of its desk hear that it ends; of how many.

    Each warning is given once, by one worker. A worker that was away gives the latest alone, and none of what is over.
    """
    told = 0
    for _turn in range(TURNS):
        looked_at, warned = _warn()
        told += warned
        if looked_at < IN_TURN:
            break
    return told


@transaction.atomic
def _warn() -> tuple[int, int]:
    now = timezone.now()
    due = Report.objects.filter(warn_at__lte=now, purged_at=None)
    found = list(due.select_related("section__parent", "assigned_to").order_by("warn_at", "pk")[:IN_TURN])
    ending = [report for report in found if _is_told(report, now)]
    for_each: dict[User, list[Report]] = {}
    for report in ending:
        for person in {*sorting.editors_of(report), *filter(None, [report.assigned_to])}:
            for_each.setdefault(person, []).append(report)
    for person, reports in for_each.items():
        if len(reports) > EACH:
            address = f"{reverse('admin:citizen_reports_report_changelist')}?state=all&ends=14"
            notices.tell([person], MANY, address, count=len(reports))
            continue
        for report in reports:
            left = (report.expires_at - now).total_seconds() / 86400
            sorting.tell([person], next(WITHIN[days] for days in sorted(WITHIN) if left <= days), report)
    return len(found), len(ending)


def _is_told(report: Report, now: datetime) -> bool:
    """This worker takes the warning that is due, and it is one to give."""
    this_one = Report.objects.filter(pk=report.pk, warn_at=report.warn_at, expires_at=report.expires_at)
    is_mine = this_one.update(warn_at=next_warning(report.expires_at, now))
    quiet = report.legal_hold or report.state == ReportState.SPAM
    return bool(is_mine) and not quiet and now < report.expires_at <= now + SOON
