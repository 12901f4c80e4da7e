"""The page that asks before a report is deleted for good: what goes, what stays, why."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.confirming import ask
from accounts.models import User
from citizen_reports import deletion, handling, stories, story_admin
from citizen_reports.models.stories import LibraryCopy


@require_http_methods(["GET", "HEAD", "POST"])
def delete_now(request: HttpRequest, number: UUID) -> HttpResponse:
    """Asks whoever decides how long reports are kept, who they are and why; then everything of the report goes."""
    report, given = story_admin.report_of(request, number), request.POST
    if not request.user.has_perm("citizen_reports.verify_report"):
        raise PermissionDenied
    if report.purged_at:
        raise Http404
    if who := ask(request):
        return who
    refusal = ""
    if request.method == "POST":
        try:
            deletion.carry_out(
                number, actor=cast(User, request.user), reason=given.get("reason", ""),
                reference=given.get("reference", ""),
            )  # fmt: skip
        except handling.HandlingRefused as problem:
            refusal = str(problem)
        else:
            messages.success(request, gettext("%(reference)s: done.") % {"reference": report.reference})
            return HttpResponseRedirect(reverse("admin:citizen_reports_report_change", args=[report.pk]))
    in_the_way = deletion.in_the_way(report)
    return story_admin.page(
        request, "delete", report, title=gettext("Delete everything of it now"), in_the_way=in_the_way,
        refusal="" if refusal == in_the_way else refusal, status=409 if refusal else 200,
        copies=LibraryCopy.objects.filter(report=report).select_related("picture", "video"),
        links=stories.of(report), typed=given,
    )  # fmt: skip
