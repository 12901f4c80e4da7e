"""The text edition under ``/text/``: fronts, sections, stories and the desk's own pages in words and links.

Each page hangs on the same tags as its full page, which it names as canonical: it is the same text, so a search engine
that finds it here credits that one.
"""

from typing import NamedTuple

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from articles import paths, text_edition
from articles.corrections import notes_of
from articles.frontpage import below, front_context, section_context, shown_in
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.models.site import Page
from articles.reading import edition_at, open_edition, with_dateline
from articles.views.elsewhere import address, elsewhere
from articles.views.paging import PAGE, listing, place_asked
from articles.views.readers import for_readers, tagged


class Group(NamedTuple):
    """Stories that stand together on a front page; `path` leads to their section, "" where they have none."""

    title: str
    path: str
    stories: list[PublishedArticle]


@for_readers
def front(request: HttpRequest, language: str = "") -> HttpResponse:
    """The edition's front page as a list, in the same order; five queries."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request, is_text=True)
    context = front_context(edition)
    if "bands" in context:
        containers = [container for band in context["bands"] for container in band.containers]
        groups = [Group(each.title, paths.text_path(each.path), each.stories) for each in containers]
    else:
        sections = [
            Group(
                block.section.name_in(edition.language),
                paths.text_path(edition.section_path(block.section)),
                block.stories,
            )
            for block in context["blocks"]
        ]
        top = [context["lead"], *context["secondary"], *context["latest"]] if context["lead"] else []
        groups = [Group("", "", top), *sections, Group(gettext("Opinion"), "", context["opinion"])]
    shown = [group for group in groups if group.stories]
    page = {"edition": edition, "groups": shown, "canonical": context["canonical"]}
    response = render(request, "articles/text/front.html", page)
    return tagged(response, f"front:{edition.language}", stories=shown_in(context))


@for_readers
def article(request: HttpRequest, language: str = "") -> HttpResponse:
    """The story that the paper has at the address behind ``/text``; three queries."""
    path = address(request).removeprefix(paths.TEXT)
    story = PublishedArticle.objects.filter(path=path).select_related("section__parent").first()
    if not story:
        return elsewhere(request, is_text=True)
    edition = open_edition(story.language)
    context = {
        "edition": edition,
        "story": story,
        "title": story.share_headline,
        "canonical": paths.absolute(story.path),
        "lead": story.lead,
        "body": text_edition.body(with_dateline(story)),
        "notes": notes_of(story),
    }
    response = render(request, "articles/text/article.html", context)
    if story.noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return tagged(response, stories=[story])


@for_readers
def place(request: HttpRequest, language: str = "") -> HttpResponse:
    """A section's stories, the newest first, or a page of the desk's own."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request, is_text=True)
    path = address(request).removeprefix(paths.TEXT)
    name = path.removeprefix(edition.path).strip("/")
    here = list(Section.objects.filter(Q(path=name) | Q(parent__path=name)).select_related("parent"))
    section = next((each for each in here if each.path == name), None)
    if section:
        context = section_context(edition, section, [each for each in here if each != section], [])
        page = listing(below(context, before=place_asked(request), count=PAGE + 1), request)
        context |= {"canonical": context["canonical"] + page.query, "listing": page}
        response = render(request, "articles/text/section.html", context)
        return tagged(response, f"section:{section.pk}", stories=page.stories)
    own = Page.objects.filter(path=path).first()
    if not own:
        return elsewhere(request, is_text=True)
    context = {
        "edition": edition,
        "page": own,
        "title": own.title,
        "canonical": paths.absolute(own.path),
        "body": text_edition.body(own.body_html),
    }
    return tagged(render(request, "articles/text/page.html", context))
