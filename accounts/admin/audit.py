"""The audit log in the admin: read, filtered, exported; never changed."""

from datetime import datetime, time, timedelta

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import StreamingHttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts import audit_export
from accounts.audited import AuditedAdmin
from accounts.confirming import ask
from accounts.models import AuditRow
from accounts.models.audit import record

# The few values of an indexed column, found by leaps through the index: a million rows cost as many steps as values.
_VALUES = """
    WITH RECURSIVE found(value) AS (
        SELECT MIN({0}) FROM accounts_auditrow
        UNION ALL
        SELECT (SELECT MIN({0}) FROM accounts_auditrow WHERE {0} > found.value) FROM found WHERE found.value IS NOT NULL
    ) SELECT value FROM found WHERE value IS NOT NULL
"""


def values_of(column):
    """Every value of `column`, "verb" or "thing"."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUES.format(connection.ops.quote_name(column)))
        return [value for (value,) in cursor.fetchall()]


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def kind_of(thing):
    """The model's name in the trade's words, in the active language."""
    try:
        return capfirst(apps.get_model(thing)._meta.verbose_name)
    except LookupError:
        return thing


class VerbFilter(admin.SimpleListFilter):
    title = _("did what")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return sorted(((verb, gettext(verb)) for verb in values_of("verb")), key=lambda each: each[1])

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    title = _("kind of thing")
    parameter_name = "thing"

    def lookups(self, request, model_admin):
        return sorted(((thing, kind_of(thing)) for thing in values_of("thing")), key=lambda each: str(each[1]))

    def queryset(self, request, queryset):
        return queryset.filter(thing=self.value()) if self.value() else queryset


class _Day(admin.SimpleListFilter):
    """One end of a span of days, as a field to type in."""

    template = "admin/accounts/day_filter.html"

    def lookups(self, request, model_admin):
        return [("", "")]  # without one, the admin leaves a filter out

    def choices(self, changelist):
        others = [(key, value) for key, value in changelist.get_filters_params().items() if key != self.parameter_name]
        yield {"name": self.parameter_name, "value": self.value() or "", "others": others}

    def day(self):
        try:
            return forms.DateField(input_formats=["%Y-%m-%d"]).clean(self.value())
        except forms.ValidationError:
            return None


class FromDay(_Day):
    title = _("from this day")
    parameter_name = "from"

    def queryset(self, request, queryset):
        day = self.day()
        return queryset.filter(at__gte=_midnight(day)) if day else queryset


class UntilDay(_Day):
    title = _("until this day")
    parameter_name = "until"

    def queryset(self, request, queryset):
        day = self.day()
        return queryset.filter(at__lt=_midnight(day) + timedelta(days=1)) if day else queryset


@admin.register(AuditRow)
class AuditAdmin(AuditedAdmin):
    list_display = ("at", "who", "did", "label", "kind")
    list_display_links = ("at",)
    list_filter = (FromDay, UntilDay, VerbFilter, KindFilter, "actor")
    list_select_related = ("actor",)
    show_facets = admin.ShowFacets.NEVER  # they would count the whole table for each choice
    search_fields = ("label__spelt",)
    fields = ("at", "who", "did", "kind", "link", "more")
    readonly_fields = fields
    change_list_template = "admin/accounts/auditrow/change_list.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        return [
            path("export/", self.admin_site.admin_view(self.export), name="accounts_auditrow_export"),
            *super().get_urls(),
        ]

    def export(self, request):
        """The rows of the filter in the address, as CSV. Asks first who it is; the export is an audit row itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if asked := ask(request):
            return asked
        rows = self.get_changelist_instance(request).get_queryset(request)
        record(
            actor=request.user, verb=gettext_noop("audit exported"), thing=request.user, filter=request.GET.urlencode()
        )
        answer = StreamingHttpResponse(
            audit_export.lines(rows.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate():%Y-%m-%d}.csv"'
        return answer

    @admin.display(description=_("who"), ordering="actor")
    def who(self, row):
        return row.actor or gettext("the system")

    @admin.display(description=_("did what"), ordering="verb")
    def did(self, row):
        return row.said

    @admin.display(description=_("kind of thing"), ordering="thing")
    def kind(self, row):
        return kind_of(row.thing)

    @admin.display(description=_("to what"))
    def link(self, row):
        try:
            address = reverse(f"admin:{row.thing.replace('.', '_')}_change", args=[row.thing_number])
        except NoReverseMatch:
            return row.label
        return format_html('<a href="{}">{}</a>', address, row.label)

    @admin.display(description=_("detail"))
    def more(self, row):
        return ", ".join(f"{name}: {value}" for name, value in row.detail.items())
