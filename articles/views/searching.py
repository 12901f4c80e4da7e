"""``/search/``: a form that needs no script, hits with the words marked, pages by key. Nobody keeps what was asked."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from articles import markup, paths
from articles.models.places import Section, Tag
from articles.models.published import Place
from articles.reading import Edition, edition_at
from articles.search import find
from articles.search.engines import Match
from articles.search.query import Query, understand
from articles.search.words import folded
from articles.slugs import slugify
from articles.views.elsewhere import elsewhere
from articles.views.paging import PAGE, place_asked, token
from articles.views.readers import for_readers, tagged
from authors.models import Author

_SCORE = re.compile(r"(-?[0-9.e+-]{1,40})_([0-9]{1,18})", re.ASCII)
_NAMED = 100  # people or subjects of one name, at most
_KEPT = ("q", "in", "author", "tag", "section", "since", "until", "sort")


@for_readers
def search(request: HttpRequest, language: str = "") -> HttpResponse:
    """The search page of an edition. Whatever is in the query, it is a page, or 404 for a place that we never wrote."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in _KEPT}
    query = understand(asked["q"])
    sections = list(Section.objects.select_related("parent").order_by("position", "name", "pk"))
    context = {
        "edition": edition,
        "canonical": paths.absolute(edition.search_path),
        "asked": asked,
        "query": query,
        "sections": sections,
        "is_narrowed": any(asked[name] for name in _KEPT if name not in {"q", "sort"}),
        **(_found(request, edition, query, asked, sections) if query else {"is_first": True}),
    }
    page = render(request, "articles/search.html", context)
    page.headers["X-Robots-Tag"] = "noindex"
    return tagged(page)


def _found(
    request: HttpRequest, edition: Edition, query: Query, asked: dict[str, str], sections: list[Section]
) -> dict[str, Any]:
    filters = _filters(edition, asked, sections)
    before, after = place_asked(request), _match(request.GET.get("after", ""))
    if filters is None:
        page = find.Page()
    elif asked["sort"] == "date":
        page = find.by_date(query, filters, before=before, count=PAGE)
    else:
        page = find.by_relevance(query, filters, after=after, count=PAGE)
    is_first = not (before or after)
    meant = find.meant(query) if is_first and not page.hits else ""
    kept = {name: value for name, value in asked.items() if value}
    return {
        "hits": [
            {"story": hit.story, "headline": markup.safe(hit.headline), "snippet": markup.safe(hit.snippet)}
            for hit in page.hits
        ],
        "more": urlencode({**kept, **_further(page.more)}) if page.more else "",
        "meant": meant,
        "meant_query": urlencode({**kept, "q": meant}),
        "beginning": "" if is_first else urlencode(kept),
        "in_all": urlencode({**kept, "in": "all"}) if asked["in"] != "all" else "",
        "is_first": is_first,
    }


def _filters(edition: Edition, asked: dict[str, str], sections: list[Section]) -> find.Filters | None:
    """What the form narrows the search to; None when it names something that is not there."""
    numbers: tuple[int, ...] = ()
    if asked["section"]:
        numbers = tuple(
            section.pk
            for section in sections
            if asked["section"] in (section.path, section.parent.path if section.parent else "")
        )
        if not numbers:
            return None
    authors = _named(Author.objects.all(), asked["author"])
    tags = _named(Tag.objects.all(), asked["tag"])
    if (asked["author"] and not authors) or (asked["tag"] and not tags):
        return None
    return find.Filters(
        language="" if asked["in"] == "all" else asked["in"] or edition.language,
        sections=numbers,
        authors=authors,
        tags=tags,
        since=_day(asked["since"], edition),
        until=_day(asked["until"], edition, later=1),
    )


def _named(rows: QuerySet[Any], typed: str) -> tuple[int, ...]:
    """Numbers of those whose name is what was typed, in whatever spelling; else of those that have all its words."""
    words = set(folded(typed).split())
    if not words:
        return ()
    named = rows.filter(slug__in=[typed, slugify(typed)]).values_list("pk", flat=True)
    alike = rows.filter(name__spelt=" ".join(typed.split())).values_list("pk", "name")
    return tuple(named) or tuple(number for number, name in alike[:_NAMED] if words <= set(folded(name).split()))


def _day(text: str, edition: Edition, *, later: int = 0) -> datetime | None:
    """The first moment of a day by newsroom time, or of the one after it; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=edition.zone) if day.year >= 1900 else None


def _further(more: Match | Place) -> dict[str, str]:
    """The parameter that says where the list goes on."""
    return {"before": token(more)} if isinstance(more, Place) else {"after": f"{more.score!r}_{more.number}"}


def _match(token: str) -> Match | None:
    found = _SCORE.fullmatch(token)
    if token and not found:
        raise Http404
    try:
        return Match(int(found[2]), float(found[1])) if found else None
    except ValueError as no_number:
        raise Http404 from no_number
