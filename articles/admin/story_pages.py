"""Pages beside a story's form: its revisions and history, its preview, and what is asked before it is taken off."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.models.audit import AuditRow
from articles import actions, blocks, markup
from articles.embeds import with_frames
from articles.forms.verbs import ConfirmForm, KillForm, WithdrawForm
from articles.kinds import Kind
from articles.languages import LANGUAGES
from articles.models.desk import Article, State
from articles.models.places import Section, Series, Tag
from articles.models.revisions import Revision
from articles.preview import as_readers_would_see
from articles.problems import DeskProblem, NotReady
from articles.verbs import VERBS, offered
from images.models import Picture

REVISIONS_ON_A_PAGE = 50
HISTORY = 100
# Verb -> what is asked, what it means, the button, and what is said when it is done.
CONFIRMED: dict[str, tuple[type[forms.Form], Any, Any, Any]] = {
    "withdraw": (
        WithdrawForm,
        _("The story goes off quietly: its address says that it is no longer there. It can be published again."),
        _("Withdraw the story"),
        _("Withdrawn. Readers no longer find it."),
    ),
    "kill": (
        KillForm,
        _("The story is retracted for good. It cannot be published again, and its address shows your notice."),
        _("Kill the story"),
        _("Killed. Its address now shows the notice."),
    ),
    "discard": (
        ConfirmForm,
        _("The draft goes to the bin with all its revisions. You can take it back out."),
        _("Discard the draft"),
        _("In the bin."),
    ),
    "reclaim": (
        ConfirmForm,
        _("The draft comes back with all its revisions."),
        _("Take it back out"),
        _("Back out of the bin."),
    ),
}  # fmt: skip


def person(request: HttpRequest) -> User:
    """The member of staff who asks: the admin lets nobody else in."""
    return cast(User, request.user)


def when_and_who(moment: datetime, person: User | None) -> str:
    """ "22 Nov. 2026, 09:14, Edith Oram" in the reader's zone and language."""
    when = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return f"{when}, {person}" if person else when


def public_path(story: Article) -> str:
    """Where readers find the story now; "" for one that is not live."""
    return story.public_place["path"] if story.state == State.PUBLISHED else ""


def _story(request: HttpRequest, number: int) -> Article:
    stories = Article.objects.for_user(person(request)).select_related("saved_by", "section__parent")
    return get_object_or_404(stories, pk=number)


def _page(request: HttpRequest, name: str, story: Article, **context: Any) -> TemplateResponse:
    site = admin.site.each_context(request)
    return TemplateResponse(
        request,
        f"admin/articles/article/{name}.html",
        {
            **site,
            "opts": Article._meta,
            "story": story,
            "verbs": offered(person(request), story),
            "public_path": public_path(story),
            **context,
        },
    )


@require_safe
def revisions(request: HttpRequest, number: int) -> HttpResponse:
    """All frozen copies of the story, newest first, and what was done with it."""
    story = _story(request, number)
    copies = story.revisions.select_related("created_by").defer("content")
    rows = AuditRow.objects.filter(thing=Article._meta.label_lower, thing_number=str(number)).select_related("actor")
    return _page(
        request, "revisions", story,
        title=gettext("Revisions and history"),
        copies=Paginator(copies, REVISIONS_ON_A_PAGE).get_page(request.GET.get("page")),
        rows=rows[:HISTORY],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def revision(request: HttpRequest, number: int, revision: int) -> HttpResponse:
    """One frozen copy, to read; POST writes it back into the working copy."""
    story = _story(request, number)
    copy = get_object_or_404(story.revisions.select_related("created_by"), number=revision)
    if request.method == "POST":
        try:
            actions.restore(number, actor=person(request), revision=revision)
        except DeskProblem as problem:
            messages.error(request, str(problem))
            return redirect("admin:articles_article_revision", number, revision)
        said = gettext("Revision %(number)s is the working copy again. Readers see what they saw.")
        messages.success(request, said % {"number": revision})
        return redirect("admin:articles_article_change", number)
    body, language = copy.content["body"], copy.content["language"]
    return _page(
        request, "revision", story,
        title=gettext("Revision %(number)s") % {"number": revision},
        copy=copy,
        rows=_fields(copy),
        body=markup.safe(blocks.render(body, blocks.material_of(copy.content, number=number), language=language)),
    )  # fmt: skip


def _fields(copy: Revision) -> list[tuple[str, str]]:
    """Labels and values of all but the text, those that were empty left out."""
    content = copy.content
    section = Section.objects.select_related("parent").filter(pk=content["section"]).first()
    values = {
        **{name: content[name] for name in ("kicker", "headline", "standfirst", "short_headline", "social_headline")},
        "lead_picture": str(Picture.objects.filter(pk=content.get("lead_picture") or 0).first() or ""),
        "section": str(section or ""),
        "series": str(Series.objects.filter(pk=content["series"]).first() or ""),
        "tags": ", ".join(Tag.objects.filter(pk__in=content["tags"]).values_list("name", flat=True)),
        "kind": str(dict(Kind.choices).get(content["kind"], content["kind"])),
        "language": LANGUAGES[content["language"]].name if content["language"] in LANGUAGES else content["language"],
        "dateline": content["dateline"],
        "slug": content["slug"],
    }
    fields = {field.name: field for field in [*Article._meta.fields, *Article._meta.many_to_many]}
    rows = [(str(fields[name].verbose_name), value) for name, value in values.items()]
    lines = [f"{line['name']} ({line['credit']})" if line["credit"] else line["name"] for line in content["bylines"]]
    rows.append((gettext("bylines"), ", ".join(lines)))
    return [(label, value) for label, value in rows if value]


@require_safe
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """The readers' page in two widths, plainly marked as not published."""
    return _page(request, "preview", _story(request, number), title=gettext("Preview"))


@require_safe
def preview_page(request: HttpRequest, number: int) -> HttpResponse:
    """The readers' page itself, made from the working copy; for no search engine. (No page of the desk is cached.)"""
    response = with_frames(render(request, "articles/article.html", as_readers_would_see(_story(request, number))))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Asks before a verb that takes something away. What was typed stays when the verb is refused."""
    story = _story(request, number)
    if not VERBS[verb].allowed(person(request), story):
        raise PermissionDenied
    make, meaning, button, done = CONFIRMED[verb]
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            getattr(actions, verb)(number, actor=person(request), **form.cleaned_data)
        except NotReady as problem:
            for field, complaints in problem.errors.items():
                form.add_error(field, complaints)
        except DeskProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, done)
            return redirect("admin:articles_article_change", number)
    elif request.method == "GET" and verb not in offered(person(request), story):
        said = gettext("This story is “%(state)s” now.") % {"state": story.get_state_display()}
        messages.warning(request, said)
        return redirect("admin:articles_article_change", number)
    return _page(
        request, "confirm", story, title=VERBS[verb].label, form=form, verb=verb, meaning=meaning, button=button
    )
