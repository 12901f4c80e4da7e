"""What search engines are told to read: an index, a file for each month, one for pages and lists, one for the newest.

https://www.sitemaps.org/protocol.html: at most 50,000 addresses a file. A month of ours has fewer: that would be more
than 1,600 stories a day. Stories that the desk keeps out of search engines are in none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from xml.sax.xmlreader import AttributesImpl
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.xmlutils import SimplerXMLGenerator

from articles import months, paths
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle, PublishedByline, PublishedTag
from articles.models.site import Page, SiteSettings
from articles.views.readers import for_readers, tagged
from authors.models import Author

MOST = 50_000
_AT_ONCE = 400  # months of one statement: SQLite joins 500 at most
NEWS_SPAN, NEWS_MOST = timedelta(hours=48), 1_000  # https://developers.google.com/search/docs/…/news-sitemap
_PLAIN: AttributesImpl[str] = AttributesImpl({})
_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


class _Writer:
    """A sitemap being written; `lines` are dictionaries of an entry's elements, in order."""

    def __init__(self, root: str, **namespaces: str) -> None:
        self.out = StringIO()
        self.xml = SimplerXMLGenerator(self.out, "utf-8")
        self.root = root
        self.xml.startDocument()
        self.xml.startElement(root, AttributesImpl({"xmlns": _MAP, **namespaces}))

    def entry(self, name: str, **elements: str) -> None:
        self.xml.startElement(name, _PLAIN)
        for element, text in elements.items():
            if text:
                self.xml.addQuickElement(element, text)
        self.xml.endElement(name)

    def story(self, path: str, *, lastmod: str, alternates: Iterable[tuple[str, str]]) -> None:
        """A story's entry; `alternates` are language and path of its versions, itself among them."""
        self.xml.startElement("url", _PLAIN)
        self.xml.addQuickElement("loc", paths.absolute(path))
        self.xml.addQuickElement("lastmod", lastmod)
        for language, other in alternates:
            link = {"rel": "alternate", "hreflang": language, "href": paths.absolute(other)}
            self.xml.addQuickElement("xhtml:link", "", link)
        self.xml.endElement("url")

    def answer(self) -> HttpResponse:
        self.xml.endElement(self.root)
        self.xml.endDocument()
        return HttpResponse(self.out.getvalue().encode(), content_type="application/xml; charset=utf-8")


@for_readers
def index(request: HttpRequest) -> HttpResponse:
    """``/sitemap.xml``: every file there is; as many queries for ten years as for one."""
    site = SiteSettings.load()
    written = _Writer("sitemapindex")
    written.entry("sitemap", loc=paths.absolute(reverse("articles:sitemap_pages")))
    for year, month in _months(site):
        written.entry("sitemap", loc=paths.absolute(reverse("articles:sitemap_month", args=[year, month])))
    fronts = [f"front:{language}" for language in site.languages]
    return tagged(written.answer(), *fronts)


@for_readers
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The stories of one month by newsroom time, each with the moment of its last change and its translations.

    Three queries for stories, however many there are.
    """
    site = SiteSettings.load()
    zone = ZoneInfo(site.newsroom_time_zone)
    start, end = months.bounds(year, month, zone)
    stories = PublishedArticle.objects.filter(published_at__gte=start, published_at__lt=end, noindex=False)
    rows = list(stories.order_by("-published_at", "-pk").values_list("path", "updated_at", "pk", "original")[:MOST])
    if not rows:
        raise Http404
    versions = _versions(stories)
    written = _Writer("urlset", **{"xmlns:xhtml": "http://www.w3.org/1999/xhtml"} if versions else {})
    for path, changed, number, original in rows:
        alternates = versions.get(original or number, [])
        written.story(path, lastmod=_moment(changed, zone), alternates=alternates)
    return tagged(written.answer(), *(f"month:{language}-{start:%Y-%m}" for language in site.languages))


def _versions(stories: QuerySet[PublishedArticle]) -> dict[int, list[tuple[str, str]]]:
    """Of each of these stories that is there in several languages, by its original's number: languages and paths."""
    everywhere = PublishedArticle.objects.filter(noindex=False).order_by("pk")
    roots = stories.annotate(root_number=Coalesce("original", "pk")).values("root_number")
    translations = everywhere.filter(original__in=roots)
    originals = everywhere.filter(pk__in=translations.order_by().values("original"))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows: list[tuple[Any, str, str]] = [
        *originals.values_list("pk", "language", "path"), *translations.values_list("original", "language", "path"),
    ]  # fmt: skip
    for number, language, path in rows:
        found[number].setdefault(language, path)
    return {number: [*versions.items()] for number, versions in found.items() if len(versions) > 1}


