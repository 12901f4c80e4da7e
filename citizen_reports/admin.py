"""The inbox: reports as the desk works on them. Nothing here is a model form; every button is one of `inbox_verbs`."""

import secrets
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import BoundedLists
from accounts.confirming import ask
from accounts.models import User
from articles.models.places import Section
from articles.models.site import SiteSettings
from citizen_reports import blocking, desk_files, desks, evidence, handling, likeness, retention, sorting, story_admin
from citizen_reports.deletion_admin import delete_now
from citizen_reports.file_admin import ReportFiles
from citizen_reports.form_admin import IntakeFormAdmin  # noqa: F401  # registers itself
from citizen_reports.inbox_admin import BlockRuleAdmin, CannedAnswerAdmin  # noqa: F401  # register themselves
from citizen_reports.inbox_filters import DeskFilter, Ends, InboxFilter, Kinds, Spoken, Whose
from citizen_reports.inbox_verbs import VERBS
from citizen_reports.mail import letters
from citizen_reports.mail_admin import InboundEmailAdmin  # noqa: F401  # registers itself
from citizen_reports.models.files import Attachment
from citizen_reports.models.inbox import CannedAnswer, Finding
from citizen_reports.models.people import Credit, WitnessIdentity
from citizen_reports.models.reports import Priority, Report, ReportEvent, ReportState, Verification
from citizen_reports.questions import answers_in
from safeguards.numbers import whole


def sorting_of(report: Report, user: User) -> dict[str, Any]:
    """What the page needs for going through the inbox, for evidence and for likenesses."""
    before, after = sorting.neighbours(report, user)
    alike = {each.number: each for each in likeness.alike(report)}
    others = desks.seen_by(user).filter(pk__in=alike)
    return {
        "before": before,
        "after": after,
        "alike": sorted(((other, alike[other.pk]) for other in others), key=lambda pair: -pair[1].share),
        "reasons": blocking.reasons_of(report),
        "checklist": evidence.checklist(report),
        "findings": Finding.choices,
        "priorities": Priority.choices,
        "standing": sorting.standing(report),
        "sections": Section.objects.select_related("parent").order_by("path"),
        "people": User.objects.filter(is_active=True, role__in=sorting.HANDLERS).order_by("display_name", "email"),
        "canned": CannedAnswer.objects.filter(language__in=[report.language, SiteSettings.load().language]),
    }


