"""Feeds as machines read them."""

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.test import Client

from articles import actions
from tests import make

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
ATOM, DC, CONTENT = (
    "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/rss/1.0/modules/content/}",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _address(settings) -> None:
    settings.SITE_URL = "https://post.example"


def channel(client: Client, path: str = "/feeds/rss.xml") -> Element:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    found = fromstring(response.content).find("channel")
    assert found is not None
    return found


def titles(found: Element) -> list[str | None]:
    return [item.findtext("title") for item in found.iter("item")]


def test_a_feed_carries_whole_stories(client: Client, db: None) -> None:
    make.site(description="News of the harbour.")
    story = make.story(
        "Ferry & tram resume", at=NOON, standfirst="Both at noon.", tags=["Ferries", "Trams"],
        body='<p>As <a href="/about/">we</a> said, <a href="https://sister.example/x">others</a> too.</p>',
        bylines=[make.author("Ada Lind"), "Harbour Wire"],
    )  # fmt: skip
    found = channel(client)
    assert found.findtext("title") == "The Harbour Post"
    assert found.findtext("link") == "https://post.example/"
    assert found.findtext("description") == "News of the harbour."
    assert found.findtext("language") == "en"
    self_link = found.find(f"{ATOM}link")
    assert self_link is not None
    assert self_link.attrib == {"rel": "self", "href": "https://post.example/feeds/rss.xml"}
    (item,) = found.iter("item")
    assert item.findtext("title") == "Ferry & tram resume"
    assert item.findtext("link") == f"https://post.example{story.path}"
    assert item.findtext("description") == "Both at noon."
    assert item.findtext("pubDate") == "Sun, 22 Nov 2026 12:05:00 +0000"
    assert [each.text for each in item.iter("category")] == ["News", "Ferries", "Trams"]
    assert [each.text for each in item.iter(f"{DC}creator")] == ["Ada Lind", "Harbour Wire"]
    html = item.findtext(f"{CONTENT}encoded") or ""
    assert 'href="https://post.example/about/"' in html
    assert 'href="https://sister.example/x"' in html


def test_a_changed_address_keeps_the_identity(client: Client, db: None, editor) -> None:
    make.site()
    story = make.story(at=NOON)

    def identity() -> tuple[str | None, dict[str, str]]:
        guid = next(channel(client).iter("guid"))
        return guid.text, guid.attrib

    before = identity()
    actions.save(story.pk, actor=editor, content={"slug": "elsewhere"})
    actions.update(story.pk, actor=editor)
    assert before == identity() == (f"tag:post.example,2026:story-{story.pk}", {"isPermaLink": "false"})


def test_each_edition_and_section_has_its_feed(client: Client, db: None) -> None:
    make.site(wording={"fr": {"name": "Le Courrier"}})
    news, sport = make.section(names={"fr": "Actualités"}), make.section("Sport")
    europe = make.section("Europe", parent=news, in_menu=False)
    make.story("In News", section=news, at=NOON)
    make.story("In Europe", section=europe, at=NOON + timedelta(hours=-1))
    make.story("In Sport", section=sport, at=NOON + timedelta(hours=-2))
    make.story("En Europe", section=europe, language="fr", at=NOON)
    assert titles(channel(client)) == ["In News", "In Europe", "In Sport"]
    assert titles(channel(client, "/news/feeds/rss.xml")) == ["In News", "In Europe"]
    assert titles(channel(client, "/news/europe/feeds/rss.xml")) == ["In Europe"]
    french = channel(client, "/fr/news/feeds/rss.xml")
    assert (titles(french), french.findtext("title")) == (["En Europe"], "Le Courrier: Actualités")
    assert french.findtext("link") == "https://post.example/fr/news/"
    assert titles(channel(client, "/ar/feeds/rss.xml")) == []
    assert [client.get(p).status_code for p in ("/de/feeds/rss.xml", "/nope/feeds/rss.xml")] == [404, 404]


def test_who_has_the_feed_already_gets_nothing_new(client: Client, db: None, editor) -> None:
    make.site()
    story = make.story(at=NOON)
    tag = client.get("/feeds/rss.xml")["ETag"]
    response = client.get("/feeds/rss.xml", headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")
    actions.withdraw(story.pk, actor=editor)
    assert client.get("/feeds/rss.xml", headers={"If-None-Match": tag}).status_code == 200
