"""Front pages: of an edition, of a section; and the desk's own pages, which share the sections' addresses."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles import paths
from articles.embeds import with_frames
from articles.frontpage import front_context, shown_in
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import Page
from articles.reading import Edition, edition_at, page_context
from articles.views.elsewhere import address, elsewhere
from articles.views.paging import PAGE, listing, place_asked
from articles.views.readers import for_readers, tagged


@for_readers
def front(request: HttpRequest, language: str = "") -> HttpResponse:
    """Five queries, however many stories there are."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    context = front_context(edition)
    return tagged(
        render(request, "articles/front.html", context), f"front:{edition.language}", stories=shown_in(context)
    )


@for_readers
def place(request: HttpRequest, language: str = "") -> HttpResponse:
    """A section's front page, or a page of the desk's own: they share the first segment of addresses."""
    edition = edition_at(language)
    path = address(request)
    if not edition:
        return elsewhere(request)
    name = path.removeprefix(edition.path).strip("/")
    sections = list(Section.objects.filter(Q(path=name) | Q(parent__path=name)).select_related("parent"))
    section = next((each for each in sections if each.path == name), None)
    if section:
        return _section(request, edition, section, [each for each in sections if each != section])
    page = Page.objects.filter(path=path).first()
    if page:
        return tagged(with_frames(render(request, "articles/page.html", page_context(page, edition))))
    return elsewhere(request)


def _section(request: HttpRequest, edition: Edition, section: Section, children: list[Section]) -> HttpResponse:
    stories = PublishedArticle.objects.newest_of_each(
        [section.pk, *(child.pk for child in children)],
        language=edition.language, count=PAGE + 1, before=place_asked(request),
    )  # fmt: skip
    page = listing(list(stories.cards()[: PAGE + 1]), request)
    context = {
        "edition": edition,
        "section": section,
        "children": children,
        "title": section.name_in(edition.language),
        # Written in the main language only.
        "description": section.description if edition.language == edition.site.language else "",
        "canonical": paths.absolute(edition.section_path(section)),
        "listing": page,
    }
    return tagged(render(request, "articles/section.html", context), f"section:{section.pk}", stories=page.stories)
