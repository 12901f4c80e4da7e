"""The plan beside a story's form: who has it, until when, what is to be seen to. And beginning a story for somebody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from articles import actions_desk
from articles.admin.panels import Panel
from articles.admin.story_pages import desk_page, person, story_of
from articles.clocks import Zones, on_both_clocks
from articles.forms import refusals
from articles.forms.planning import CommissionForm, PlanForm
from articles.forms.site import edition_choices
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.problems import DeskProblem
from articles.verbs import VERBS, offered


def panel(request: HttpRequest, story: Article, verbs: list[str]) -> dict[str, Any]:
    """What is laid down for the story, to be changed by whoever may."""
    form = PlanForm(story=story, person=person(request), verbs=verbs)
    return {"panel": "plan", "is_open": True, "form": form, "rows": _rows(story, shown=form.fields.keys())}


def _rows(story: Article, *, shown: Any) -> list[tuple[str, Any]]:
    """Labels and values of what this person may see and not change."""
    zones = Zones.of(SiteSettings.load())
    fields = {field.name: field for field in Article._meta.fields}
    rows: list[tuple[str, Any]] = []
    for name in actions_desk.PLANS:
        value = getattr(story, name)
        if name in shown or value in {None, ""}:
            continue
        rows.append((str(fields[name].verbose_name), on_both_clocks(value, zones) if hasattr(value, "hour") else value))
    for name in actions_desk.FLAGS:
        if name not in shown and getattr(story, name):
            rows.append((str(fields[name].verbose_name), gettext("yes")))
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """Writes what was changed in the panel; a refusal shows the form on a page of its own, with what was typed."""
    story = story_of(request, number)
    verbs = [verb for verb in offered(person(request), story) if verb in {"plan", "flag"}]
    if not verbs and not any(VERBS[verb].allowed(person(request), story) for verb in ("plan", "flag")):
        raise PermissionDenied
    if request.method != "POST":
        return redirect(f"{_back(number).url}#panel-plan")
    form = PlanForm(request.POST, story=story, person=person(request), verbs=verbs)
    if form.is_valid():
        try:
            _write(number, form.changes, request)
        except DeskProblem as problem:
            refusals.show(problem, form)
        else:
            messages.success(request, gettext("Planned.") if form.changes else gettext("Nothing was changed."))
            return _back(number)
    return desk_page(request, "plan", story, title=gettext("Plan"), form=form)


@transaction.atomic
def _write(number: int, changes: dict[str, Any], request: HttpRequest) -> None:
    plans = {name: value for name, value in changes.items() if name in actions_desk.PLANS}
    flags = {name: value for name, value in changes.items() if name in actions_desk.FLAGS}
    if plans:
        actions_desk.plan(number, actor=person(request), **plans)
    if flags:
        actions_desk.flag(number, actor=person(request), **flags)


@require_http_methods(["GET", "HEAD", "POST"])
def commission(request: HttpRequest) -> HttpResponse:
    """Begins a story for somebody. What was typed stays when it is refused."""
    asking = person(request)
    if not (asking.has_perm(VERBS["plan"].permission) and asking.has_perm("articles.add_article")):
        raise PermissionDenied
    languages = edition_choices(SiteSettings.load())
    form = CommissionForm(request.POST if request.method == "POST" else None, person=asking, languages=languages)
    if request.method == "POST" and form.is_valid():
        try:
            story = actions_desk.commission(actor=asking, content=form.content(), **form.plans())
        except DeskProblem as problem:
            refusals.show(problem, form)
        else:
            assignee = form.cleaned_data["assignee"]
            said = (
                gettext("Commissioned. %(name)s has been told.")
                if assignee
                else gettext("Commissioned; nobody has it yet.")
            )
            messages.success(request, said % {"name": assignee})
            return redirect("admin:articles_article_change", story.pk)
    shown = {
        **admin.site.each_context(request),
        "opts": Article._meta,
        "title": gettext("New commission"),
        "form": form,
    }
    return TemplateResponse(request, "admin/articles/article/commission.html", shown)


def _back(number: int) -> Any:
    return redirect("admin:articles_article_change", number)


PANEL = Panel("admin/articles/article/_plan_panel.html", panel)
PAGES = [("commission/", commission, "commission"), ("<int:number>/plan/", plan, "plan")]
