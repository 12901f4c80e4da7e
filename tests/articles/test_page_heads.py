"""What every kind of page says of itself to machines: linked data, cards for messengers, its one address."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from articles.kinds import Kind
from articles.models.published import PublishedArticle
from tests import make
from tests.articles import paper, schema_org
from tests.articles.feed_rules import is_absolute
from tests.articles.paper import LANGUAGES, SITE, Printed

pytestmark = pytest.mark.django_db
KINDS = {"edition": "NewsMediaOrganization", "section": "CollectionPage", "author": "ProfilePage",
         "tag": "CollectionPage", "series": "CollectionPage", "page": "WebPage", "story": "NewsArticle"}  # fmt: skip


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = SITE


def pages(printed: Printed) -> dict[str, str]:
    """Every kind of page that tells machines of itself, in the story's language."""
    language = printed.story.language
    front = printed.lists["edition"]
    page = make.page("About <us>", slug=f"about-{language}", language=language)
    return {
        **printed.lists, "story": printed.story.path, "page": page.path, "archive": f"{front}archive/",
        "month": f"{front}archive/2026/11/", "corrections": f"{front}corrections/",
    }  # fmt: skip


def linked_data(html: str) -> list[dict[str, Any]]:
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    found = json.loads(data)
    assert isinstance(found, list)
    return found


def card(html: str) -> dict[str, str]:
    """Properties of Open Graph, each once."""
    found = re.findall(r'<meta property="(og:[^"]*|article:[^"]*)" content="([^"]*)">', html)
    assert len(dict(found)) == len(found)
    return {name: unescape(content) for name, content in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_s_linked_data_is_what_schema_org_knows(client: Client, language: str) -> None:
    printed = paper.printed(language)
    for kind, path in pages(printed).items():
        html = client.get(path).content.decode()
        if kind in KINDS:
            told = linked_data(html)
            assert schema_org.broken(told) == [], kind
            assert told[0]["@type"] == KINDS[kind]
        else:
            assert "ld+json" not in html, kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_one_address_and_a_card(client: Client, language: str) -> None:
    printed = paper.printed(language)
    for kind, path in pages(printed).items():
        html = client.get(path, {"utm_source": "x"}).content.decode()
        (canonical,) = re.findall(r'<link rel="canonical" href="([^"]*)">', html)
        assert canonical.startswith(SITE), kind
        assert is_absolute(canonical), kind
        assert client.get(canonical.removeprefix(SITE)).status_code == 200, kind
        # Some messengers read the first 32 kB and no more: the card stands before the style.
        assert html.index('property="og:image"') < html.index("<style")
        found = card(html)
        assert found["og:url"] == canonical
        assert found["og:type"] == ("article" if kind == "story" else "website")
        assert found["og:title"] in unescape(html.partition("<title>")[2].partition("</title>")[0])
        assert (
            found["og:site_name"]
            == {"en": "The Harbour Post", "fr": "Le Courrier du port", "ar": "بريد المرفأ"}[language]
        )
        assert is_absolute(found["og:image"])
        picture = client.get(found["og:image"].removeprefix(SITE))
        assert picture["Content-Type"] in {"image/jpeg", "image/png"}, kind
        assert picture.getvalue(), kind


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_every_kind_of_story_has_its_type(client: Client, kind: str) -> None:
    make.site()
    story = make.story(lead_picture=make.picture((2000, 1500)).pk, bylines=[make.author("Ada"), "Harbour Wire"])
    PublishedArticle.objects.filter(pk=story.pk).update(kind=kind)
    told = linked_data(client.get(story.path).content.decode())
    assert schema_org.broken(told) == []
    assert told[0]["@type"].endswith("NewsArticle")
    assert [author["name"] for author in told[0]["author"]] == ["Ada", "Harbour Wire"]


def test_a_story_without_picture_and_byline_is_the_paper_s_with_its_card(client: Client) -> None:
    make.site()
    story = make.story()
    graphic = make.story(lead_picture=make.picture((2000, 1500), is_sensitive=True).pk)
    for each in (story, graphic):
        html = client.get(each.path).content.decode()
        article = linked_data(html)[0]
        assert schema_org.broken([article]) == []
        assert [author["name"] for author in article["author"]] == ["The Harbour Post"]
        (image,) = article["image"]
        assert image["url"] == card(html)["og:image"]
        assert (image["width"], image["height"]) == (1200, 630)


def test_corrections_and_every_author_are_told(client: Client) -> None:
    printed = paper.printed("ar")
    article = linked_data(client.get(printed.story.path).content.decode())[0]
    assert [each["text"] for each in article["correction"]] == ["عبارات & <الميناء>"]
    assert [each["name"] for each in article["author"]] == ["ليلى درويش", "Harbour Wire"]
    assert [image["width"] >= 1200 for image in article["image"]] == [True, True, True]
    assert article["dateModified"] > article["datePublished"]


def test_a_list_says_where_it_stands(client: Client) -> None:
    printed = paper.printed("fr")
    _page, trail = linked_data(client.get(printed.lists["section"]).content.decode())
    assert [(step["name"], step["item"]) for step in trail["itemListElement"]] == [
        ("Le Courrier du port", f"{SITE}/fr/"), ("Actualités", f"{SITE}/fr/news/"),
        ("Port", f"{SITE}/fr/news/harbour/"),
    ]  # fmt: skip
    profile, trail = linked_data(client.get(printed.lists["author"]).content.decode())
    assert profile["mainEntity"]["jobTitle"] == "Harbour correspondent"
    assert trail["itemListElement"][-1]["name"] == "Zoé Léger"


def test_editions_are_sites_of_one_paper(client: Client) -> None:
    paper.site()
    sites = [linked_data(client.get(path).content.decode()) for path in ("/", "/fr/", "/ar/")]
    assert len({publisher["@id"] for publisher, _site in sites}) == 1
    assert [site["@id"] for _publisher, site in sites] == [f"{SITE}/#site", f"{SITE}/fr/#site", f"{SITE}/ar/#site"]
    assert sites[0][0]["logo"]["url"].startswith(f"{SITE}/pictures/icon-"), "without a logo, the paper's icon"
