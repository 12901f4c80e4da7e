"""The checks beside a story's form: while it is written, when it is opened, and when a publication was refused."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from articles import checks, snapshots
from articles.admin.story_pages import person, typed_beside
from articles.checks import Finding, Level
from articles.forms.article import ArticleForm
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.problems import NotReady
from articles.verbs import VERBS

MOST_BYTES = 3_000_000  # of a form: far more than any story, and soon read
TEMPLATE = "admin/articles/article/_check_list.html"


@require_POST
def check(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """What the checks say of the form as it stands, not saved: ``summary``, ``required``, ``recommended``, ``html``.

    Whoever may save the story may ask. A form that cannot be saved is looked at as far as it goes.
    """
    asking = person(request)
    if number is None:
        story = Article()
        if not asking.has_perm("articles.add_article"):
            raise PermissionDenied
    else:
        story = get_object_or_404(Article.objects.for_user(asking), pk=number)
        if not (VERBS["save"].allowed(asking, story) and VERBS["save"].fits(asking, story)):
            raise PermissionDenied
    try:
        too_long = int(request.headers.get("Content-Length") or 0) > MOST_BYTES
        typed = None if too_long else request.POST
    except RequestDataTooBig:
        typed = None
    if typed is None:
        return JsonResponse({"problem": gettext("The text is too long to be checked while you write.")}, status=413)
    return JsonResponse(_told(of_form(ArticleForm(typed, instance=story), story)))


def of_form(form: ArticleForm, story: Article) -> list[Finding]:
    """Findings on what stands in the form, saved or not; what cannot be read in it counts as not written."""
    form.is_valid()
    for name, field in form.fields.items():
        form.cleaned_data.setdefault(name, field.clean("") if not field.required else "")
    return checks.examine_story(story, form.content(), site=SiteSettings.load())


def panel(request: HttpRequest, form: Any, story: Article | None) -> dict[str, Any]:
    """The context of ``_checks.html``: what the form shows of the checks when it is opened or comes back."""
    reason = typed_beside(request, "override_reason")
    refused = isinstance(getattr(form, "problem", None), NotReady)
    if form.is_bound:
        # Afresh: the form that comes back has forgotten the fields at which the refusal stands.
        found = of_form(ArticleForm(form.data, instance=story or Article()), story or Article())
    elif story:
        found = checks.examine_story(story, snapshots.take(story), site=SiteSettings.load())
    else:
        found = []
    return {
        **_told(found),
        "begun": bool(story) or form.is_bound,
        "address": reverse("admin:articles_article_checks", args=[story.pk] if story else []),
        "may_override": (refused or bool(reason)) and checks.can_be_overridden(found, person(request)),
        "reason": reason,
    }


def _told(found: list[Finding]) -> dict[str, Any]:
    required = sum(finding.is_required for finding in found)
    rows = [(finding, _label(finding.field), finding.field in ArticleForm.base_fields) for finding in found]
    groups = [(level.label, level.value, [row for row in rows if row[0].level == level]) for level in Level]
    return {
        "summary": checks.summary(found),
        "required": required,
        "recommended": len(found) - required,
        "html": render_to_string(TEMPLATE, {"groups": groups}),
    }


def grouped(found: list[Finding]) -> list[tuple[str, str, list[Finding]]]:
    """Findings by level, those first that stand in the way: label, value, findings. Levels without any are left out."""
    groups = [(str(level.label), level.value, [each for each in found if each.level == level]) for level in Level]
    return [group for group in groups if group[2]]


def _label(field: str) -> str:
    """What the form calls a field; "" for the story as a whole."""
    known = {each.name: each for each in Article._meta.fields}
    return str(known[field].verbose_name) if field in known else ""