@admin.register(Report)
class ReportAdmin(BoundedLists, ReportFiles):
    list_display = ("reference", "heading", "standing", "whom", "activity")
    list_filter = (
        InboxFilter, Whose, Ends, ("section", DeskFilter), ("priority", Kinds), ("verification", Kinds),
        ("kind", Kinds), ("channel", Kinds), Spoken,
    )  # fmt: skip
    # Of 100,000 reports a page reads as many as it shows: nothing is counted whole or put in an order without an index.
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ("activity",)
    list_select_related = ("assigned_to", "section__parent")
    change_list_template = "admin/citizen_reports/report/list.html"
    search_fields = ("reference",)
    search_help_text = _("Search by reference, for example CR-7K2M-9Q.")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        files = Attachment.objects.filter(report=OuterRef("pk")).values("report").annotate(count=Count("pk"))
        seen = desks.seen_by(cast(User, request.user))
        return seen.annotate(file_count=Coalesce(Subquery(files.values("count")), 0))

    @admin.display(description=_("what it is about"))
    def heading(self, report: Report) -> str:
        told = (report.title.told() if report.title else report.body.told() if report.body else "—")[:80]
        files = report.file_count  # type: ignore[attr-defined]
        counted = ngettext("%(count)s file", "%(count)s files", files) % {"count": files} if files else ""
        return format_html('<bdi>{}</bdi> <span class="quiet">{}</span>', told, counted)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        seen = desks.seen_by(cast(User, request.user)).order_by()
        counted = {
            "held": seen.filter(legal_hold=True)[:1000].count(),
            "unwished": seen.filter(deletion_asked_at__isnull=False)[:1000].count(),
        }
        return super().changelist_view(request, {**counted, **(extra_context or {})})

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("expires_at", "pk") if request.GET.get("ends") else ("-last_activity", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Report], search_term: str
    ) -> tuple[QuerySet[Report], bool]:
        """A whole reference, however it was typed: ``cr 7k2m 9q`` is CR-7K2M-9Q."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(reference=sorting.reference_of(search_term)), False

    @admin.display(description=_("state"))
    def standing(self, report: Report) -> str:
        marks = [format_html('<span class="state report-{}">{}</span>', report.state, report.get_state_display())]
        if report.priority != Priority.NORMAL:
            priority = gettext("priority: %(priority)s") % {"priority": report.get_priority_display()}
            marks.append(format_html('<span class="flag priority-{}">{}</span>', report.priority, priority))
        if report.deletion_asked_at:
            marks.append(format_html('<span class="flag ending">{}</span>', gettext("Deletion wished")))
        if report.witness_waits:
            marks.append(format_html('<span class="flag waits">{}</span>', gettext("witness waits")))
        marks += [format_html('<span class="flag">{}</span>', reason) for reason in blocking.reasons_of(report)]
        if report.verification != Verification.UNVERIFIED:
            marks.append(format_html('<br><span class="quiet">{}</span>', report.get_verification_display()))
        return format_html_join(" ", "{}", ((mark,) for mark in marks))

    @admin.display(description=_("last activity"), ordering="last_activity")
    def activity(self, report: Report) -> str:
        at = date_format(timezone.localtime(report.last_activity), "SHORT_DATETIME_FORMAT")
        is_marked = report.legal_hold or retention.is_ending(report)
        return format_html(
            '{} <br><span class="{}">{}</span>', at, "flag ending" if is_marked else "quiet", retention.ends(report)
        )

    @admin.display(description=_("with"))
    def whom(self, report: Report) -> str:
        return ", ".join(str(each) for each in (report.assigned_to, report.section) if each)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False  # the purge is the only way: at the end of its time, or by `delete_now`

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
            path("<uuid:number>/delete-now/", guarded(delete_now), name="citizen_reports_report_delete_now"),
            *(
                path(route, guarded(view), name=f"citizen_reports_report_{name}")
                for route, view, name in story_admin.PAGES
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
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Report %(reference)s") % {"reference": report.reference},
            "report": report,
            "consent": consent,
            # Whether a name would be printed; which one, only a story or a chief's look tells.
            "prints_name": bool(consent and handling.credit_line(report, consent)),
            "thread": report.messages.select_related("author", "by_mail").prefetch_related("attachments"),
            "goes_by_mail": letters.reaches(report),
            "credits": Credit.choices,
            "files": desk_files.lines(report),
            "answers": answers_in(report.answers),
            "moves": [(to, ReportState(to).label) for to in ReportState.values if to in handling.MOVES[report.state]]
            if can_change
            else [],
            "verifications": Verification.choices,
            "events": ReportEvent.objects.filter(report=report.pk).select_related("actor")[:100],
            "can_change": can_change,
            "can_verify": request.user.has_perm("citizen_reports.verify_report"),
            "can_see_originals": request.user.has_perm("citizen_reports.view_original"),
            "can_see_identity": request.user.has_perm("citizen_reports.view_identity"),
            "ends": retention.ends(report),
            "is_ending": retention.is_ending(report),
            "may_block": can_change and request.user.has_perm("citizen_reports.block_sender"),
            "typed": request.POST,
            "once": secrets.token_hex(16),
            **sorting_of(report, cast(User, request.user)),
            **story_admin.on_report(request, report),
            **extra,
        }
        return TemplateResponse(request, "admin/citizen_reports/report/page.html", context, status=status)

    def do(self, request: HttpRequest, number: Any, verb: str) -> HttpResponse:
        """One verb by POST. A refusal shows the page again with its reason and with what was typed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = get_object_or_404(self.get_queryset(request), pk=number)
        if verb == "identity" and request.user.has_perm("citizen_reports.view_identity") and (who := ask(request)):
            return who
        given, actor = request.POST, cast(User, request.user)
        if "canned" in given:  # a ready answer is put into the field; nothing is sent yet
            ready = get_object_or_404(CannedAnswer, pk=whole(given["canned"]))
            typed = given.get("text", "").strip()
            return self.page(request, report, drafted="\n\n".join(filter(None, [typed, ready.text])))
        try:
            if verb == "identity":
                found = handling.look_at_identity(number, actor=actor, reason=given.get("reason", ""))
                words = {field.name: field.verbose_name for field in WitnessIdentity._meta.concrete_fields}
                labelled = [(words.get(name, name), value) for name, value in found.items()]
                return self.page(request, report, identity=labelled, looked=True)
            if verb == "story":
                article = handling.make_story(number, actor=actor, credit_checked="credit_checked" in given)
                messages.success(request, gettext("The draft is made. The report and its story know of each other."))
                return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article.pk]))
            if verb not in VERBS:
                raise Http404
            VERBS[verb](number, actor, given)
        except handling.HandlingRefused as refusal:
            report.refresh_from_db()
            return self.page(request, report, status=409, refusal=str(refusal), refused=verb)
        return self._after(request, report, verb)

    def _after(self, request: HttpRequest, report: Report, verb: str) -> HttpResponse:
        """Back to the report; to the next open one, when this one was set aside in going through them."""
        # With the way back to it, where the next one is shown: a key is quickly pressed.
        place = reverse("admin:citizen_reports_report_change", args=[report.pk])
        done = gettext("%(reference)s: done.").replace("%(reference)s", "{}")
        messages.success(request, format_html(done, format_html('<a href="{}">{}</a>', place, report.reference)))
        if verb in ("spam", "same", "block") or (verb == "move" and request.POST.get("to") not in handling.OPEN_STATES):
            after = sorting.neighbours(report, cast(User, request.user))[1]
            if after is None:
                return HttpResponseRedirect(reverse("admin:citizen_reports_report_changelist"))
            report = after
        # It may be another desk's now.
        if not self.get_queryset(request).filter(pk=report.pk).exists():
            return HttpResponseRedirect(reverse("admin:citizen_reports_report_changelist"))
        return HttpResponseRedirect(reverse("admin:citizen_reports_report_change", args=[report.pk]))
