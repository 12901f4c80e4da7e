"""Feeds of an edition, a section, an author, a tag and a series, each in every format of `articles.paths.FEEDS`.

A feed shows what the first page of its list shows, whole, and leads on to older stories by the same places.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from articles import icons, paths
from articles.feeds.formats import FORMATS
from articles.feeds.items import Feed, Person, clean, items_of
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.reading import Edition, edition_at
from articles.views.elsewhere import elsewhere
from articles.views.paging import PAGE, Listing, edition_of, listing, page_of, place_asked
from articles.views.readers import for_readers, tagged
from authors.models import Author


@for_readers
def edition(request: HttpRequest, name: str, language: str = "") -> HttpResponse:
    """The edition's newest stories."""
    found = edition_at(language)
    if not found:
        return elsewhere(request)
    stories = page_of(PublishedArticle.objects.filter(language=found.language), request, is_whole=True)
    return _answer(request, name, stories, found, f"front:{found.language}", home=found.path)


@for_readers
def section(request: HttpRequest, path: str, name: str, language: str = "") -> HttpResponse:
    """The newest stories of the section and its parts, in one language."""
    edition = edition_at(language)
    found = Section.objects.filter(path=path).prefetch_related("children").first() if edition else None
    if not edition or not found:
        return elsewhere(request)
    stories = PublishedArticle.objects.newest_of_each(
        [found.pk, *(child.pk for child in found.children.all())],
        language=edition.language, count=PAGE + 1, before=place_asked(request),
    )  # fmt: skip
    shown = listing(list(stories.select_related("section")[: PAGE + 1]), request)
    title, home = found.name_in(edition.language), edition.section_path(found)
    return _answer(request, name, shown, edition, f"section:{found.pk}", title=title, home=home)


@for_readers
def author(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    found = Author.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    stories = page_of(PublishedByline.objects.filter(author=found), request, through="article", is_whole=True)
    return _of_thing(request, name, stories, found, title=found.name, description=found.role)


@for_readers
def tag(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    found = Tag.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    stories = page_of(PublishedTag.objects.filter(tag=found), request, through="content_object", is_whole=True)
    return _of_thing(request, name, stories, found, title=found.name)


@for_readers
def series(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    found = Series.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    stories = page_of(PublishedArticle.objects.filter(series=found), request, is_whole=True)
    return _of_thing(request, name, stories, found, title=found.title, description=found.description)


def _of_thing(
    request: HttpRequest,
    name: str,
    listing: Listing,
    thing: Author | Tag | Series,
    *,
    title: str,
    description: str = "",
) -> HttpResponse:
    """As its page: there once a story is, and in the language that all of its stories share, or the paper's own."""
    edition = edition_of(listing)
    tag, home = f"{type(thing).__name__.lower()}:{thing.pk}", thing.get_absolute_url()
    return _answer(request, name, listing, edition, tag, home=home, title=title, description=description)


def _answer(
    request: HttpRequest, name: str, listing: Listing, edition: Edition, tag: str,
    *, home: str, title: str = "", description: str = "",
) -> HttpResponse:  # fmt: skip
    words, first = edition.words, paths.absolute(request.path_info)
    whole_title = f"{words['name']}: {title}" if title else words["name"]
    feed = Feed(
        title=clean(whole_title),
        description=clean(description or words["description"] or words["tagline"] or whole_title),
        language=edition.language,
        home=paths.absolute(home),
        address=first if listing.is_first else f"{first}?before={request.GET['before']}",
        following=f"{first}?before={listing.older}" if listing.older else "",
        # Hubs hand on what is new, which the first page says.
        hubs=settings.WEBSUB_HUBS if listing.is_first else [],
        publisher=Person(clean(words["name"]), paths.absolute(edition.path)),
        icon=paths.absolute(icons.path_of("192", edition.site)),
        is_whole=edition.site.feeds_whole,
        items=items_of(listing.stories, is_whole=edition.site.feeds_whole),
    )
    response = HttpResponse(FORMATS[name](feed), content_type=f"{paths.FEEDS[name]}; charset=utf-8")
    if feed.hubs:
        links = [*((hub, "hub") for hub in feed.hubs), (feed.address, "self")]
        response.headers["Link"] = ", ".join(f'<{address}>; rel="{rel}"' for address, rel in links)
    return tagged(response, tag, stories=listing.stories)
