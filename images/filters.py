"""What the library's list can be narrowed to."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images import registry
from images.models import MISSING, Picture, RenditionJob, Rights, RightsWarning

Pictures = models.QuerySet[Picture]
# Rows that point at a picture without using it.
_NO_USE = {RenditionJob, RightsWarning}


class Missing(admin.SimpleListFilter):
    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, MISSING[code]) for code in ("alt_text", "credit", "rights", "expired")]

    def queryset(self, request: HttpRequest, queryset: Pictures) -> Pictures:
        wanted = {
            "alt_text": Q(alt_text="", is_decorative=False),
            "credit": Q(credit=""),
            "rights": Q(rights=Rights.UNKNOWN),
            "expired": Q(rights_until__lt=timezone.localdate()),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


class RightsEnd(admin.SimpleListFilter):
    title = _("rights end")
    parameter_name = "rights_end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("7", _("within a week")), ("30", _("within 30 days"))]

    def queryset(self, request: HttpRequest, queryset: Pictures) -> Pictures:
        if self.value() not in {"7", "30"}:
            return queryset
        today = timezone.localdate()
        return queryset.filter(rights_until__range=(today, today + timedelta(days=int(self.value() or 0))))


class Whose(admin.SimpleListFilter):
    title = _("uploaded by")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("me"))]

    def queryset(self, request: HttpRequest, queryset: Pictures) -> Pictures:
        return queryset.filter(uploaded_by=request.user.pk) if self.value() == "mine" else queryset


class Used(admin.SimpleListFilter):
    title = _("use")
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("nowhere", _("used nowhere"))]

    def queryset(self, request: HttpRequest, queryset: Pictures) -> Pictures:
        return unused(queryset) if self.value() == "nowhere" else queryset


def unused(pictures: Pictures) -> Pictures:
    """Those of `pictures` that no row points at and no text at work names."""
    pointing: list[Any] = [
        each.remote_field
        for each in Picture._meta.get_fields(include_hidden=True)
        if each.auto_created and not each.concrete and each.related_model not in _NO_USE
    ]
    for key in pointing:
        pictures = pictures.exclude(Exists(key.model._base_manager.filter(**{key.name: OuterRef("pk")})))
    return pictures.exclude(pk__in=registry.named_in_texts())
