"""Mails from witnesses, as the desk decides about them: what was held, what could not be read, what came twice."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.confirming import ask
from accounts.models import User
from citizen_reports.handling import HandlingRefused
from citizen_reports.mail import deciding, receiving
from citizen_reports.models.mail import UNDECIDED, InboundEmail
from safeguards.problems import Unsealable


class StateFilter(admin.SimpleListFilter):
    """What waits for a decision comes first."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((state.value, state.label) for state in InboundEmail.State), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("To decide")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboundEmail]) -> QuerySet[InboundEmail]:
        if self.value() is None:
            return queryset.filter(state__in=UNDECIDED)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(InboundEmail)
class InboundEmailAdmin(AuditedAdmin):
    list_display = ("heading", "standing", "received_at", "size_shown", "its_report")
    list_filter = (StateFilter,)
    list_select_related = ("report",)
    ordering = ("-pk",)
    actions = None
    change_list_template = "admin/citizen_reports/inboundemail/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEmail]:
        return deciding.seen_by(cast(User, request.user))

    @admin.display(description=_("subject"))
    def heading(self, mail: InboundEmail) -> str:
        return mail.subject.told()[:80] if mail.subject else gettext("Mail %(number)d") % {"number": mail.pk}

    @admin.display(description=_("why"), ordering="reason")
    def standing(self, mail: InboundEmail) -> str:
        return mail.get_reason_display() or mail.get_state_display()

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, mail: InboundEmail) -> str:
        return filesizeformat(mail.size) if mail.size else "—"

    @admin.display(description=_("report"))
    def its_report(self, mail: InboundEmail) -> str:
        return mail.report.reference if mail.report else "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboundEmail | None = None) -> bool:
        return False  # after 30 days they go by themselves

    def get_urls(self) -> list[URLPattern]:
        do = self.admin_site.admin_view(self.do)
        return [path("<int:number>/do/<slug:verb>/", do, name="citizen_reports_inboundemail_do"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        mail = self.get_object(request, object_id)
        if mail is None:
            raise Http404
        if not self.has_view_permission(request, mail):
            raise PermissionDenied
        return self.page(request, mail)

    def page(self, request: HttpRequest, mail: InboundEmail, *, status: int = 200, **extra: Any) -> HttpResponse:
        """The mail with all that may be decided about it."""
        can_change = self.has_change_permission(request, mail)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Mail %(number)d") % {"number": mail.pk},
            "mail": mail,
            "kept_until": mail.received_at + receiving.KEPT,
            "can_let_in": can_change and deciding.can_let_in(mail),
            "can_attach": can_change and deciding.can_attach(mail),
            "can_discard": can_change and mail.state in UNDECIDED,
            "can_fetch_again": can_change and deciding.can_fetch_again(mail),
            "can_download": bool(mail.raw)
            and request.user.has_perms(["citizen_reports.view_original", "citizen_reports.view_identity"]),
            "can_see_sender": bool(mail.sender) and request.user.has_perm("citizen_reports.view_identity"),
            **extra,
        }
        return TemplateResponse(request, "admin/citizen_reports/inboundemail/page.html", context, status=status)

    def do(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        """One verb by POST. A refusal shows the page again with its reason."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        mails = self.get_queryset(request).select_related("report")
        mail = get_object_or_404(mails, pk=number)
        tells_who = verb in ("sender", "download")
        if tells_who and request.user.has_perm("citizen_reports.view_identity") and (who := ask(request)):
            return who
        try:
            return self.carry_out(request, mail, verb)
        except HandlingRefused as refusal:
            return self.page(request, get_object_or_404(mails, pk=number), status=409, refusal=str(refusal))

    def carry_out(self, request: HttpRequest, mail: InboundEmail, verb: str) -> HttpResponse:
        actor: Any = request.user
        reason = request.POST.get("reason", "")
        if verb == "sender":
            return self.page(request, mail, sender=deciding.look_at_sender(mail.pk, actor=actor, reason=reason))
        if verb == "download":
            return self.download(mail, actor, reason)
        verbs = {
            "let-in": (deciding.let_in, _("It becomes a report within seconds.")),
            "attach": (deciding.attach, _("It becomes a message of the report within seconds.")),
            "discard": (deciding.discard, _("The mail is set aside.")),
            "fetch-again": (deciding.fetch_again, _("It is asked for again within a minute.")),
        }
        if verb not in verbs:
            raise Http404
        carry_out, done = verbs[verb]
        carry_out(mail.pk, actor=actor)
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:citizen_reports_inboundemail_changelist"))

    def download(self, mail: InboundEmail, actor: Any, reason: str) -> HttpResponse:
        """The very bytes, as a download that no browser and no mail program opens by itself."""
        try:
            raw = deciding.download(mail.pk, actor=actor, reason=reason)
        except (Unsealable, OSError) as error:
            raise Http404 from error
        headers = {"Content-Disposition": f'attachment; filename="mail-{mail.pk}.eml.original"'}
        return HttpResponse(raw, content_type="application/octet-stream", headers=headers)
