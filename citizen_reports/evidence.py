"""What was found out about a report, question by question: a log of evidence that only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext

from citizen_reports import handling
from citizen_reports.models.inbox import Aspect, Finding, VerificationCheck
from citizen_reports.models.reports import Report, ReportEvent

if TYPE_CHECKING:
    from accounts.models import User


class Line(NamedTuple):
    """One question of the checklist: what stands now (None: nobody has looked), and what stood before."""

    aspect: Aspect
    latest: VerificationCheck | None
    earlier: list[VerificationCheck]


@transaction.atomic
def check(number: Any, *, actor: User, aspect: str, finding: str, evidence: str) -> VerificationCheck:
    """Adds a finding with its evidence (what was compared, who was asked, an address). Raises `HandlingRefused`."""
    handling.need(actor, "change_report")
    if aspect not in Aspect.values or finding not in Finding.values:
        raise handling.HandlingRefused(gettext("Choose a question and what you found."))
    if not evidence.strip():
        raise handling.HandlingRefused(gettext("Write down how you know: colleagues and readers may ask."))
    report = handling.hold(number, actor)
    made = VerificationCheck.objects.create(
        report=report, aspect=aspect, finding=finding, evidence=evidence.strip(), by=actor
    )
    Report.objects.filter(pk=report.pk).update(**handling.activity(report))
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.CHECKED, aspect=aspect, finding=finding)
    return made


def checklist(report: Report) -> list[Line]:
    """All questions in their order; one query."""
    found: dict[str, list[VerificationCheck]] = {}
    for each in report.checks.select_related("by"):
        found.setdefault(each.aspect, []).append(each)
    return [Line(aspect, *_split(found.get(aspect, []))) for aspect in Aspect]


def _split(rows: list[VerificationCheck]) -> tuple[VerificationCheck | None, list[VerificationCheck]]:
    return (rows[0], rows[1:]) if rows else (None, [])
