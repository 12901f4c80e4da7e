"""Moves from other systems at the desk: upload, trial, progress, report."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from accounts.audited import AuditedAdmin
from articles.admin.story_pages import person
from articles.forms.moving import MovingForm
from articles.models.moves import MovingRun
from articles.moving import working
from articles.moving.report import CODES, FATES, as_json
from safeguards.numbers import whole

_PAGE = 100
_GOING = (MovingRun.State.WAITING, MovingRun.State.RUNNING)
_BROKEN_OFF = (MovingRun.State.STOPPED, MovingRun.State.FAILED)


@admin.register(MovingRun)
class MovingRunAdmin(AuditedAdmin):
    list_display = ("name", "kind", "manner", "state", "created_at")
    list_filter = ("state",)
    actions = None
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("what"), ordering="is_trial")
    def manner(self, run: MovingRun) -> str:
        """In words: a cross in a column "trial run" looks like something that went wrong."""
        return capfirst(gettext("trial run")) if run.is_trial else gettext("In earnest")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/report.json", wrap(self.report), name="articles_movingrun_report"),
            path("<int:number>/begin/", wrap(require_POST(self.begin)), name="articles_movingrun_begin"),
            path("<int:number>/stop/", wrap(require_POST(self.stop)), name="articles_movingrun_stop"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = MovingForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                run = self._begun(request, form.cleaned_data)
            except OSError:
                form.add_error(None, gettext("The file could not be stored: the disk may be full. Nothing was kept."))
            else:
                return redirect("admin:articles_movingrun_change", run.pk)
        return self._page(request, "form", gettext("Move in from another system"), form=form)

    def _begun(self, request: HttpRequest, said: dict[str, Any]) -> MovingRun:
        pictures = working.keep(said["pictures"]) if said["pictures"] else "http" if said["fetch"] else ""
        options = {
            "section": said["section"].pk, "language": said["language"], "pictures": pictures,
            "rights": said["rights"], "credit": said["credit"], "site": said["site"],
        }  # fmt: skip
        file = working.keep(said["export"])
        return working.begin(
            kind=said["kind"], name=said["export"].name, file=file, options=options, is_trial=True,
            actor=person(request),
        )  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = get_object_or_404(MovingRun, pk=whole(object_id))
        if request.method == "POST" or not self.has_view_permission(request, run):
            raise PermissionDenied
        code = request.GET.get("code", "")
        notes = run.notes.filter(code=code) if code in CODES else run.notes.all()
        return self._page(
            request, "page", str(run), run,
            counts=[(words, run.counts[fate]) for fate, words in FATES.items() if run.counts.get(fate)],
            codes=[
                (name, words, run.counts[f"note:{name}"])
                for name, words in CODES.items() if run.counts.get(f"note:{name}")
            ],
            chosen=code, words=CODES,
            notes=Paginator(notes, _PAGE).get_page(request.GET.get("page")),
            is_going=run.state in _GOING,
            is_cut_off=run.counts.get("note:cut_off"),
            may_begin=self.has_add_permission(request) and _may_begin(run),
            may_stop=self.has_add_permission(request) and run.state in _GOING and run.file,
        )  # fmt: skip

    def report(self, request: HttpRequest, number: int) -> StreamingHttpResponse:
        run = get_object_or_404(MovingRun, pk=number)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        response = StreamingHttpResponse(as_json(run), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="move-{run.pk}.json"'
        return response

    def begin(self, request: HttpRequest, number: int) -> HttpResponse:
        """The same export, in earnest: after its trial, or where it was stopped."""
        trial = get_object_or_404(MovingRun, pk=number)
        if not self.has_add_permission(request):
            raise PermissionDenied
        going = MovingRun.objects.filter(file=trial.file, state__in=_GOING).first()
        if going or not trial.file:
            messages.warning(
                request, gettext("It is being brought in already.") if going else gettext("The file is gone.")
            )
            return redirect("admin:articles_movingrun_change", (going or trial).pk)
        if not _may_begin(trial):
            raise PermissionDenied
        run = working.begin(
            kind=trial.kind,
            name=trial.name,
            file=trial.file,
            options=trial.options,
            is_trial=False,
            actor=person(request),
        )
        return redirect("admin:articles_movingrun_change", run.pk)

    def stop(self, request: HttpRequest, number: int) -> HttpResponse:
        run = get_object_or_404(MovingRun, pk=number)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if working.stop(run, actor=person(request)):
            messages.success(request, gettext("Stopped. What has come stays."))
        return redirect("admin:articles_movingrun_change", run.pk)

    def _page(
        self, request: HttpRequest, name: str, title: str, run: MovingRun | None = None, **context: Any
    ) -> HttpResponse:
        site = self.admin_site.each_context(request)
        shown = {**site, "opts": self.opts, "title": title, "object": run, **context}
        return TemplateResponse(request, f"admin/articles/movingrun/{name}.html", shown)


def _may_begin(run: MovingRun) -> bool:
    return bool(run.file) and (run.state in _BROKEN_OFF or (run.is_trial and run.state not in _GOING))
