"""By what the inbox is narrowed. Each filter offers a fixed list: none looks through the reports for what there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import languages
from articles.models.places import Section
from citizen_reports.models.reports import Report, ReportState

if TYPE_CHECKING:
    from accounts.models import User


class Folded:
    """A filter is one line that says what it is set to; a press opens it."""

    template = "admin/citizen_reports/report/_filter.html"


class Kinds(Folded, admin.ChoicesFieldListFilter):
    """Of a field with choices."""


class InboxFilter(Folded, admin.SimpleListFilter):
    """What is open comes first; everything else is a click away. A reference that is searched for is found anywhere."""

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
        if self.value() is None and not request.GET.get("q"):
            return queryset.filter(is_open=True)
        return queryset.filter(state=self.value()) if self.value() in ReportState.values else queryset


class Ends(Folded, admin.SimpleListFilter):
    """What is purged soon, held, or wished gone by its witness; soonest first (`ReportAdmin.get_ordering`)."""

    title = _("kept until")
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("Ends within a day")),
            ("7", _("Ends within a week")),
            ("14", _("Ends within two weeks")),
            ("hold", _("Legal hold")),
            ("wish", _("Deletion wished")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() is None:
            return queryset
        if self.value() == "hold":
            return queryset.filter(legal_hold=True)
        if self.value() == "wish":
            return queryset.filter(deletion_asked_at__isnull=False)
        end = timezone.now() + timedelta(days=int(cast(str, self.value())))
        return queryset.filter(purged_at__isnull=True, legal_hold=False, expires_at__lte=end)


class Whose(Folded, admin.SimpleListFilter):
    title = _("with")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("Me")), ("nobody", _("Nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() == "mine":
            return queryset.filter(assigned_to=cast("User", request.user))
        return queryset.filter(assigned_to=None) if self.value() == "nobody" else queryset


class Spoken(Folded, admin.SimpleListFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, languages.LANGUAGES[code].name) for code, _name in settings.LANGUAGES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class DeskFilter(Folded, admin.RelatedFieldListFilter):
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(section.pk, str(section)) for section in Section.objects.select_related("parent").order_by("path")]
