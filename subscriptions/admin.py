"""Letters and readers at the desk: how each letter stands, to the last reader, and what can be done about it."""

from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audited import AuditedAdmin
from accounts.models import User
from subscriptions import desk, ledger, people, shells
from subscriptions.forms import SuppressionForm
from subscriptions.links import LENGTH
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription, normal_address

LISTED = 200
# What a letter's own page may load: its inline styles, and nothing else.
LETTER_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}
# Verb -> the button, the states in which it is shown, what it does, and what is said when it is done.
VERBS: dict[str, tuple[Any, tuple[str, ...], Callable[..., None], Any]] = {
    "pause": (_("Pause"), (Edition.State.SENDING,), desk.pause, _("Paused. Nothing more goes out.")),
    "resume": (_("Go on"), (Edition.State.PAUSED, Edition.State.EXPIRED), desk.resume, _("It goes out to the rest.")),
    "cancel": (_("Cancel"), Edition.OPEN, desk.cancel, _("Cancelled. Whoever has not got the letter will not get it.")),
    "retry": (
        _("Try the refused ones again"),
        desk.AGAIN_FROM,
        desk.retry_refused,
        _("The refused letters go out again."),
    ),
}
DECISIONS: dict[str, tuple[Any, Callable[..., None], Any]] = {
    "send-again": (_("Send again"), desk.send_again, _("The letter goes to this reader again.")),
    "let-be": (_("Leave it"), desk.let_be, _("Left as it is.")),
}


class LookedAt(AuditedAdmin):
    """Nothing is typed here: rows come and change by verbs."""

    actions = None
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def page(self, request: HttpRequest, name: str, title: str, thing: Any = None, **context: Any) -> HttpResponse:
        site = self.admin_site.each_context(request)
        template = f"admin/subscriptions/{self.opts.model_name}/{name}.html"
        return TemplateResponse(
            request, template, {**site, "opts": self.opts, "title": title, "object": thing, **context}
        )


