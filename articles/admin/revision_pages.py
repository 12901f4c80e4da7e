"""A story's past at the desk: its frozen copies, any two of them compared, one brought back, and who did what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models.audit import AuditRow
from articles import actions, blocks, markup
from articles.admin import labels
from articles.admin.differences import Differences, words_changed
from articles.admin.story_pages import desk_page, person, story_of
from articles.models.desk import Article
from articles.models.revisions import Revision
from articles.problems import DeskProblem
from articles.verbs import offered
from safeguards.numbers import whole

ON_A_PAGE, ROWS_ON_A_PAGE = 50, 100
CHOICES = 200  # of the newest copies, in the lists to choose two from


@dataclass(frozen=True)
class Copy:
    """One line of the list: a frozen copy, and how many words went and came since the one before it."""

    row: Revision
    before: int | None
    removed: int
    added: int

    @property
    def restored_from(self) -> str:
        """ "3", or "3: Headline" where one field alone was brought back; "" for any other verb."""
        if self.row.verb != Revision.Verb.RESTORED:
            return ""
        number, _, name = self.row.note.partition(" ")
        return f"{number}: {_label(name)}" if name else number


@dataclass(frozen=True)
class Deed:
    """One line of what was done, and the two copies between which it lies, if both are still kept."""

    row: AuditRow
    old: int | None
    new: int | None


@require_safe
def revisions(request: HttpRequest, number: int) -> HttpResponse:
    """All frozen copies of the story, newest first, and what was done with it."""
    story = story_of(request, number)
    page = Paginator(story.revisions.select_related("created_by"), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = AuditRow.objects.filter(thing=Article._meta.label_lower, thing_number=str(number)).select_related("actor")
    done = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("rows"))
    return desk_page(
        request, "revisions", story,
        title=gettext("Revisions and history"),
        page=page, copies=_copies(story, list(page)),
        done=done, deeds=_deeds(story, list(done)),
        newest=list(story.revisions.values_list("number", flat=True)[:2]),
    )  # fmt: skip


def _copies(story: Article, rows: list[Revision]) -> list[Copy]:
    if not rows:
        return []
    older = story.revisions.filter(number__lt=rows[-1].number).first()
    befores = [*rows[1:], older]
    return [
        Copy(row, before.number if before else None, *words_changed(before.content if before else None, row.content))
        for row, before in zip(rows, befores, strict=True)
    ]


def _deeds(story: Article, rows: list[AuditRow]) -> list[Deed]:
    """A publication is compared with the one before it, any other deed with the copy before its own."""
    kept = list(story.revisions.order_by("number").values_list("number", flat=True))
    published = sorted({row.detail.get("revision") for row in rows if row.verb in {"published", "updated"}} & {*kept})
    deeds = []
    for row in rows:
        new = row.detail.get("revision")
        line = published if row.verb in {"published", "updated"} else kept
        earlier = [each for each in line if new and each < new]
        deeds.append(Deed(row, earlier[-1], new) if earlier and new in line else Deed(row, None, None))
    return deeds


@require_http_methods(["GET", "HEAD", "POST"])
def revision(request: HttpRequest, number: int, revision: int) -> HttpResponse:
    """One frozen copy, to read; POST writes it back into the working copy, or only the ``field`` that is named."""
    story = story_of(request, number)
    copy = get_object_or_404(story.revisions.select_related("created_by"), number=revision)
    if request.method == "POST":
        return _restore(request, copy)
    language = copy.content["language"]
    material = blocks.material_of(copy.content, number=number)
    return desk_page(
        request, "revision", story,
        title=gettext("Revision %(number)s") % {"number": revision},
        copy=copy,
        rows=[(label, value) for label, value in labels.shown(copy.content).values() if value],
        body=markup.safe(blocks.render(copy.content["body"], material, language=language)),
    )  # fmt: skip


def _restore(request: HttpRequest, copy: Revision) -> HttpResponse:
    field, version = request.POST.get("field", ""), request.POST.get("version", "")
    if field and field not in copy.content:
        raise Http404
    try:
        actions.restore(
            copy.article_id, actor=person(request), revision=copy.number, field=field,
            expected_version=whole(version),
        )  # fmt: skip
    except DeskProblem as problem:
        messages.error(request, str(problem))
        return redirect("admin:articles_article_revision", copy.article_id, copy.number)
    if field:
        said = gettext("“%(field)s” is again what it was in revision %(number)s. Readers see what they saw.")
    else:
        said = gettext("Revision %(number)s is the working copy again. Readers see what they saw.")
    messages.success(request, said % {"number": copy.number, "field": _label(field)})
    return redirect("admin:articles_article_change", copy.article_id)


@require_safe
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Two frozen copies by words, fields and pictures, the older one first; the newest two unless others are named."""
    story = story_of(request, number)
    one, other = (whole(request.GET.get(name), digits=9) for name in ("old", "new"))
    newest = list(story.revisions.values_list("number", flat=True)[:2])
    numbers = sorted(newest if one is None or other is None else [one, other])
    copies = list(story.revisions.filter(number__in=numbers).select_related("created_by").order_by("number"))
    if len(copies) != len(set(numbers)) or not copies:
        messages.warning(request, gettext("There are no two copies of that kind. Choose two others."))
        return HttpResponseRedirect(reverse("admin:articles_article_revisions", args=[number]))
    old, new = copies[0], copies[-1]
    may_restore = new.number == story.latest_revision != old.number and "restore" in offered(person(request), story)
    return desk_page(
        request, "compare", story,
        title=gettext("Compare two copies"),
        old=old, new=new,
        differences=Differences(old.content, new.content),
        choices=_choices(story, copies),
        may_restore=may_restore,
    )  # fmt: skip


def _choices(story: Article, chosen: Iterable[Revision]) -> list[Revision]:
    newest = list(story.revisions.select_related("created_by").defer("content")[:CHOICES])
    numbers = {row.number for row in newest}
    return [*newest, *(row for row in chosen if row.number not in numbers)]


def _label(name: str) -> str:
    """What the desk calls a field of a story's content."""
    known: dict[str, Any] = {each.name: each for each in [*Article._meta.fields, *Article._meta.many_to_many]}
    return str(known[name].verbose_name) if name in known else gettext("bylines")


PAGES = [
    ("<int:number>/revisions/", revisions, "revisions"),
    ("<int:number>/revisions/<int:revision>/", revision, "revision"),
    ("<int:number>/compare/", compare, "compare"),
]
