"""Letters and readers at the desk: how each letter stands, to the last reader, and what can be done about it."""

from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from articles.admin import panels
from subscriptions import desk, digests, ledger, manual_admin, opens, progress, shells, telling, ways
from subscriptions.audience import admin as audience_admin
from subscriptions.channels import admin as channels_admin
from subscriptions.frames import LETTER_POLICY, NOBODY
from subscriptions.looked_at import LookedAt
from subscriptions.models.letters import Delivery, Edition
from subscriptions.push import admin as push_admin

# Registered with this one, since Django looks for admins here alone.
__all__ = ["EditionAdmin", "audience_admin", "channels_admin", "manual_admin", "push_admin"]
LISTED = 200
panels.add(telling.PANEL)
# Verb -> the button, the states in which it is shown, what it does, and what is said when it is done.
VERBS: dict[str, tuple[Any, tuple[str, ...], Callable[..., None], Any]] = {
    "pause": (_("Pause"), (Edition.State.SENDING,), desk.pause, _("Paused. Nothing more goes out.")),
    "resume": (_("Go on"), (Edition.State.PAUSED, Edition.State.EXPIRED), desk.resume, _("It goes out to the rest.")),
    "now": (_("Try now"), (Edition.State.SENDING,), desk.try_now, _("The mail server is tried again at once.")),
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


@admin.register(Edition)
class EditionAdmin(LookedAt):
    list_display = ("subject", "state", "audience", "sent", "uncertain", "failed", "decided")
    list_filter = ("state",)
    search_fields = ("subject__spelt",)
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
            path("<int:number>/progress/", wrap(self.progress), name=named("progress")),
            path("<int:number>/letter/", wrap(self.letter), name=named("letter")),
            path("<int:number>/delivery/<int:delivery>/<str:verb>/", wrap(self.decide), name=named("decide")),
            path("<int:number>/do/<str:verb>/", wrap(self.do), name=named("do")),
            path("telling/<int:number>/<int:correction>/", wrap(telling.tell), name=named("tell")),
            path("telling/<int:number>/<int:correction>/letter/", wrap(telling.letter), name=named("telling_letter")),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The account: everybody the letter was meant for, by what became of them."""
        edition = self.get_object(request, object_id)
        if edition is None:
            return self.not_there(request, object_id)
        self._refuse(request)
        may_act = request.user.has_perm("subscriptions.change_edition")
        account = ledger.account(edition)
        offered = {name: row for name, row in VERBS.items() if may_act and edition.state in row[1]}
        if not account.failed:
            offered.pop("retry", None)
        if edition.problem not in ways.OF_ROUTES:
            offered.pop("now", None)
        decisions = [(name, row[0]) for name, row in DECISIONS.items() if may_act]
        if edition.state not in desk.AGAIN_FROM:
            decisions = [row for row in decisions if row[0] != "send-again"]
        uncertain = edition.deliveries.filter(state=Delivery.State.UNCERTAIN)
        refused = edition.deliveries.filter(state__in=[Delivery.State.FAILED, Delivery.State.SKIPPED])
        reasons = refused.order_by().values("state", "reason").annotate(count=Count("pk")).order_by("state", "-count")
        counted = opens.figures([edition.pk]).get(edition.pk) or opens.nobody_yet()
        return self.page(
            request, "account", edition.subject, edition,
            account=account,
            progress=progress.figures(edition),
            domains=progress.troubled(edition),
            opens=counted,
            links=opens.most_followed(edition.pk) if counted and counted.followed else [],
            verbs=[(name, row[0]) for name, row in offered.items()],
            decisions=decisions,
            # Those that somebody has left as they are come last: no more are shown than there is room for.
            uncertain=uncertain.order_by(Case(When(reason=Delivery.Reason.LET_BE, then=1), default=0), "pk")[:LISTED],
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
    def progress(self, request: HttpRequest, number: int) -> JsonResponse:
        """For the page's script, while the letter is being sent."""
        return JsonResponse(progress.figures(self._edition(request, number)))

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest, number: int) -> HttpResponse:
        edition = self._edition(request, number)
        text = shells.filled(digests.as_shown(edition).text, leave=NOBODY, manage=NOBODY)
        frame = reverse("admin:subscriptions_edition_letter", args=[edition.pk])
        return self.page(request, "preview", gettext("The letter"), edition, text=text, frame=frame)

    @method_decorator([require_safe, csp(LETTER_POLICY)])
    def letter(self, request: HttpRequest, number: int) -> HttpResponse:
        """The HTML part alone, for the frame of the preview; its links for readers lead nowhere."""
        edition = self._edition(request, number)
        return HttpResponse(shells.filled(digests.as_shown(edition).html, leave=NOBODY, manage=NOBODY))

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
