"""What the inbox works with: answers kept ready, and what is blocked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from accounts.audited import AuditedAdmin
from accounts.models.audit import record
from articles import languages
from citizen_reports.models.inbox import BlockRule, CannedAnswer


class CannedAnswerForm(forms.ModelForm):
    language = forms.ChoiceField(choices=[(code, each.name) for code, each in languages.LANGUAGES.items()])

    class Meta:
        model = CannedAnswer
        fields = ("title", "language", "text", "position")


@admin.register(CannedAnswer)
class CannedAnswerAdmin(AuditedAdmin):
    form = CannedAnswerForm
    list_display = ("title", "language", "position")
    list_filter = ("language",)
    search_fields = ("title", "text")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        record(actor=request.user, verb=gettext_noop("ready answer saved"), thing=obj)

    def delete_model(self, request, obj):
        record(actor=request.user, verb=gettext_noop("ready answer deleted"), thing=obj)
        super().delete_model(request, obj)


@admin.register(BlockRule)
class BlockRuleAdmin(AuditedAdmin):
    """Made from a report's page alone; here it is read, and lifted."""

    list_display = ("kind", "reason", "by", "at", "hits")
    list_filter = ("kind",)
    list_select_related = ("by",)
    fields = readonly_fields = ("kind", "reason", "by", "at", "hits")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request, obj):
        record(actor=request.user, verb=gettext_noop("block lifted"), thing=obj, reason=obj.reason)
        super().delete_model(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        messages.success(request, gettext("The block is lifted."))
        return HttpResponseRedirect(reverse("admin:citizen_reports_blockrule_changelist"))
