"""Lists of stories by author, tag, series and month. Each goes on by key: page 500 costs what page 1 costs.

An author, a tag or a series has a page once a story of it is published: the desk's plans are not in the addresses.
"""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext

from articles import linked_data, markup, months, paths, registry
from articles.models.places import Series, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.reading import Edition, edition_at
from articles.views.elsewhere import elsewhere
from articles.views.paging import Listing, edition_of, page_of
from articles.views.readers import for_readers, tagged
from authors.models import Author


@for_readers
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = Author.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    rows = PublishedByline.objects.filter(author=found)
    listing = page_of(rows, request, through="article")
    return _show(request, "author", found, listing, title=found.name, description=found.role)


@for_readers
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = Tag.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    listing = page_of(PublishedTag.objects.filter(tag=found), request, through="content_object")
    return _show(request, "tag", found, listing, title=found.name)


@for_readers
def series(request: HttpRequest, slug: str) -> HttpResponse:
    found = Series.objects.filter(slug=slug).first()
    if not found:
        return elsewhere(request)
    listing = page_of(PublishedArticle.objects.filter(series=found), request)
    return _show(request, "series", found, listing, title=found.title, description=found.description)


def _show(
    request: HttpRequest,
    kind: str,
    thing: Author | Tag | Series,
    listing: Listing,
    *,
    title: str,
    description: str = "",
) -> HttpResponse:
    edition = edition_of(listing)
    path = thing.get_absolute_url()
    if isinstance(thing, Author):
        told = linked_data.of_author(thing, edition)
    else:
        told = linked_data.of_list(title, path, edition, description=description)
    context = {
        "edition": edition,
        kind: thing,
        "title": title,
        "description": description,
        "canonical": paths.absolute(path) + listing.query,
        "linked_data": markup.data_block(told),
        "listing": listing,
        "follow_links": [] if isinstance(thing, Series) else registry.follow_links(edition.language, thing),
    }
    page = render(request, f"articles/{kind}.html", context)
    return tagged(page, f"{kind}:{thing.pk}", stories=listing.stories)


@for_readers
def archive(request: HttpRequest, language: str = "") -> HttpResponse:
    """Every month from the first story to the newest: two index look-ups, however long the archive."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    ends = _ends(edition)
    years: dict[int, list[tuple[datetime, str]]] = {}
    if ends:
        for year, month in months.back_from(ends[1], ends[0]):
            day, _next = months.bounds(year, month, edition.zone)
            years.setdefault(year, []).append((day, edition.month_path(year, month)))
    canonical = paths.absolute(edition.archive_path)
    context = {"edition": edition, "title": gettext("Archive"), "years": years, "canonical": canonical}
    page = render(request, "articles/archive.html", context)
    return tagged(page, f"archive:{edition.language}")


@for_readers
def month(request: HttpRequest, year: int, month: int, language: str = "") -> HttpResponse:
    """One month by newsroom time. A quiet month is a page; one before the first story or after the newest is not."""
    edition = edition_at(language)
    if not edition:
        return elsewhere(request)
    start, end = months.bounds(year, month, edition.zone)
    stories = PublishedArticle.objects.filter(language=edition.language, published_at__gte=start, published_at__lt=end)
    listing = page_of(stories, request)
    if not listing.stories:
        ends = _ends(edition)
        if not ends or not ends[0] < end or not ends[1] >= start:
            raise Http404
    canonical = paths.absolute(edition.month_path(year, month)) + listing.query
    title = date_format(start, gettext("F Y"))
    context = {"edition": edition, "title": title, "canonical": canonical, "listing": listing}
    page = render(request, "articles/month.html", context)
    return tagged(page, f"month:{edition.language}-{start:%Y-%m}", stories=listing.stories)


def _ends(edition: Edition) -> tuple[datetime, datetime] | None:
    """Newsroom time of the edition's first and newest publication; None before the first."""
    moments = PublishedArticle.objects.filter(language=edition.language).values_list("published_at", flat=True)
    first, last = moments.order_by("published_at").first(), moments.order_by("-published_at").first()
    if first is None or last is None:
        return None
    return first.astimezone(edition.zone), last.astimezone(edition.zone)
