"""Notices to devices at the desk: how each stands, and what can be done about it. Devices have no names here either."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import User
from subscriptions.looked_at import LookedAt
from subscriptions.models.push import PushDelivery, PushRound
from subscriptions.push import ledger

# Verb -> the button, what it does, and what is said when it is done.
VERBS: dict[str, tuple[Any, Callable[..., None], Any]] = {
    "stop": (_("Stop"), ledger.stop_by_hand, _("Stopped. Whoever has not got the notice will not get it.")),
    "send-again": (_("Send again"), ledger.send_again, _("The notice goes to these devices again.")),
    "let-be": (_("Leave it"), ledger.let_be, _("Left as it is.")),
}


@admin.register(PushRound)
class PushRoundAdmin(LookedAt):
    list_display = ("headline", "state", "audience", "sent", "uncertain", "failed", "decided")
    list_filter = ("state",)
    search_fields = ("headline__spelt",)
    search_help_text = _("Words of the headline")

    class Media:
        css = {"all": ("subscriptions/desk.css",)}

    @admin.display(description=_("decided"), ordering="created_at")
    def decided(self, round_):
        return date_format(timezone.localtime(round_.created_at), "SHORT_DATETIME_FORMAT")

    def get_urls(self):
        do = self.admin_site.admin_view(self.do)
        return [path("<int:number>/do/<str:verb>/", do, name="subscriptions_pushround_do"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The account: every device the notice was meant for, by what became of it."""
        round_ = self.get_object(request, object_id)
        if round_ is None:
            return self.not_there(request, object_id)
        if not self.has_view_permission(request, round_):
            raise PermissionDenied
        found = ledger.account(round_)
        reasons = round_.deliveries.exclude(reason="").order_by().values("state", "reason").annotate(count=Count("pk"))
        return self.page(
            request, "account", round_.headline, round_,
            account=[(PushDelivery.State(name).label, count) for name, count in found.items()],
            total=sum(found.values()),
            reasons=[
                (PushDelivery(state=row["state"], reason=row["reason"]), row["count"])
                for row in reasons.order_by("state", "-count")
            ],
            verbs=[(name, VERBS[name][0]) for name in self._offered(request, round_)],
        )  # fmt: skip

    def _offered(self, request: HttpRequest, round_: PushRound) -> list[str]:
        if not request.user.has_perm("subscriptions.change_pushround"):
            return []
        uncertain = round_.deliveries.filter(state=PushDelivery.State.UNCERTAIN)
        undecided = uncertain.exclude(reason=PushDelivery.Reason.LET_BE).exists()
        offered = ["stop"] if round_.state in PushRound.OPEN else []
        if undecided and round_.state != PushRound.State.STOPPED:
            offered.append("send-again")
        return [*offered, "let-be"] if undecided else offered

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        if not request.user.has_perm("subscriptions.change_pushround"):
            raise PermissionDenied
        round_ = get_object_or_404(PushRound, pk=number)
        if verb in VERBS:
            _label, act, said = VERBS[verb]
            try:
                act(round_, actor=cast(User, request.user))
            except ledger.NoticeProblem as problem:
                messages.error(request, str(problem))
            else:
                messages.success(request, said)
        return redirect("admin:subscriptions_pushround_change", number)