@for_readers
def pages(request: HttpRequest) -> HttpResponse:
    """Fronts, the desk's own pages, authors, tags and series that have stories."""
    site = SiteSettings.load()
    written = _Writer("urlset")
    for path in _places(site):
        written.entry("url", loc=paths.absolute(path))
    return tagged(written.answer(), *(f"front:{language}" for language in site.languages))


def _places(site: SiteSettings) -> Iterable[str]:
    sections = list(Section.objects.all())
    for language in site.languages:
        yield site.edition_path(language)
        yield from (site.section_path(section, language) for section in sections)
    yield from Page.objects.values_list("path", flat=True)
    in_series = PublishedArticle.objects.filter(series__isnull=False).values("series")
    lists: tuple[QuerySet[Any], ...] = (
        Author.objects.filter(pk__in=PublishedByline.objects.values("author")),
        Tag.objects.filter(pk__in=PublishedTag.objects.values("tag")),
        Series.objects.filter(pk__in=in_series),
    )
    for things in lists:
        yield from (each.get_absolute_url() for each in things.order_by("pk")[: MOST // 4])


@for_readers
def news(request: HttpRequest) -> HttpResponse:
    """``/news-sitemap.xml`` for news searches: the stories of the 48 hours up to the newest one.

    As news only while they are younger than that by the clock: older ones are plain addresses, as Google asks, and a
    newsroom's quiet week leaves no empty file. No purge tells when their time is over, so no store keeps this page.
    """
    site = SiteSettings.load()
    zone = ZoneInfo(site.newsroom_time_zone)
    newest = PublishedArticle.objects.filter(noindex=False).order_by("-published_at", "-pk")[:NEWS_MOST]
    rows = list(newest.values_list("path", "language", "headline", "published_at"))
    written = _Writer("urlset", **{"xmlns:news": _NEWS})
    now, xml = timezone.now(), written.xml
    for path, language, headline, published_at in rows:
        if published_at < rows[0][3] - NEWS_SPAN:
            break
        if published_at < now - NEWS_SPAN:
            written.entry("url", loc=paths.absolute(path))
            continue
        xml.startElement("url", _PLAIN)
        xml.addQuickElement("loc", paths.absolute(path))
        xml.startElement("news:news", _PLAIN)
        xml.startElement("news:publication", _PLAIN)
        xml.addQuickElement("news:name", site.words(language)["name"])
        xml.addQuickElement("news:language", language)
        xml.endElement("news:publication")
        xml.addQuickElement("news:publication_date", _moment(published_at, zone))
        xml.addQuickElement("news:title", headline)
        xml.endElement("news:news")
        xml.endElement("url")
    response = written.answer()
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


@for_readers
def robots(request: HttpRequest) -> HttpResponse:
    """``/robots.txt``: all may be read but the desk, searches, and what is for one person."""
    site = SiteSettings.load()
    closed = [
        "/admin/", "/accounts/", "/hooks/", "/report/receipt/",
        *(f"/subscribe/{page}/" for page in ("confirm", "manage", "leave", "to", "opened")),
        *(f"{site.edition_path(language)}search/" for language in site.languages),
    ]  # fmt: skip
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    lines += [f"Sitemap: {settings.SITE_URL}{reverse(f'articles:{name}')}" for name in ("sitemap", "news_sitemap")]
    return tagged(HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))


def _months(site: SiteSettings) -> list[tuple[int, int]]:
    """Every month that has a story to be found, the newest first: three queries, however many months."""
    moments = PublishedArticle.objects.filter(noindex=False).values_list("published_at", flat=True)
    newest, first = moments.order_by("-published_at").first(), moments.order_by("published_at").first()
    if newest is None or first is None:
        return []
    zone = ZoneInfo(site.newsroom_time_zone)
    all_months = list(months.back_from(newest.astimezone(zone), first.astimezone(zone)))
    # One look into the index for each month, all in one statement.
    table, adapt = PublishedArticle._meta.db_table, connection.ops.adapt_datetimefield_value
    one = f"SELECT %s FROM {table} WHERE published_at >= %s AND published_at < %s AND NOT noindex"  # noqa: S608
    parts = [f"SELECT * FROM ({one} LIMIT 1) AS month"] * len(all_months)  # noqa: S608  # no outside text in it
    values = [
        value
        for place, (year, month) in enumerate(all_months)
        for value in (place, *map(adapt, months.bounds(year, month, zone)))
    ]
    found: set[int] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(parts), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            cursor.execute(" UNION ALL ".join(parts[some]), values[start * 3 : (start + _AT_ONCE) * 3])
            found |= {int(place) for (place,) in cursor.fetchall()}
    return [each for place, each in enumerate(all_months) if place in found]


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
