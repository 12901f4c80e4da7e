"""What the desk's admin pages share: history from the audit table, and lists that never count a whole table."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts.models.audit import AuditRow, record

COUNTED = 1_000
FARTHEST = 100_000
HISTORY = 100


class BoundedPaginator(Paginator):
    """Counts a thousand rows beyond the page that is asked for (`at`), and one more if there are more (`is_more`).

    So a list of a million rows opens as quickly as one of a hundred, and every page offers the next twenty or so.
    """

    at: str | int = 1

    @cached_property
    def most(self) -> int:
        """So many rows are told of, however many there are."""
        try:
            page = int(self.at)
        except ValueError:
            page = 1
        return (min(max(page, 1), FARTHEST) - 1) * self.per_page + COUNTED

    @cached_property
    def count(self) -> int:
        # The number alone: what a list tells besides of each row is not worked out for a thousand.
        rows = cast("models.QuerySet[models.Model]", self.object_list).order_by().values("pk")
        return rows[: self.most + 1].count()

    @property
    def is_more(self) -> bool:
        return self.count > self.most


class BoundedLists(admin.ModelAdmin):
    """An admin whose lists are told of as far as `BoundedPaginator` counts."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_paginator(self, request, *args, **kwargs):
        pages = cast(BoundedPaginator, super().get_paginator(request, *args, **kwargs))
        pages.at = request.GET.get(PAGE_VAR, 1)
        return pages


class AuditedAdmin(BoundedLists):
    """An admin whose changes stand in the audit table; whoever saves writes the row, in `save_model` or its verb.

    Django's own log of admin actions stays empty: one truth is enough.
    """

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    object_history_template = "admin/audit_history.html"

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_view_on_site_url(self, obj=None):
        # From the row as it is stored: what was typed and refused has no address yet.
        if obj is None or not callable(self.view_on_site):
            return None
        stored = self.model._base_manager.filter(pk=obj.pk).first()
        return self.view_on_site(stored) if stored else None

    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def log_deletions(self, request, queryset):
        return None

    def delete_model(self, request, obj):
        record(actor=request.user, verb="deleted", thing=obj)
        obj.delete()

    def not_there(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As Django's own pages answer for a row that is gone: the first page, which says so."""
        return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        thing = self.get_object(request, object_id)
        if thing is None:
            return self.not_there(request, object_id)
        if not self.has_view_or_change_permission(request, thing):
            raise PermissionDenied
        rows = AuditRow.objects.filter(thing=self.opts.label_lower, thing_number=str(thing.pk)).select_related("actor")
        return TemplateResponse(
            request,
            self.object_history_template,
            {
                **self.admin_site.each_context(request),
                "title": gettext("What was done"),
                "subtitle": str(thing),
                "object": thing,
                "opts": self.opts,
                "rows": rows[:HISTORY],
            },
        )
