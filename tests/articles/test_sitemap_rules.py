"""Sitemaps by their schemas: sitemaps.org 0.9, Google's news sitemap 0.9, links to other languages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.test import Client

from articles import sitemaps
from tests import make
from tests.articles import paper
from tests.articles.feed_rules import is_absolute
from tests.articles.paper import LANGUAGES, NOON, SITE

pytestmark = pytest.mark.django_db
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
# xsd:sequence of <url> and <sitemap>; elements of other schemas come after them.
_ORDER = {"url": ["loc", "lastmod", "changefreq", "priority"], "sitemap": ["loc", "lastmod"]}
_NEWS_ORDER = ["publication", "publication_date", "title"]
# https://www.w3.org/TR/NOTE-datetime: to the second, with a zone.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = SITE


def faults(text: bytes) -> Iterator[str]:
    """Every rule that a sitemap, an index or a news sitemap breaks."""
    root = fromstring(text)
    entry = {f"{MAP}urlset": "url", f"{MAP}sitemapindex": "sitemap"}[root.tag]
    if len(root) > 50_000 or len(text) > 50 * 1024 * 1024:
        yield "too large"
    if not text.startswith(b'<?xml version="1.0" encoding="utf-8"?>'):
        yield "no XML declaration in UTF-8"
    places = [each.findtext(f"{MAP}loc") or "" for each in root]
    if len(set(places)) != len(places):
        yield "an address stands there twice"
    for each, place in zip(root, places, strict=True):
        own = [child.tag.removeprefix(MAP) for child in each if child.tag.startswith(MAP)]
        foreign = [child.tag for child in each if not child.tag.startswith(MAP)]
        if each.tag != f"{MAP}{entry}" or own != [name for name in _ORDER[entry] if name in own] or "loc" not in own:
            yield f"order of {own}"
        if [child.tag for child in each] != [f"{MAP}{name}" for name in own] + foreign:
            yield "elements of other schemas come last"
        if not is_absolute(place) or not place.startswith(f"{SITE}/") or not 12 <= len(place) < 2048:
            yield f"loc {place}"
        if not all(_MOMENT.fullmatch(child.text or "") for child in each.iter(f"{MAP}lastmod")):
            yield f"lastmod of {place}"
        yield from _foreign(each, place)


def _foreign(url: Element, place: str) -> Iterator[str]:
    for link in url.findall(f"{XHTML}link"):
        if link.attrib["rel"] != "alternate" or not is_absolute(link.attrib["href"]) or not link.attrib["hreflang"]:
            yield f"link {link.attrib}"
    links = [link.attrib["href"] for link in url.findall(f"{XHTML}link")]
    if links and place not in links:
        yield "an address is among its own languages"
    for news in url.findall(f"{NEWS}news"):
        if [child.tag for child in news] != [f"{NEWS}{name}" for name in _NEWS_ORDER]:
            yield "order of news"
        publication = news.find(f"{NEWS}publication")
        if publication is None or [child.tag for child in publication] != [f"{NEWS}name", f"{NEWS}language"]:
            yield "publication"
        if not all((child.text or "").strip() for child in news.iter() if not len(child)):
            yield "empty element of news"
        if not re.fullmatch(r"[a-z]{2,3}|zh-(cn|tw)", news.findtext(f"{NEWS}publication/{NEWS}language") or ""):
            yield "language of news"
        if not _MOMENT.fullmatch(news.findtext(f"{NEWS}publication_date") or ""):
            yield "date of news"


def addresses(text: bytes) -> list[str]:
    return [place.text or "" for place in fromstring(text).iter(f"{MAP}loc")]


def test_every_sitemap_keeps_its_schema_and_leads_to_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = [paper.printed(language) for language in LANGUAGES]
    make.page(title="من نحن", slug="من-نحن", language="ar")
    make.story("Last year's & best", at=NOON - timedelta(days=400), tags=["عبارات قديمة"])
    index = client.get("/sitemap.xml").content
    files = addresses(index)
    assert list(faults(index)) == []
    for now in (NOON, NOON + timedelta(days=7)):
        with monkeypatch.context() as clock:
            clock.setattr("articles.sitemaps.timezone.now", lambda now=now: now)
            assert list(faults(client.get("/news-sitemap.xml").content)) == []
    found: list[str] = []
    for file in files:
        text = client.get(file.removeprefix(SITE)).content
        assert list(faults(text)) == [], file
        found += addresses(text)
    assert len(files) == 3
    assert len(set(found)) == len(found)
    for each in printed:
        assert {
            sitemaps.paths.absolute(each.story.path),
            *(sitemaps.paths.absolute(p) for p in each.lists.values()),
        } <= {*found}
    for address in found:
        response = client.get(address.removeprefix(SITE))
        assert response.status_code == 200, address
        assert "noindex" not in response.headers.get("X-Robots-Tag", "")
        (canonical,) = re.findall(r'<link rel="canonical" href="([^"]*)">', response.content.decode())
        assert canonical == address, "the address that the page gives itself"


def test_the_news_sitemap_names_each_edition_s_paper(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.sitemaps.timezone.now", lambda: NOON)
    for language in LANGUAGES:
        paper.printed(language)
    text = client.get("/news-sitemap.xml").content
    names = {
        url.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}language"):
        url.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}name")
        for url in fromstring(text)
    }  # fmt: skip
    assert names == {"en": "The Harbour Post", "fr": "Le Courrier du port", "ar": "بريد المرفأ"}
    assert len(addresses(text)) == 6


def test_a_full_sitemap_stops_at_what_is_allowed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST", 2)
    monkeypatch.setattr(sitemaps, "NEWS_MOST", 2)
    make.site()
    stories = [make.story(at=NOON + timedelta(hours=hour)) for hour in range(-3, 0)]
    newest = [f"{SITE}{story.path}" for story in (stories[2], stories[1])]
    assert addresses(client.get("/sitemaps/2026-11.xml").content) == newest
    assert addresses(client.get("/news-sitemap.xml").content) == newest


@pytest.mark.parametrize("path", ["/sitemap.xml", "/news-sitemap.xml", "/sitemaps/pages.xml", "/robots.txt"])
def test_who_has_it_already_gets_nothing_new(client: Client, path: str) -> None:
    make.site()
    make.story(at=NOON)
    tag = client.get(path)["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_robots_leave_alone_what_is_for_one_person_and_find_the_sitemaps(client: Client) -> None:
    make.site()
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    assert {"/admin/", "/accounts/", "/search/", "/fr/search/", "/ar/search/", "/report/receipt/"} <= set(closed)
    assert {"/subscribe/confirm/", "/subscribe/manage/", "/subscribe/leave/", "/hooks/"} <= set(closed)
    public = ("/", "/fr/", "/report/", "/subscribe/", "/corrections/", "/feeds/rss.xml", "/pictures/", "/static/")
    assert not [path for path in public if any(path.startswith(each) for each in closed)]
    named = [line.removeprefix("Sitemap: ") for line in lines if line.startswith("Sitemap: ")]
    assert named == [f"{SITE}/sitemap.xml", f"{SITE}/news-sitemap.xml"]
    assert all(client.get(address.removeprefix(SITE)).status_code == 200 for address in named)