@admin.register(Edition)
class EditionAdmin(LookedAt):
    list_display = ("subject", "state", "audience", "sent", "uncertain", "failed", "decided")
    list_filter = ("state",)
    search_fields = ("subject",)
    search_help_text = _("Words of the subject")

    class Media:
        css = {"all": ("subscriptions/desk.css",)}

    @admin.display(description=_("decided"), ordering="created_at")
    def decided(self, edition):
        return date_format(timezone.localtime(edition.created_at), "SHORT_DATETIME_FORMAT")

    def get_urls(self):
        def named(name: str) -> str:
            return f"subscriptions_edition_{name}"

        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/preview/", wrap(self.preview), name=named("preview")),
            path("<int:number>/letter/", wrap(self.letter), name=named("letter")),
            path("<int:number>/delivery/<int:delivery>/<str:verb>/", wrap(self.decide), name=named("decide")),
            path("<int:number>/do/<str:verb>/", wrap(self.do), name=named("do")),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The account: everybody the letter was meant for, by what became of them."""
        edition = self.get_object(request, object_id)
        if edition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        self._refuse(request)
        may_act = request.user.has_perm("subscriptions.change_edition")
        account = ledger.account(edition)
        offered = {name: row for name, row in VERBS.items() if may_act and edition.state in row[1]}
        if not account.failed:
            offered.pop("retry", None)
        uncertain = edition.deliveries.filter(state=Delivery.State.UNCERTAIN)
        refused = edition.deliveries.filter(state__in=[Delivery.State.FAILED, Delivery.State.SKIPPED])
        reasons = refused.order_by().values("state", "reason").annotate(count=Count("pk")).order_by("state", "-count")
        return self.page(
            request, "account", edition.subject, edition,
            account=account,
            verbs=[(name, row[0]) for name, row in offered.items()],
            decisions=[(name, row[0]) for name, row in DECISIONS.items()] if may_act else [],
            uncertain=uncertain.order_by("pk")[:LISTED],
            failed=edition.deliveries.filter(state=Delivery.State.FAILED).order_by("pk")[:LISTED],
            reasons=[(Delivery(state=row["state"], reason=row["reason"]), row["count"]) for row in reasons],
            may_see_readers=request.user.has_perm("subscriptions.view_subscriber"),
            listed=LISTED,
        )  # fmt: skip

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        edition = self._edition(request, number, to_act=True)
        if verb not in VERBS:
            return self._back(request, edition)
        _label, _states, act, said = VERBS[verb]
        return self._done(request, edition, act, edition, said)

    @method_decorator(require_POST)
    def decide(self, request: HttpRequest, number: int, delivery: int, verb: str) -> HttpResponse:
        edition = self._edition(request, number, to_act=True)
        row = get_object_or_404(edition.deliveries.select_related("edition"), pk=delivery)
        if verb not in DECISIONS:
            return self._back(request, edition)
        _label, act, said = DECISIONS[verb]
        return self._done(request, edition, act, row, said)

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest, number: int) -> HttpResponse:
        edition = self._edition(request, number)
        nobody = "-" * LENGTH
        text = shells.filled(edition.text, leave=nobody, manage=nobody)
        return self.page(request, "preview", gettext("The letter"), edition, text=text)

    @method_decorator([require_safe, csp(LETTER_POLICY)])
    def letter(self, request: HttpRequest, number: int) -> HttpResponse:
        """The HTML part alone, for the frame of the preview; its links for readers lead nowhere."""
        edition = self._edition(request, number)
        nobody = "-" * LENGTH
        return HttpResponse(shells.filled(edition.html, leave=nobody, manage=nobody))

    def _edition(self, request: HttpRequest, number: int, *, to_act: bool = False) -> Edition:
        self._refuse(request)
        if to_act and not request.user.has_perm("subscriptions.change_edition"):
            raise PermissionDenied
        return get_object_or_404(Edition.objects.select_related("newsletter"), pk=number)

    def _refuse(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _done(
        self, request: HttpRequest, edition: Edition, act: Callable[..., None], thing: Edition | Delivery, said: Any
    ) -> HttpResponse:
        try:
            act(thing, actor=cast(User, request.user))
        except desk.LetterProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, said)
        return self._back(request, edition)

    def _back(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        if request.POST.get("back") == "receipt" and edition.article_number:
            return redirect("admin:articles_article_receipt", edition.article_number)
        return redirect("admin:subscriptions_edition_change", edition.pk)


@admin.register(Subscriber)
class SubscriberAdmin(LookedAt):
    list_display = ("email", "state", "language", "created_at", "confirmed_at")
    list_filter = ("state",)
    search_fields = ("email_norm",)
    search_help_text = _("A whole e-mail address")
    fields = ("email", "state", "topics", "language", "time_zone", "created_at", "confirmed_at", "consent_version")
    change_list_template = "admin/subscriptions/subscriber/change_list.html"

    @admin.display(description=_("topics"))
    def topics(self, subscriber):
        rows = subscriber.subscriptions.select_related("topic__section__parent").exclude(state=Subscription.State.LEFT)
        return ", ".join(f"{row.topic} ({row.get_state_display()})" for row in rows) or "–"

    def get_search_results(self, request, queryset, search_term):
        """By the whole address only: parts of addresses are nobody's business, and no index finds them."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(email_norm=normal_address(search_term)), False
        except ValidationError:
            return queryset.none(), False

    def get_urls(self):
        address = path("suppress/", self.admin_site.admin_view(self.suppress), name="subscriptions_subscriber_suppress")
        return [address, *super().get_urls()]

    def suppress(self, request: HttpRequest) -> HttpResponse:
        """An address, subscriber or not, that must never be written to; or may be again."""
        if not request.user.has_perm("subscriptions.suppress_subscriber"):
            raise PermissionDenied
        form = SuppressionForm(request.POST or None, initial={"email": request.GET.get("email", "")})
        if request.method == "POST" and form.is_valid():
            actor = cast(User, request.user)
            address = form.cleaned_data["email"]
            if form.cleaned_data["action"] == "suppress":
                people.suppress(address, actor=actor)
                messages.success(request, gettext("Nothing will be sent to this address any more."))
            elif people.lift(address, actor=actor):
                messages.success(request, gettext("This address may be written to again."))
            else:
                messages.info(request, gettext("This address was not suppressed."))
            return redirect("admin:subscriptions_subscriber_changelist")
        return self.page(request, "suppress", gettext("Stop or allow letters to an address"), form=form)
