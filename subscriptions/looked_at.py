"""What the admin's pages of letters and readers share: nothing is typed there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.audited import AuditedAdmin


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
