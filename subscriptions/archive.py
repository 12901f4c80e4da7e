"""``/letters/``: letters that have gone out, for everybody to read, where their newsletter allows it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from articles import markup, paths
from articles.models.published import Place, PublishedArticle
from articles.reading import PAGE, edition_at, open_edition
from articles.reading import Edition as Paper
from articles.registry import FootLink, ReaderLink
from articles.views.elsewhere import elsewhere
from articles.views.paging import place_asked, query_of, token
from articles.views.readers import for_readers, tagged
from subscriptions.manual import words_of
from subscriptions.models.letters import Edition, EditionStory, Newsletter
from subscriptions.models.manual import ManualLetter


def public() -> QuerySet[Edition]:
    """Letters that may be read on the site: gone out to all, and not about nothing."""
    has_stories = Exists(EditionStory.objects.filter(edition=OuterRef("pk")))
    kinds = [Newsletter.Kind.MANUAL, *Newsletter.DIGESTS]
    return Edition.objects.filter(
        Q(newsletter__kind=Newsletter.Kind.MANUAL) | has_stories,
        newsletter__is_public=True, newsletter__kind__in=kinds,
        state__in=[Edition.State.DONE, Edition.State.NEEDS_ATTENTION],
    ).select_related("newsletter")  # fmt: skip


@for_readers
def letters(request: HttpRequest, language: str = "") -> HttpResponse:
    """The newest first, in the edition's language; as many queries whatever the page."""
    paper = edition_at(language)
    if not paper:
        return elsewhere(request)
    before = place_asked(request)
    rows = public().filter(language=paper.language).defer("html", "text").order_by("-created_at", "-pk")
    if before:
        rows = rows.filter(created_at__lte=before.published_at).filter(
            Q(created_at__lt=before.published_at) | Q(pk__lt=before.number)
        )
    found = list(rows[: PAGE + 1])
    if not found and before:
        raise Http404
    shown = found[:PAGE]
    last = Place(shown[-1].created_at, shown[-1].pk) if len(found) > PAGE else None
    context = {
        "edition": paper,
        "title": gettext("Letters"),
        "canonical": paths.absolute(_path(paper.language if paper.path != "/" else "")) + query_of(request),
        "letters": [(each, address(each)) for each in shown],
        "listing": {"older": token(last) if last else "", "is_first": not before},
        "subscribe": f"{reverse('subscriptions:subscribe')}?lang={paper.language}",
    }
    return tagged(render(request, "subscriptions/letters.html", context), f"letters:{paper.language}")


@for_readers
def letter(request: HttpRequest, newsletter: str, key: str) -> HttpResponse:
    """One letter as a page: its words, and those of its stories that readers still find."""
    found = get_object_or_404(public().defer("html", "text"), newsletter__slug=newsletter, edition_key=key)
    paper = open_edition(found.language)
    numbers = list(found.story_rows.values_list("article_number", flat=True))
    live = PublishedArticle.objects.cards().in_bulk(numbers)
    stories = [live[number] for number in numbers if number in live]
    written = ManualLetter.objects.filter(edition=found).first()
    context = {
        "edition": paper,
        "title": found.subject,
        "canonical": paths.absolute(address(found)),
        "letter": found,
        "intro": markup.safe(words_of(written.intro, language=found.language)) if written else "",
        "closing": markup.safe(words_of(written.closing, language=found.language)) if written else "",
        "stories": stories,
        "letters": _path(paper.language if paper.path != "/" else ""),
        "subscribe": _subscribe(found),
    }
    page = render(request, "subscriptions/letter.html", context)
    # Those that are gone too: they may come back.
    return tagged(page, f"letters:{found.language}", *(f"article:{number}" for number in numbers))


def _is_there(language: Any) -> Exists:
    return Exists(public().filter(language=language))


def _at_the_foot(language: str) -> ReaderLink:
    return ReaderLink(gettext("Letters"), _path(language))


AT_THE_FOOT = FootLink("letters", _is_there, _at_the_foot)


def _subscribe(letter: Edition) -> str:
    """The sign-up, with the letter's newsletter chosen already where readers may."""
    chosen = {"letter": letter.newsletter_id} if letter.newsletter.is_offered else {}
    return f"{reverse('subscriptions:subscribe')}?{urlencode({'lang': letter.language, **chosen})}"


def path_of(paper: Paper) -> str:
    """Where letters in the paper's language are listed; "" as long as there is none."""
    there = paper.is_offered and public().filter(language=paper.language).exists()
    return _path(paper.language if paper.path != "/" else "") if there else ""


def _path(language: str) -> str:
    return reverse("letters:letters", args=[language] if language else [])


def address(edition: Edition) -> str:
    """The letter's own page."""
    return reverse("letters:letter", args=[edition.newsletter.slug, edition.edition_key])
