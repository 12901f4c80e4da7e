"""How long a report is kept: its form's days from the last activity, and as much longer as somebody said and why.

At 14, 7 and 1 days before the end the desk is told (`keeping.warn`); the end itself is `purge`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from citizen_reports.models.intake import IntakeForm
from citizen_reports.models.reports import Report

WARNINGS = (14, 7, 1)  # days before the end
SOON = timedelta(days=WARNINGS[0])


def next_warning(end: datetime, now: datetime) -> datetime | None:
    """When the desk is told next that a report ends then; None when no warning is left."""
    moments = (end - timedelta(days=days) for days in WARNINGS)
    return min((moment for moment in moments if moment > now), default=None)


def first(intake: IntakeForm, at: datetime) -> dict[str, Any]:
    """Columns of a report that comes by this form then."""
    end = at + timedelta(days=intake.retention_days)
    return {"expires_at": end, "warn_at": next_warning(end, at)}


def lasting(report: Report, at: datetime) -> dict[str, Any]:
    """The same for an update, when something happens to a report then: never shorter than it was to be kept."""
    end = at + timedelta(days=report.form.retention_days)
    # In the database, since who reads the row may read it before somebody keeps it longer.
    later = Greatest(Value(end), Coalesce("keep_until", Value(end)))
    return {"expires_at": later, "warn_at": next_warning(end, at)}


def ends(report: Report) -> str:
    """In words, for the desk: "ends in 6 days", the day when that is far off, or that it is on hold."""
    if report.legal_hold:
        return gettext("legal hold")
    if report.purged_at:
        return ""
    here, now = timezone.localtime(report.expires_at), timezone.localtime()
    if report.expires_at - now > SOON:
        return gettext("kept until %(day)s") % {"day": date_format(here, "SHORT_DATE_FORMAT")}
    days = (here.date() - now.date()).days
    if days < 1:
        return gettext("ends today")
    return ngettext("ends in %(days)s day", "ends in %(days)s days", days) % {"days": days}


def is_ending(report: Report) -> bool:
    """Within two weeks, and on no hold."""
    return not (report.legal_hold or report.purged_at) and report.expires_at - timezone.now() <= SOON
