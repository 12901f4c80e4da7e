"""How lists go on: by the moment and number of the last story shown, never by a page's number."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from articles.models.published import Place, PublishedArticle
from articles.reading import PAGE, Edition, open_edition

_TOKEN = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6})Z-(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Listing:
    """One page of a list; `older` is the value of ``?before=`` for the next one, "" at the end.

    `query` ends the page's own address: ``?before=…``, "" on the first one. Search engines take what has one address
    for one page, so each names its own.
    """

    stories: list[PublishedArticle]
    older: str
    query: str

    @property
    def is_first(self) -> bool:
        return not self.query


def place_asked(request: HttpRequest) -> Place | None:
    """Where the list is to go on, None for its beginning. Raises ``Http404`` on anything that we never wrote."""
    token = request.GET.get("before")
    if token is None:
        return None
    found = _TOKEN.fullmatch(token)
    if not found:
        raise Http404
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError as no_such_day:
        raise Http404 from no_such_day
    return Place(moment, int(found[2]))


def listing(stories: list[PublishedArticle], request: HttpRequest) -> Listing:
    """A page out of up to `PAGE` + 1 stories: the one too many says that the list goes on. ``Http404`` past its end."""
    query = query_of(request)
    if not stories and query:
        raise Http404
    shown = stories[:PAGE]
    older = ""
    if len(stories) > PAGE:
        older = token(shown[-1].place)
    return Listing(shown, older, query)


def query_of(request: HttpRequest) -> str:
    """What ends the address of the page that was asked for (`place_asked` knows that it is one); "" for the first."""
    return f"?{urlencode({'before': request.GET['before']})}" if "before" in request.GET else ""


def token(place: Place) -> str:
    """What ``?before=`` says of a place."""
    return f"{place.published_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}-{place.number}"


def page_of(rows: QuerySet[Any], request: HttpRequest, *, through: str = "", is_whole: bool = False) -> Listing:
    """A page of published stories, newest first, or of the rows that lead to them by their key `through`.

    They come without their bodies unless `is_whole` says so.

    Such rows carry the story's moment themselves, so that the page is read in order from their own index.
    """
    number, story = (f"{through}_id", f"{through}__") if through else ("pk", "")
    place = place_asked(request)
    if place:
        # The first condition is implied by the second; it lets the index be entered at the right place.
        rows = rows.filter(published_at__lte=place.published_at).filter(
            Q(published_at__lt=place.published_at) | Q(**{f"{number}__lt": place.number})
        )
    rows = rows.order_by("-published_at", f"-{number}").select_related(f"{story}section__parent")
    found = list((rows if is_whole else rows.defer(f"{story}body_html"))[: PAGE + 1])
    return listing([getattr(row, through) for row in found] if through else found, request)


def edition_of(listing: Listing) -> Edition:
    """The edition of a list that belongs to none: of its stories' language where they share one, else the paper's own.

    Raises ``Http404`` for a list without a story.
    """
    if not listing.stories:
        raise Http404
    languages = {story.language for story in listing.stories}
    return open_edition(languages.pop() if len(languages) == 1 else "")
