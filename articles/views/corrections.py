"""``/corrections/``: all that the paper has set right, retractions among it, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from articles import paths
from articles.models.public_record import PublishedCorrection
from articles.models.published import OldPath, Place, PublishedArticle
from articles.reading import Edition, edition_at
from articles.views.elsewhere import elsewhere
from articles.views.paging import PAGE, place_asked, query_of, token
from articles.views.readers import for_readers, tagged


@dataclass(frozen=True)
class Entry:
    """One line: what was said of which story. A killed one has no `story` any more."""

    place: Place  # its moment and its number, in the order of the list
    label: str
    headline: str
    text: str
    story: PublishedArticle | None = None
    anchor: str = ""

    @property
    def path(self) -> str:
        """Where it stands on the story; "" for a killed one."""
        return f"{self.story.path}#{self.anchor}" if self.story else ""


@for_readers
def corrections(request: HttpRequest, language: str = "") -> HttpResponse:
    """Four queries, whatever the page."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    before = place_asked(request)
    found = sorted([*_notes(edition, before), *_killed(edition, before)], key=lambda each: each.place, reverse=True)
    if not found and before:
        raise Http404
    shown = found[:PAGE]
    older = token(shown[-1].place) if len(found) > PAGE else ""
    context = {
        "edition": edition,
        "title": gettext("Corrections"),
        "canonical": paths.absolute(edition.corrections_path) + query_of(request),
        "entries": shown,
        "listing": {"older": older, "is_first": not before},
    }
    page = render(request, "articles/corrections.html", context)
    return tagged(page, "corrections", stories=[each.story for each in shown if each.story])


def _notes(edition: Edition, before: Place | None) -> list[Entry]:
    rows = PublishedCorrection.objects.filter(language=edition.language)
    if before:
        # The first condition is implied by the second; it lets the index be entered at the right place.
        rows = rows.filter(at__lte=before.published_at).filter(Q(at__lt=before.published_at) | Q(pk__lt=before.number))
    shown = ("kind", "text", "at", "article__headline", "article__path")
    return [
        Entry(
            Place(row.at, row.pk), row.get_kind_display(), row.article.headline, row.text,
            story=row.article, anchor=f"note-{row.pk}",
        )
        for row in rows.select_related("article").only(*shown).order_by("-at", "-pk")[: PAGE + 1]
    ]  # fmt: skip


def _killed(edition: Edition, before: Place | None) -> list[Entry]:
    """A story that had several addresses left several rows; they all say the same."""
    rows = OldPath.objects.filter(kind=OldPath.Kind.KILLED, language=edition.language, article_number__isnull=False)
    if before:
        rows = rows.filter(at__lte=before.published_at).filter(
            Q(at__lt=before.published_at) | Q(article_number__lt=before.number)
        )
    told = rows.order_by("-at", "-article_number").values_list("at", "article_number", "notice").distinct()
    # Its headline may be what was wrong: the notice is all that is said of it, here as at its address.
    return [
        Entry(Place(at, number or 0), gettext("Retracted"), gettext("A story has been retracted"), notice)
        for at, number, notice in told[: PAGE + 1]
    ]
