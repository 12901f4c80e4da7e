"""Addresses that other systems hang on those of stories and lists, by rules that hold for every one of their sites.

WordPress and Ghost have feeds, pages of lists, short versions of stories and files below addresses that are known here;
to keep a row for each would be many times as many rows.
"""

import re
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse

from articles import months
from articles.languages import LANGUAGES
from articles.models.moves import MovedThing
from articles.models.places import Section, Tag
from articles.models.published import OldPath, PublishedArticle, PublishedPicture
from articles.models.site import Page, SiteSettings
from articles.moving.library import FILE
from articles.moving.media import names_of
from authors.models import Author
from images.names import Rendition, middling

_BY_NUMBER = ("p", "page_id", "cat", "author", "attachment_id")
_FRONT = {"/index.php", "/index.html"}
_FEED = re.compile(r"feed(?:/(?:rss2?|rdf|(atom)))?")
_HUNG = re.compile(
    rf"(/(?:.+?/)??)({_FEED.pattern}|page/[0-9]{{1,6}}|comment-page-[0-9]{{1,6}}|amp|embed|trackback|[^/]+)/?"
)
_ONLY_OF_STORIES = re.compile(r"(?!feed\b|page/|amp$|embed$|[0-9]{1,4}$)")
_DAYS = re.compile(r"/([12][0-9]{3})/(?:(0[1-9]|1[0-2])/(?:(?:0[1-9]|[12][0-9]|3[01])/)?)?")
_DATED = re.compile(r".*/[0-9]{4}/(?:[0-9]{2}/){1,2}")
_LIST = re.compile(r"/(author|tag)/([^/]+)/")
_LISTED = {"author": Author, "tag": Tag}
_FILE = re.compile(r"/(?:wp-content/uploads|content/images)/.+\.(?:jpe?g|png|gif|webp|heic|heif|tiff?)", re.IGNORECASE)


def asked_by_number(request: HttpRequest) -> HttpResponse | None:
    """Where an address of WordPress's own kind leads (``/?p=12``, ``/?cat=3``, ``/?feed=rss2``); None for any other."""
    if request.GET.get("feed"):
        return HttpResponsePermanentRedirect(f"/feeds/{_format(request.GET['feed'] == 'atom')}")
    name = next((each for each in _BY_NUMBER if request.GET.get(each)), "")
    number = request.GET.get(name, "")
    if not number.isdecimal():
        return None
    if name == "attachment_id":
        return _page_of_file(number)
    old = OldPath.objects.filter(path=f"/?{name}={number[:20]}", kind=OldPath.Kind.MOVED).first()
    return HttpResponsePermanentRedirect(old.target) if old else None


def led_on(request: HttpRequest, path: str) -> HttpResponse | None:
    """Where an address leads that nothing is known of but what it hangs on; None for one that hangs on nothing.

    One query for most addresses, none for those of one segment and of the shape that our stories have.
    """
    if path in _FRONT:
        return asked_by_number(request) or HttpResponsePermanentRedirect("/")
    if _FILE.fullmatch(path):
        return _picture(path)
    if days := _DAYS.fullmatch(path):
        return _archive(int(days[1]), days[2])
    hung = _HUNG.fullmatch(path)
    target = _target(hung[1], hung[2]) if hung else ""
    return HttpResponsePermanentRedirect(target) if target else asked_by_number(request)


def _target(base: str, tail: str) -> str:
    """Where what ends with `tail` leads; "" for nowhere."""
    feed = _FEED.fullmatch(tail)
    if base == "/" or base.strip("/") in LANGUAGES:
        is_known = feed or tail.startswith("page/") or tail == "amp"
        return (base + f"feeds/{_format(bool(feed[1]))}" if feed else base) if is_known else ""
    if _DATED.fullmatch(base):
        return ""
    row = OldPath.objects.filter(path__in=[base, base.rstrip("/")], kind=OldPath.Kind.MOVED).first()
    if row and row.article_number:
        return row.target  # a picture's page too, and whatever else had its address below a story's
    if _ONLY_OF_STORIES.match(tail):
        return ""
    found = row.target if row and not row.is_prefix else _there_now(base)
    if not feed or not found:
        return found
    is_list = _LIST.fullmatch(found) or Section.objects.filter(path=found.strip("/")).exists()
    return found + f"feeds/{_format(bool(feed[1]))}" if is_list else found


def _there_now(path: str) -> str:
    """The path itself if it is that of an author, a tag, a story or a page; else ""."""
    listed = _LIST.fullmatch(path)
    if listed:
        is_there = _LISTED[listed[1]]._default_manager.filter(slug=listed[2]).exists()
    elif path.count("/") == 2:
        is_there = Page.objects.filter(path=path).exists()
    else:
        is_there = PublishedArticle.objects.filter(path=path).exists()
    return path if is_there else ""


def _format(is_atom: bool) -> str:
    return "atom.xml" if is_atom else "rss.xml"


def _archive(year: int, month: str | None) -> HttpResponse | None:
    """The month's page if there is one for it, of a year that of all months: by newsroom time, in the main language."""
    site = SiteSettings.load()
    zone = ZoneInfo(site.newsroom_time_zone)
    start, end = months.bounds(year, int(month or 1), zone)[0], months.bounds(year, int(month or 12), zone)[1]
    stories = PublishedArticle.objects.filter(language=site.language).order_by("published_at")
    moments = stories.values_list("published_at", flat=True)
    first, last = moments.first(), moments.last()
    if not first or not last or not (first < end and last >= start):
        return None
    if not month:
        return HttpResponsePermanentRedirect(reverse("articles:archive"))
    return HttpResponsePermanentRedirect(reverse("articles:month", args=[year, int(month)]))


def _picture(path: str) -> HttpResponse | None:
    """What the file of the old site became, as long as a story shows it; not for good, since its version may change."""
    things = _files(name__in=[name[:190] for name in names_of(path)])
    shown = _shown(things).select_related("picture").first() if things else None
    if not shown:
        return None
    picture = shown.picture
    return _for_now(Rendition(picture.pk, picture.version, "whole", middling(picture, "whole"), "jpg").path)


def _page_of_file(number: str) -> HttpResponse | None:
    """The story that a file was uploaded with; else one that shows it."""
    things = _files(foreign=number[:20])
    posts = [f"/?p={thing.parent}" for thing in things]
    old = OldPath.objects.filter(path__in=posts, kind=OldPath.Kind.MOVED).first() if posts else None
    if old:
        return HttpResponsePermanentRedirect(old.target)
    shown = _shown(things).select_related("article").first() if things else None
    return _for_now(shown.article.path) if shown else None


def _files(**wanted: Any) -> list[MovedThing]:
    """Of each old site by itself, whose files are found by an index: one query where nothing was ever brought in."""
    found: list[MovedThing] = []
    sources = MovedThing.objects.order_by("source").values_list("source", flat=True)
    source = sources.first()
    while source:
        found += MovedThing.objects.filter(source=source, kind=FILE, **wanted)[:10]
        source = sources.filter(source__gt=source).first()
    return found


def _shown(things: Iterable[MovedThing]) -> QuerySet[PublishedPicture]:
    return PublishedPicture.objects.filter(picture__in=[thing.number for thing in things if thing.number]).order_by(
        "pk"
    )


def _for_now(path: str) -> HttpResponse:
    return HttpResponseRedirect(path, headers={"Cache-Control": "public, max-age=60"})
