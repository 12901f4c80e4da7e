"""Desks: a report belongs to a section or to none, and whoever works in certain sections sees the reports of those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from citizen_reports.models.reports import Report

if TYPE_CHECKING:
    from accounts.models import User


def seen_by(user: User) -> QuerySet[Report]:
    """Reports that the person may see: of their sections and what is below them, of no section, and given to them."""
    limits = list(user.section_limits.values_list("section", flat=True))
    if not limits:
        return Report.objects.all()
    theirs = Q(section__in=limits) | Q(section__parent__in=limits)
    return Report.objects.filter(theirs | Q(section=None) | Q(assigned_to=user))
