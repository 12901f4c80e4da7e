"""Front pages: of an edition, of a section; and the desk's own pages, which share the sections' addresses."""

from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles.embeds import with_frames
from articles.frontpage import below, front_context, in_bands, section_context, shown_in
from articles.models.places import Section
from articles.models.pressed import PressedFront
from articles.models.site import Page
from articles.reading import Edition, edition_at, page_context
from articles.views.elsewhere import address, elsewhere
from articles.views.former import asked_by_number
from articles.views.paging import PAGE, listing, place_asked
from articles.views.readers import for_readers, tagged


@for_readers
def front(request: HttpRequest, language: str = "") -> HttpResponse:
    """Five queries, however many stories there are."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    if request.GET and (response := asked_by_number(request)):
        return response
    context = front_context(edition)
    tags = f"front:{edition.language}", f"most-read:{edition.language}"
    return tagged(render(request, "articles/front.html", context), *tags, stories=shown_in(context))


@for_readers
def place(request: HttpRequest, language: str = "") -> HttpResponse:
    """A section's front page, or a page of the desk's own: they share the first segment of addresses."""
    edition = edition_at(language)
    path = address(request)
    if not edition:
        return elsewhere(request)
    name = path.removeprefix(edition.path).strip("/")
    pressed = PressedFront.objects.filter(section=OuterRef("pk"), language=edition.language).values("containers")
    here = Section.objects.filter(Q(path=name) | Q(parent__path=name)).select_related("parent")
    sections = list(here.annotate(arranged=Subquery(pressed)))
    section = next((each for each in sections if each.path == name), None)
    if section:
        arranged = section.arranged if "before" not in request.GET else None
        return _section(request, edition, section, [each for each in sections if each != section], arranged or [])
    page = Page.objects.filter(path=path).first()
    if page:
        return tagged(with_frames(render(request, "articles/page.html", page_context(page, edition))))
    return elsewhere(request)


def _section(
    request: HttpRequest,
    edition: Edition,
    section: Section,
    children: list[Section],
    arranged: list[dict[str, Any]],
) -> HttpResponse:
    """What editors arranged stands above; the list below goes on with what is not shown there."""
    context = section_context(edition, section, children, arranged)
    page = listing(below(context, before=place_asked(request), count=PAGE + 1), request)
    alternates = context["alternates"] if page.is_first else []
    canonical = context["canonical"] + page.query
    context |= {"alternates": alternates, "canonical": canonical, "listing": page}
    response = render(request, "articles/section.html", context)
    return tagged(response, f"section:{section.pk}", stories=[*in_bands(context["bands"]), *page.stories])
