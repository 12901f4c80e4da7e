"""Old addresses in the admin: those of stories to look at, those of the desk's own to change, lists in and out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from articles import actions_addresses
from articles.actions_addresses import Line, Outcome
from articles.forms.addresses import ListForm, OldPathForm
from articles.models.published import OldPath
from articles.problems import DeskProblem

SHOWN = 200


class WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request, model_admin):
        return [("desk", _("the desk’s own")), ("story", _("stories’"))]

    def queryset(self, request, queryset):
        return queryset.filter(article_number__isnull=self.value() == "desk") if self.value() else queryset


@admin.register(OldPath)
class OldPathAdmin(AuditedAdmin):
    """The verbs of stories write most rows; what the desk adds leads on to something that is there."""

    form = OldPathForm
    list_display = ("path", "kind", "target", "is_prefix", "at")
    list_filter = ("kind", WhoseFilter)
    search_fields = ("path", "target", "headline__spelt")

    def _is_kept(self, obj):
        """Whether a story keeps this row by itself."""
        return obj is not None and (obj.article_number is not None or obj.kind != OldPath.Kind.MOVED)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not self._is_kept(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self._is_kept(obj)

    def get_fieldsets(self, request, obj=None):
        if obj is None or self.has_change_permission(request, obj):
            return [(None, {"fields": ["path", "target", "is_prefix"]})]
        return [(None, {"fields": ["path", "kind", "target", "is_prefix", "headline", "notice", "at"]})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        met = type("OldPathForm", (OldPathForm,), {"problem": getattr(request, "desk_problem", None)})
        return super().get_form(request, obj, change, form=met, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DeskProblem as problem:
            request.desk_problem = problem
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        typed = form.cleaned_data
        row = actions_addresses.lead_on(
            typed["path"], typed["target"], is_prefix=typed["is_prefix"], actor=request.user,
            instead_of=obj if change else None,
        )  # fmt: skip
        obj.pk, obj.path = row.pk, row.path

    def delete_model(self, request, obj):
        actions_addresses.remove(obj, actor=request.user)

    def changelist_view(self, request, extra_context=None):
        may_bring_in = self.has_add_permission(request)
        return super().changelist_view(request, {"may_bring_in": may_bring_in, **(extra_context or {})})

    def get_urls(self):
        return [
            path("list/", self.admin_site.admin_view(self.list_out), name="articles_oldpath_list_out"),
            path("list/in/", self.admin_site.admin_view(self.list_in), name="articles_oldpath_list_in"),
            *super().get_urls(),
        ]

    def list_out(self, request):
        """The desk's own rows as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return StreamingHttpResponse(
            actions_addresses.written_out(), content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="old-addresses.csv"'},
        )  # fmt: skip

    def list_in(self, request):
        """Takes a list: shows what each line would do, and writes what can be written when that is confirmed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ListForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        tried: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            text = form.cleaned_data["text"]
            try:
                if "_sure" in request.POST:
                    return self._brought_in(request, text)
                tried = _tried(list(actions_addresses.plan(text))) | {"text": text}
            except DeskProblem as problem:
                form.add_error("file", str(problem))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Bring in old addresses"),
            "opts": self.opts,
            "form": form,
            **tried,
        }
        return TemplateResponse(request, "admin/articles/oldpath/list_in.html", context)

    def _brought_in(self, request, text: str) -> HttpResponseRedirect:
        counts = actions_addresses.bring_in(text, actor=request.user)
        written, refused = counts[Outcome.NEW] + counts[Outcome.CHANGED], counts[Outcome.REFUSED]
        said = ngettext("%(count)d old address leads on now.", "%(count)d old addresses lead on now.", written)
        messages.success(request, said % {"count": written})
        if refused:
            left = ngettext("%(count)d line was left out.", "%(count)d lines were left out.", refused)
            messages.warning(request, left % {"count": refused})
        return redirect("admin:articles_oldpath_changelist")


def _tried(lines: list[Line]) -> dict[str, Any]:
    refused = [line for line in lines if line.outcome == Outcome.REFUSED]
    written = [line for line in lines if line.outcome in {Outcome.NEW, Outcome.CHANGED}]
    return {
        "is_tried": True,
        "refused": refused[:SHOWN],
        "refused_count": len(refused),
        "written": written[:SHOWN],
        "written_count": len(written),
        "same_count": len(lines) - len(refused) - len(written),
    }
