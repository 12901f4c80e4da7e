"""What machines read: linked data, sitemaps, robots."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import actions
from articles.models.site import SiteSettings
from tests import make

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _address(settings) -> None:
    settings.SITE_URL = "https://post.example"


def told(client: Client, path: str) -> list[dict[str, Any]]:
    page = client.get(path).content.decode()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found = json.loads(data)
    assert isinstance(found, list)
    return found


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    return [element.text or "" for element in fromstring(response.content).iter(f"{MAP}loc")]


def test_a_story_tells_machines_who_wrote_what_and_when(client: Client) -> None:
    make.site(newsroom_time_zone="Europe/Lisbon", x_url="https://x.com/post")
    news = make.section("News")
    story = make.story(
        "Ferry </script> & tram resume " + "on time " * 20, at=NOON, section=make.section("Harbour", parent=news),
        standfirst="Both at noon.", tags=["Ferries"], lead_picture=make.picture((2000, 1500)).pk,
        bylines=[make.author("Ada Lind", slug="ada"), "Harbour Wire"], kind="opinion",
    )  # fmt: skip
    article, crumbs = told(client, story.path)
    assert article["@type"] == "OpinionNewsArticle"
    assert len(article["headline"]) <= 110
    assert article["headline"].startswith("Ferry </script> & tram")
    assert article["datePublished"] == "2026-11-22T12:05:00+00:00"
    assert article["author"] == [
        {"@type": "Person", "name": "Ada Lind", "url": "https://post.example/author/ada/"},
        {"@type": "Person", "name": "Harbour Wire"},
    ]
    assert [image["width"] / image["height"] for image in article["image"]] == pytest.approx(
        [16 / 9, 4 / 3, 1], abs=0.01
    )
    assert all(image["url"].startswith("https://post.example/pictures/") for image in article["image"])
    assert article["publisher"]["sameAs"] == ["https://x.com/post"]
    assert [step["name"] for step in crumbs["itemListElement"]][:3] == ["The Harbour Post", "News", "Harbour"]
    assert crumbs["itemListElement"][-1]["item"] == f"https://post.example{story.path}"


def test_the_front_tells_of_the_paper_and_an_author_of_the_person(client: Client) -> None:
    make.site(description="News of the harbour.")
    make.story(bylines=[make.author("Ada Lind", slug="ada", role="Harbour correspondent")])
    paper, site = told(client, "/fr/")
    assert (paper["@type"], paper["@id"]) == ("NewsMediaOrganization", "https://post.example/#paper")
    assert (site["@type"], site["url"], site["inLanguage"]) == ("WebSite", "https://post.example/fr/", "fr")
    person = told(client, "/author/ada/")[0]["mainEntity"]
    assert (person["name"], person["jobTitle"]) == ("Ada Lind", "Harbour correspondent")


def test_sitemaps_name_every_story_and_place_but_those_kept_out(client: Client) -> None:
    make.site()
    old = make.story("Old ferry", at=NOON - timedelta(days=70))
    new = make.story("New ferry", at=NOON, bylines=[make.author("Ada", slug="ada")], tags=["Ferries"])
    hidden = make.story("Hidden ferry", at=NOON, noindex=True)
    make.page()
    index = locations(client, "/sitemap.xml")
    assert index == [
        "https://post.example/sitemaps/pages.xml", "https://post.example/sitemaps/2026-11.xml",
        "https://post.example/sitemaps/2026-09.xml",
    ]  # fmt: skip
    named = [address for file in index for address in locations(client, file.removeprefix("https://post.example"))]
    assert {f"https://post.example{path}" for path in (old.path, new.path, "/", "/fr/", "/news/", "/about/",
                                                       "/author/ada/", "/tag/ferries/")} <= set(named)  # fmt: skip
    assert f"https://post.example{hidden.path}" not in named
    assert len(named) == len(set(named))
    assert all(client.get(address.removeprefix("https://post.example")).status_code == 200 for address in named)
    assert client.get("/sitemaps/2026-10.xml").status_code == 404


def test_the_news_sitemap_holds_two_days(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.sitemaps.timezone.now", lambda: NOON + timedelta(hours=1))
    make.site()
    make.story("Three days ago", at=NOON - timedelta(days=3))
    make.story("Yesterday", at=NOON - timedelta(days=1), language="fr")
    story = make.story("Today & now", at=NOON)
    entries = list(fromstring(client.get("/news-sitemap.xml").content).iter(f"{MAP}url"))
    assert [entry.findtext(f"{NEWS}news/{NEWS}title") for entry in entries] == ["Today & now", "Yesterday"]
    assert entries[0].findtext(f"{MAP}loc") == f"https://post.example{story.path}"
    assert entries[1].findtext(f"{NEWS}news/{NEWS}publication/{NEWS}language") == "fr"
    assert entries[0].findtext(f"{NEWS}news/{NEWS}publication_date") == "2026-11-22T12:05:00+00:00"


def test_after_two_quiet_days_no_story_is_told_as_news(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make.site()
    stories = [make.story(at=NOON - timedelta(days=day)) for day in range(2)]
    monkeypatch.setattr("articles.sitemaps.timezone.now", lambda: NOON + timedelta(days=1, hours=12))
    text = client.get("/news-sitemap.xml")
    as_news = [
        url.findtext(f"{MAP}loc") for url in fromstring(text.content) if url.find(f"{NEWS}news") is not None
    ]  # fmt: skip
    assert as_news == [f"https://post.example{stories[0].path}"]
    assert locations(client, "/news-sitemap.xml") == [f"https://post.example{story.path}" for story in stories]
    assert "Surrogate-Key" not in text.headers, "kept by nobody: no purge comes when the two days are over"
    assert "s-maxage" not in text.headers["Cache-Control"]


def test_an_empty_newsroom_has_sitemaps_too(client: Client) -> None:
    SiteSettings.objects.all().delete()
    assert locations(client, "/sitemap.xml") == ["https://post.example/sitemaps/pages.xml"]
    assert locations(client, "/news-sitemap.xml") == []


def test_robots_are_told_what_is_not_for_them(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /admin/\n" in text
    assert "Sitemap: https://post.example/sitemap.xml\n" in text


def test_a_story_taken_off_is_in_no_sitemap(client: Client) -> None:
    make.site()
    story = make.story("Old ferry", at=NOON)
    make.story("Another", at=NOON)
    actions.withdraw(story.pk, actor=None)
    assert f"https://post.example{story.path}" not in locations(client, "/sitemaps/2026-11.xml")


def test_ten_years_cost_what_a_month_costs(client: Client) -> None:
    make.site()
    make.story("Today", at=NOON)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/sitemap.xml")
        return len(captured)

    queries()
    one = queries()
    make.story("Ten years ago", at=NOON - timedelta(days=3650))
    make.story("Eight years ago", at=NOON - timedelta(days=2900))
    assert queries() == one
    assert [address[-11:-4] for address in locations(client, "/sitemap.xml")[1:]] == ["2026-11", "2018-12", "2016-11"]


@pytest.mark.parametrize("path", ["/sitemap.xml", "/news-sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/2026-11.xml"])
def test_queries_do_not_grow_with_stories(client: Client, path: str) -> None:
    make.site()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    make.story(at=NOON)
    queries()
    one = queries()
    make.story(at=NOON)
    make.story(at=NOON)
    assert queries() == one <= 8
