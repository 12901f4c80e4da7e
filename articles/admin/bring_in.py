"""Bring in text: paste or upload, look at what was recognised, make the draft."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from articles.actions_import import (
    AlreadyBroughtIn,
    bring_in,
    channel_label,
    channels_without_address,
    fill_channels,
    missing_channels,
    section_names,
)
from articles.admin.story_pages import person
from articles.forms.bring_in import RecognisedForm, TextForm, recognised_form
from articles.importing.plain_text import ParsedText, read
from articles.importing.problems import ImportProblem
from articles.models.desk import Article
from articles.problems import DeskProblem


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest) -> HttpResponse:
    """GET: the empty form. POST: what was recognised in the text; posted once more from there, the draft."""
    if not request.user.has_perm("articles.import_text"):
        raise PermissionDenied
    if request.method == "POST" and "parsed" in request.POST:
        return _make_draft(request)
    form = TextForm(request.POST, request.FILES) if request.method == "POST" else TextForm()
    if form.is_valid():
        data, name = form.source()
        try:
            parsed = read(data, filename=name, section_names=section_names())
        except ImportProblem as problem:
            form.add_error("file" if name else "text", str(problem))
        else:
            return _show(request, recognised_form(parsed), parsed)
    return _page(request, form=form)


def _show(request: HttpRequest, form: RecognisedForm, parsed: ParsedText) -> HttpResponse:
    offered = missing_channels(parsed.boilerplate) if request.user.has_perm("articles.change_sitesettings") else {}
    return _page(
        request, form=form, parsed=parsed,
        there=Article.objects.for_user(person(request)).filter(import_digest=parsed.digest).first(),
        channels=[(channel_label(name), address) for name, address in offered.items()],
        unknown_channels=channels_without_address(parsed.boilerplate),
    )  # fmt: skip


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    site = admin.site.each_context(request)
    title = gettext("Bring in text")
    return TemplateResponse(
        request, "admin/articles/article/bring_in.html", {**site, "opts": Article._meta, "title": title, **context}
    )


def _make_draft(request: HttpRequest) -> HttpResponse:
    form = RecognisedForm(request.POST)
    if not form.is_valid():
        if "parsed" in form.errors:
            messages.error(request, " ".join(map(str, form.errors["parsed"])))
            return redirect("admin:articles_article_import")
        return _show(request, form, form.cleaned_data["parsed"])
    parsed = form.cleaned_data["parsed"]
    try:
        with transaction.atomic():
            article = bring_in(
                parsed, actor=person(request),
                section=form.cleaned_data["section"], language=form.cleaned_data["language"],
            )  # fmt: skip
            if form.cleaned_data["channels"] and request.user.has_perm("articles.change_sitesettings"):
                fill_channels(parsed.boilerplate, actor=person(request))
    except AlreadyBroughtIn as already:
        messages.warning(request, str(already))
        if not Article.objects.for_user(person(request)).filter(pk=already.article.pk).exists():
            return redirect("admin:articles_article_import")
        return redirect("admin:articles_article_change", already.article.pk)
    except DeskProblem as problem:
        form.add_error(None, str(problem))
        return _show(request, form, parsed)
    address = reverse("admin:articles_article_change", args=[article.pk])
    messages.success(request, format_html("{} {}", gettext("This is the draft."), " ".join(parsed.warnings)))
    return redirect(address)
