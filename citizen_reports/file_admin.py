"""The addresses of a report's files at the desk: clean copies, posters, originals, and the page to blur a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from citizen_reports import copies
from citizen_reports.desk_files import copy_response, original_response, poster_response
from citizen_reports.handling import HandlingRefused
from citizen_reports.models.reports import Report
from images.forms import BlurredField


class BlurForm(forms.Form):
    """Parts of a picture, drawn or written; and which copy they were marked on."""

    blurred_parts = BlurredField(
        label=_("Parts to blur"),
        help_text=_("A line for each: left, top, right and bottom edge in per cent, such as “40 10 55 30”."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 30, "dir": "ltr"}),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ReportFiles(admin.ModelAdmin):
    """What `ReportAdmin` has of files."""

    page: Callable[..., HttpResponse]  # a report's, with what is said on it

    def get_urls(self) -> list[URLPattern]:
        def at(verb: str, view: Any) -> URLPattern:
            name = f"citizen_reports_report_{verb.replace('safe', 'safe_copy')}"
            return path(f"<uuid:number>/files/<int:file>/{verb}/", self.admin_site.admin_view(view), name=name)

        return [
            at("safe", self.safe_copy),
            at("poster", self.poster),
            at("original", self.original),
            at("blur", self.blur),
            at("anew", self.make_anew),
            *super().get_urls(),
        ]

    def safe_copy(self, request: HttpRequest, number: Any, file: int) -> HttpResponseBase:
        """The clean copy: of a picture fresh pixels, of film and sound the streams alone; in parts for players."""
        return copy_response(request, self._seen(request, number).attachments.filter(pk=file))

    def poster(self, request: HttpRequest, number: Any, file: int) -> HttpResponse:
        """A frame of a film."""
        return poster_response(self._seen(request, number).attachments.filter(pk=file))

    def original(self, request: HttpRequest, number: Any, file: int) -> HttpResponseBase:
        """The original as a download, never shown: for whoever verifies, by POST. Each one is an event."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("citizen_reports.view_original"):
            raise PermissionDenied
        report = self._seen(request, number)
        try:
            return original_response(report, report.attachments.filter(pk=file), actor=request.user)
        except HandlingRefused as refusal:
            return self.page(request, report, status=409, refusal=str(refusal))

    def make_anew(self, request: HttpRequest, number: Any, file: int) -> HttpResponse:
        """The clean copy once more from the original, by POST: for whoever may see originals."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("citizen_reports.view_original"):
            raise PermissionDenied
        report = self._seen(request, number)
        if not report.attachments.filter(pk=file).exists():
            raise Http404
        try:
            copies.make_anew(report.pk, file, actor=cast(User, request.user))
        except HandlingRefused as refusal:
            return self.page(request, report, status=409, refusal=str(refusal))
        messages.success(request, gettext("The copy is being made anew: load the page again in a moment."))
        return self._back(report)

    def blur(self, request: HttpRequest, number: Any, file: int) -> HttpResponse:
        """The page to mark parts of a picture; sent, the copy is replaced by one that hides them."""
        if not request.user.has_perm("citizen_reports.change_report"):
            raise PermissionDenied
        report = self._seen(request, number)
        attachment = get_object_or_404(report.attachments.all(), pk=file)
        if not copies.can_blur(attachment):
            raise Http404
        form, refusal = BlurForm(request.POST or None, initial={"seen": attachment.derivative}), ""
        if request.method == "POST" and form.is_valid():
            marked = form.cleaned_data
            try:
                copies.blur_parts(
                    report.pk, file, actor=cast(User, request.user), parts=marked["blurred_parts"], seen=marked["seen"]
                )
            except HandlingRefused as refused:
                refusal = str(refused)
            else:
                messages.success(request, gettext("Blurred. The copy without is gone."))
                return self._back(report)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Blur a picture of report %(reference)s") % {"reference": report.reference},
            "report": report,
            "file": attachment,
            "form": form,
            "refusal": refusal,
        }
        status = 409 if refusal else 200
        return TemplateResponse(request, "admin/citizen_reports/report/blur.html", context, status=status)

    def _seen(self, request: HttpRequest, number: Any) -> Report:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return cast(Report, get_object_or_404(self.get_queryset(request), pk=number))

    def _back(self, report: Report) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:citizen_reports_report_change", args=[report.pk]) + "#r-files")
