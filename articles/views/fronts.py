"""Front pages: of an edition, of a section; and the desk's own pages, which share the sections' addresses."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles import paths, registry
from articles.kinds import Kind
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import Page
from articles.reading import Edition, edition_at, page_context
from articles.views.elsewhere import address, elsewhere
from articles.views.paging import PAGE, listing, place_asked
from articles.views.readers import for_readers

SECONDARY, LATEST, EACH = 2, 5, 4


@dataclass(frozen=True)
class Block:
    """A section's newest stories on the front page, its subsections' among them."""

    section: Section
    stories: list[PublishedArticle]


@for_readers
def front(request: HttpRequest, language: str = "") -> HttpResponse:
    """Five queries: the newest stories on top, then what each section had before them, no story twice."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    top = 1 + SECONDARY + LATEST
    newest = list(PublishedArticle.objects.filter(language=edition.language).newest_first().cards()[:top])
    older: list[PublishedArticle] = []
    sections: list[Section] = []
    if len(newest) == top:
        sections = list(Section.objects.all())
        stories = PublishedArticle.objects.newest_of_each(
            [section.pk for section in sections], language=edition.language, count=EACH, before=newest[-1].place
        )
        older = list(stories.cards())
    opinion = [story for story in older if story.kind == Kind.OPINION][:EACH]
    context = {
        "reader_links": registry.reader_links(edition.language),
        "edition": edition,
        "canonical": paths.absolute(edition.path),
        "description": edition.words["description"],
        "lead": newest[0] if newest else None,
        "secondary": newest[1 : 1 + SECONDARY],
        "latest": newest[1 + SECONDARY :],
        "blocks": _blocks(sections, [story for story in older if story not in opinion]),
        "opinion": opinion,
    }
    return render(request, "articles/front.html", context)


def _blocks(sections: list[Section], stories: list[PublishedArticle]) -> list[Block]:
    """One block for each top section that has any of these stories, which come newest first."""
    blocks = []
    for section in sections:
        own = [story for story in stories if section.pk in (story.section_id, story.section.parent_id)]
        if own and not section.parent_id:
            blocks.append(Block(section, own[:EACH]))
    return blocks


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
        return render(request, "articles/page.html", page_context(page, edition))
    return elsewhere(request)


def _section(request: HttpRequest, edition: Edition, section: Section, children: list[Section]) -> HttpResponse:
    stories = PublishedArticle.objects.newest_of_each(
        [section.pk, *(child.pk for child in children)],
        language=edition.language, count=PAGE + 1, before=place_asked(request),
    )  # fmt: skip
    context = {
        "edition": edition,
        "section": section,
        "children": children,
        "title": section.name_in(edition.language),
        # Written in the main language only.
        "description": section.description if edition.language == edition.site.language else "",
        "canonical": paths.absolute(edition.section_path(section)),
        "listing": listing(list(stories.cards()[: PAGE + 1]), request),
    }
    return render(request, "articles/section.html", context)
