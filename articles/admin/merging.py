"""The pages that merge an author or a tag into another: what will change, said before it is done for good."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from js_asset import Media

from accounts.confirming import ask
from articles import actions_merge
from articles.admin.story_pages import person
from articles.forms import refusals
from articles.forms.corrections import MergeAuthorForm, MergeTagForm
from articles.models.places import Tag
from articles.problems import DeskProblem
from authors.models import Author


@dataclass(frozen=True)
class _Kind:
    model: type[Author] | type[Tag]
    form: type[forms.Form]
    permission: str
    merge: Any


_AUTHOR = _Kind(Author, MergeAuthorForm, "authors.delete_author", actions_merge.merge_authors)
_TAG = _Kind(Tag, MergeTagForm, "articles.delete_tag", actions_merge.merge_tags)


@require_http_methods(["GET", "HEAD", "POST"])
def merge_author(request: HttpRequest, number: int) -> HttpResponse:
    """Asks into which other author, shows what changes, and merges when that is confirmed."""
    return _merge(request, _AUTHOR, number)


@require_http_methods(["GET", "HEAD", "POST"])
def merge_tag(request: HttpRequest, number: int) -> HttpResponse:
    """The same for a tag."""
    return _merge(request, _TAG, number)


def _merge(request: HttpRequest, meant: _Kind, number: int) -> HttpResponse:
    if not request.user.has_perm(meant.permission):
        raise PermissionDenied
    if who := ask(request):
        return who
    gone: Any = get_object_or_404(meant.model, pk=number)
    form = meant.form(request.POST if request.method == "POST" else None)
    into = None
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data["into"]
        if into == gone:
            form.add_error("into", gettext("Choose another one than the one that goes."))
            into = None
        elif "_sure" in request.POST:
            try:
                meant.merge(number, into=into.pk, actor=person(request))
            except DeskProblem as problem:
                refusals.show(problem, form)
            else:
                said = gettext("Merged. “%(gone)s” is now “%(into)s”, and the old address leads on.")
                messages.success(request, said % {"gone": gone, "into": into})
                answer = redirect(f"admin:{into._meta.app_label}_{into._meta.model_name}_change", into.pk)
                answer.status_code = 303
                return answer
    context = {
        **admin.site.each_context(request),
        "title": gettext("Merge “%(name)s” into another one") % {"name": gone},
        "opts": meant.model._meta,
        "gone": gone,
        "into": into,
        "reach": actions_merge.reach(gone),
        "form": form,
        "media": Media.from_media(form.media).with_nonce(str(request.csp_nonce)),  # type: ignore[attr-defined]  # the middleware's
    }
    return TemplateResponse(request, "admin/articles/merge.html", context)


PAGES = [
    ("merge/author/<int:number>/", merge_author, "merge_author"),
    ("merge/tag/<int:number>/", merge_tag, "merge_tag"),
]
