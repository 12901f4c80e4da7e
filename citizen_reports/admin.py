"""The inbox: reports as the desk works on them. Nothing here is a model form; every button is a verb of `handling`."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.confirming import ask
from citizen_reports import handling
from citizen_reports.desk_files import original_response, safe_copy_response
from citizen_reports.models.intake import IntakeForm
from citizen_reports.models.people import WitnessIdentity
from citizen_reports.models.reports import Report, ReportEvent, ReportState, ReportStory, Verification


class InboxFilter(admin.SimpleListFilter):
    """What is open comes first; everything else is a click away."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((state.value, state.label) for state in ReportState), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Open"),
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() is None:
            return queryset.filter(state__in=handling.OPEN_STATES)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    list_display = (
        "reference",
        "heading",
        "state",
        "verification",
        "files",
        "waits",
        "assigned_to",
        "last_activity",
    )
    list_filter = (InboxFilter, "kind", "verification", "language")
    list_select_related = ("assigned_to",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("reference",)
    search_help_text = _("Search by reference, for example CR-7K2M-9Q.")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).annotate(file_count=Count("attachments"))

    @admin.display(description=_("what it is about"))
    def heading(self, report: Report) -> str:
        return (report.title.open() if report.title else report.body.open() if report.body else "—")[:80]

    @admin.display(description=_("files"), ordering="file_count")
    def files(self, report: Report) -> int:
        return int(report.file_count)  # type: ignore[attr-defined]

    @admin.display(description=_("witness waits"), boolean=True, ordering="witness_waits")
    def waits(self, report: Report) -> bool:
        return report.witness_waits

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False  # the purge at the end of its time is the only way

    def has_view_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return bool(request.user.has_perm("citizen_reports.view_report"))

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return bool(request.user.has_perm("citizen_reports.change_report"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("<uuid:number>/do/<slug:verb>/", guarded(self.do), name="citizen_reports_report_do"),
            path(
                "<uuid:number>/files/<int:file>/safe/", guarded(self.safe_copy), name="citizen_reports_report_safe_copy"
            ),
            path(
                "<uuid:number>/files/<int:file>/original/",
                guarded(self.original),
                name="citizen_reports_report_original",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        report = self.get_object(request, object_id)
        if report is None:
            raise Http404
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        return self.page(request, report)

    def page(self, request: HttpRequest, report: Report, *, status: int = 200, **extra: Any) -> HttpResponse:
        """The report with all that may be done with it; `extra` carries what was typed when a verb was refused."""
        can_change = self.has_change_permission(request, report)
        consent = handling.consent_in_force(report)
        used = ReportStory.objects.select_related("article").filter(report=report).first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Report %(reference)s") % {"reference": report.reference},
            "report": report,
            "consent": consent,
            # Whether a name would be printed; which one, only a story or a chief's look tells.
            "prints_name": bool(consent and handling.credit_line(report, consent)),
            "used": used,
            "thread": report.messages.select_related("author").prefetch_related("attachments"),
            "files": report.attachments.all(),
            "moves": [(to, ReportState(to).label) for to in ReportState.values if to in handling.MOVES[report.state]]
            if can_change
            else [],
            "verifications": Verification.choices,
            "events": ReportEvent.objects.filter(report=report.pk).select_related("actor")[:100],
            "can_change": can_change,
            "can_verify": request.user.has_perm("citizen_reports.verify_report"),
            "can_see_originals": request.user.has_perm("citizen_reports.view_original"),
            "can_see_identity": request.user.has_perm("citizen_reports.view_identity"),
            "typed": request.POST,
            **extra,
        }
        return TemplateResponse(request, "admin/citizen_reports/report/page.html", context, status=status)

    def do(self, request: HttpRequest, number: Any, verb: str) -> HttpResponse:
        """One verb by POST. A refusal shows the page again with its reason and with what was typed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = get_object_or_404(Report, pk=number)
        if verb == "identity" and request.user.has_perm("citizen_reports.view_identity") and (who := ask(request)):
            return who
        given = request.POST
        actor: Any = request.user
        try:
            if verb == "move":
                handling.move(number, actor=actor, to=given.get("to", ""), reason=given.get("reason", ""))
            elif verb == "judge":
                handling.judge(
                    number, actor=actor, verification=given.get("verification", ""), reason=given.get("reason", "")
                )
            elif verb == "take":
                handling.take(number, actor=actor)
            elif verb in ("answer", "note"):
                handling.answer(number, actor=actor, text=given.get("text", ""), internal=verb == "note")
            elif verb == "identity":
                found = handling.look_at_identity(number, actor=actor, reason=given.get("reason", ""))
                words = {field.name: field.verbose_name for field in WitnessIdentity._meta.concrete_fields}
                labelled = [(words[name], value) for name, value in found.items()]
                return self.page(request, report, identity=labelled, looked=True)
            elif verb == "story":
                article = handling.make_story(number, actor=actor, credit_checked="credit_checked" in given)
                messages.success(request, gettext("The draft is made. The report and its story know of each other."))
                return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))
            else:
                raise Http404
        except handling.HandlingRefused as refusal:
            report.refresh_from_db()
            return self.page(request, report, status=409, refusal=str(refusal), refused=verb)
        messages.success(request, gettext("Done."))
        return HttpResponseRedirect(reverse("admin:citizen_reports_report_change", args=[number]))

    def safe_copy(self, request: HttpRequest, number: Any, file: int) -> HttpResponse:
        """The derivative of a picture: fresh pixels, no metadata."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return safe_copy_response(get_object_or_404(Report, pk=number).attachments.filter(pk=file))

    def original(self, request: HttpRequest, number: Any, file: int) -> HttpResponseBase:
        """The original as a download, never shown: for whoever verifies, by POST. Each one is an event."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("citizen_reports.view_original"):
            raise PermissionDenied
        report = get_object_or_404(Report, pk=number)
        return original_response(report, report.attachments.filter(pk=file), actor=request.user)


@admin.register(IntakeForm)
class IntakeFormAdmin(AuditedAdmin):
    list_display = ("title", "slug", "is_open", "retention_days")
    prepopulated_fields = {"slug": ("title",)}
    exclude = ("consent_version",)
