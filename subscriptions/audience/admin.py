"""Readers at the desk: found by their whole address, told how they stand, kept out when they ask for it."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from articles.languages import LANGUAGES
from articles.models.site import SiteSettings
from safeguards.numbers import whole
from subscriptions import people
from subscriptions.audience import pages
from subscriptions.forms import SuppressionForm
from subscriptions.looked_at import LookedAt
from subscriptions.models.audience import AudienceImport
from subscriptions.models.letters import Delivery
from subscriptions.models.people import Subscriber, Subscription, address_hash, normal_address
from subscriptions.topics import with_headlines

MONTHS = 12
LETTERS = 20
NEWEST = 10_000


class LanguageFilter(admin.SimpleListFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        return [(code, LANGUAGES[code].name) for code in SiteSettings.load().languages if code in LANGUAGES]

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


class ZoneFilter(admin.SimpleListFilter):
    """The time zones of the newest readers: asking all of them would read the whole table."""

    title = _("time zone")
    parameter_name = "zone"

    def lookups(self, request, model_admin):
        newest = Subscriber.objects.order_by("-created_at").values_list("time_zone", flat=True)[:NEWEST]
        return [(zone, zone) for zone in sorted(set(newest))]

    def queryset(self, request, queryset):
        return queryset.filter(time_zone=self.value()) if self.value() else queryset


class MonthFilter(admin.SimpleListFilter):
    """The last twelve months, in the newsroom's zone."""

    title = _("month of sign-up")
    parameter_name = "month"

    def lookups(self, request, model_admin):
        today = timezone.localdate()
        months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(MONTHS)]
        return [
            (f"{year}-{month + 1:02}", date_format(date(year, month + 1, 1), "YEAR_MONTH_FORMAT"))
            for year, month in months
        ]

    def queryset(self, request, queryset):
        try:
            begin = datetime.strptime(self.value() or "", "%Y-%m").replace(tzinfo=timezone.get_current_timezone())
        except ValueError:
            return queryset
        year, month = divmod(begin.year * 12 + begin.month, 12)
        return queryset.filter(created_at__gte=begin, created_at__lt=begin.replace(year=year, month=month + 1))


@admin.register(Subscriber)
class SubscriberAdmin(LookedAt):
    list_display = ("email", "state", "language", "time_zone", "created_at", "confirmed_at")
    list_filter = ("state", LanguageFilter, ZoneFilter, MonthFilter)
    search_fields = ("address_hash",)
    search_help_text = _("A whole e-mail address")
    fields = (
        "email", "state", "topics", "language", "time_zone", "digest_hour", "quiet_from", "quiet_until", "paused_until",
        "created_at", "confirmed_at", "consent",
    )  # fmt: skip
    change_list_template = "admin/subscriptions/subscriber/change_list.html"
    change_form_template = "admin/subscriptions/subscriber/change_form.html"

    @admin.display(description=_("topics"))
    def topics(self, subscriber):
        rows = subscriber.subscriptions.exclude(state=Subscription.State.LEFT).select_related(
            "topic__section__parent", "topic__author", "topic__tag", "topic__newsletter"
        )
        with_headlines(row.topic for row in rows)
        wishes = [f"{row.topic} ({row.get_cadence_display()}, {row.get_state_display()})" for row in rows]
        return ", ".join(wishes) or "–"

    @admin.display(description=_("consent"))
    def consent(self, subscriber):
        """The wording agreed to, or where the list that brought the reader says that they agreed."""
        kind, _space, number = subscriber.consent_version.partition(" ")
        row = AudienceImport.objects.filter(pk=whole(number) or 0).first() if kind == "import" else None
        if row is None:
            return subscriber.consent_version
        if not row.has_agreed:
            return gettext("Asked by mail after the import of %(file)s") % {"file": row.name}
        said = {"where": row.agreed_where, "when": row.agreed_when}
        return gettext("Imported; agreed here: %(where)s, %(when)s") % said

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The reader with what became of the last letters to them; none of what stands in those."""
        letters = Delivery.objects.filter(subscriber=object_id) if _is_number(object_id) else Delivery.objects.none()
        shown = letters.select_related("edition").order_by("-pk")[:LETTERS]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "letters": shown})

    def get_search_results(self, request, queryset, search_term):
        """By the whole address only: parts of addresses are nobody's business, and no index finds them."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(address_hash=address_hash(normal_address(search_term))), False
        except ValidationError:
            return queryset.none(), False

    def get_urls(self):
        own: dict[str, tuple[str, Callable[..., HttpResponseBase]]] = {
            "suppress": ("suppress/", self.suppress),
            "import": ("import/", partial(pages.bring, self)),
            "brought": ("import/<int:number>/", partial(pages.brought, self)),
            "export": ("export/", partial(pages.export, self)),
            "growth": ("growth/", partial(pages.growth, self)),
        }
        return [
            path(address, self.admin_site.admin_view(view), name=f"subscriptions_subscriber_{name}")
            for name, (address, view) in own.items()
        ] + super().get_urls()

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


def _is_number(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
