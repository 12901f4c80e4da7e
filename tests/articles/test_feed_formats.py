"""RSS, Atom and JSON Feed of every list say the same, by each format's own rules."""

import json
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import actions, actions_corrections
from articles.models.published import PublishedArticle
from images.names import read
from tests import make, stored
from tests.articles import paper
from tests.articles.feed_rules import CONTENT, DC, LANG, MEDIA, A, broken, html_faults
from tests.articles.paper import LANGUAGES, NOON, SITE

with warnings.catch_warnings():  # of its parser of SGML
    warnings.simplefilter("ignore")
    import feedparser

pytestmark = pytest.mark.django_db
NAMES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}
KINDS = ("edition", "section", "author", "tag", "series")


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SITE_URL = SITE


def read_feed(client: Client, address: str, **query: str) -> bytes:
    response = client.get(address, query)
    assert response.status_code == 200, address
    assert response["Content-Type"] == f"{NAMES[address.rpartition('/')[2]]}; charset=utf-8"
    return response.content


def rss(client: Client, page: str) -> Any:
    return fromstring(read_feed(client, f"{page}feeds/rss.xml"))[0]


def atom(client: Client, page: str) -> Any:
    return fromstring(read_feed(client, f"{page}feeds/atom.xml"))


def json_feed(client: Client, page: str) -> Any:
    return json.loads(read_feed(client, f"{page}feeds/feed.json"))


def texts(client: Client, page: str) -> list[str]:
    """The HTML of the newest story in each format."""
    return [
        rss(client, page).find("item").findtext(f"{CONTENT}encoded"),
        atom(client, page).find(f"{A}entry").findtext(f"{A}content"),
        json_feed(client, page)["items"][0]["content_html"],
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_feed_keeps_the_rules_of_its_format(client: Client, settings: Any, name: str, language: str) -> None:
    settings.WEBSUB_HUBS = ["https://hub.example/"]
    printed = paper.printed(language)
    for kind in KINDS:
        address = f"{printed.lists[kind]}feeds/{name}"
        text = read_feed(client, address)
        assert broken(name, text, address=SITE + address) == [], kind
        if name != "feed.json":
            parsed = feedparser.parse(text, response_headers={"content-type": NAMES[name]}, sanitize_html=False)
            assert not parsed.bozo, parsed.get("bozo_exception")
            assert parsed.version in {"rss20", "atom10"}
            assert parsed.feed.language == language
            assert parsed.entries[0].title == printed.story.headline
            assert parsed.entries[0].summary == printed.story.standfirst
            assert parsed.entries[0].published_parsed[:5] == (2026, 11, 22, 12, 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_three_formats_say_the_same(client: Client, language: str) -> None:
    printed = paper.printed(language)
    story, page = printed.story, printed.lists["section"]
    item, entry, told = rss(client, page).find("item"), atom(client, page).find(f"{A}entry"), json_feed(client, page)
    (told,) = told["items"]
    assert item.findtext("guid") == entry.findtext(f"{A}id") == told["id"] == f"tag:post.example,2026:story-{story.pk}"
    assert item.findtext("title") == entry.findtext(f"{A}title") == told["title"] == story.headline
    link = next(each.get("href") for each in entry.findall(f"{A}link") if each.get("rel") == "alternate")
    assert item.findtext("link") == link == told["url"]
    by_rss = [each.text for each in item.iter(f"{DC}creator")]
    by_atom = [each.findtext(f"{A}name") for each in entry.iter(f"{A}author")]
    assert by_rss == by_atom == [each["name"] for each in told["authors"]] == [line["name"] for line in story.byline]
    uris = [each.findtext(f"{A}uri") for each in entry.iter(f"{A}author")]
    assert uris == [each.get("url") for each in told["authors"]] == [f"{SITE}{printed.lists['author']}", None]
    subjects = [each.text for each in item.iter("category")]
    assert subjects == [each.get("term") for each in entry.iter(f"{A}category")] == told["tags"]
    assert len(set(texts(client, page))) == 1
    assert entry.findtext(f"{A}updated") == told["date_modified"] == item.findtext(f"{A}updated")
    assert story.updated_at > story.published_at


def test_the_text_is_whole_and_needs_nothing_but_html(client: Client) -> None:
    printed = paper.printed("ar")
    html = texts(client, printed.lists["edition"])[0]
    assert html_faults(html) == []
    assert html.startswith('<div dir="rtl"><p><span class="dateline">الميناء</span> — ')
    assert html.count("<img") == 4
    assert f'href="{SITE}/pictures/v' in html, "a video is a link to its file"
    assert '<a href="https://www.youtube.com/watch?v=abcdefghijk">' in html, "a post elsewhere is a link to it"
    assert "عبارات &amp; &lt;الميناء&gt;" in html, "a correction stands in the text"
    assert "تصحيح" in html, "and speaks the story's language"


def test_a_text_that_reads_from_left_to_right_needs_no_frame(client: Client) -> None:
    assert texts(client, paper.printed("fr").lists["edition"])[0].startswith("<p><span")


def test_plain_words_stay_plain_words(client: Client) -> None:
    make.site()
    make.story("A < b & c", standfirst="<b>Not bold</b> & so on", at=NOON)
    assert rss(client, "/").find("item").findtext("description") == "&lt;b&gt;Not bold&lt;/b&gt; &amp; so on"
    assert atom(client, "/").find(f"{A}entry").findtext(f"{A}summary") == "&lt;b&gt;Not bold&lt;/b&gt; &amp; so on"
    assert json_feed(client, "/")["items"][0]["summary"] == "<b>Not bold</b> & so on"
    assert atom(client, "/").find(f"{A}entry").findtext(f"{A}title") == "A < b & c"


def test_the_lead_picture_goes_with_the_story(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    make.site()
    picture = make.picture((2000, 1500), alt_text="A quay & a ferry")
    make.story(lead_picture=picture.pk, at=NOON)
    item, entry, told = rss(client, "/").find("item"), atom(client, "/").find(f"{A}entry"), json_feed(client, "/")
    enclosure = item.find("enclosure").attrib
    assert enclosure["type"] == "image/jpeg"
    assert enclosure["length"] == "0", "not made yet"
    media = item.find(f"{MEDIA}content")
    assert (media.get("url"), media.get("width"), media.get("height")) == (enclosure["url"], "1280", "720")
    assert media.findtext(f"{MEDIA}description") == "A quay & a ferry"
    assert media.findtext(f"{MEDIA}credit") == "Amira Holt"
    (link,) = [each.attrib for each in entry.findall(f"{A}link") if each.get("rel") == "enclosure"]
    assert link == {"rel": "enclosure", "href": enclosure["url"], "type": "image/jpeg"}
    attached = {"url": enclosure["url"], "mime_type": "image/jpeg", "title": "Amira Holt"}
    assert (told["items"][0]["image"], told["items"][0]["attachments"]) == (enclosure["url"], [attached])

    rendition = read(enclosure["url"].rpartition("/")[2])
    assert rendition
    size = stored.made(rendition).stat().st_size
    assert rss(client, "/").find("item").find("enclosure").get("length") == str(size)
    assert json_feed(client, "/")["items"][0]["attachments"][0]["size_in_bytes"] == size


def test_a_graphic_picture_is_never_sent_ahead(client: Client) -> None:
    make.site()
    graphic = make.picture((2000, 1500), is_sensitive=True)
    make.story(lead_picture=graphic.pk, body=f'<p>Text.</p><figure data-image="{graphic.pk}"></figure>', at=NOON)
    for name in NAMES:
        text = read_feed(client, f"/feeds/{name}").decode()
        assert ".jpg" not in text
        assert "<enclosure" not in text


def test_a_paper_may_hand_on_the_standfirst_alone(client: Client) -> None:
    printed = paper.printed("en")
    paper.site(feeds_whole=False)
    item, entry = rss(client, "/").find("item"), atom(client, "/").find(f"{A}entry")
    assert item.find(f"{CONTENT}encoded") is None
    assert entry.find(f"{A}content") is None
    html = json_feed(client, "/")["items"][0]["content_html"]
    assert item.findtext("description") == entry.findtext(f"{A}summary") == html
    assert html.startswith(f"<p>{printed.story.standfirst}</p>")
    assert "Ferries &amp; &lt;Harbour&gt;" in html, "a correction stands wherever the story does"
    for name in NAMES:
        assert broken(name, read_feed(client, f"/feeds/{name}"), address=f"{SITE}/feeds/{name}") == []


def test_without_a_standfirst_the_beginning_of_the_text_stands_in(client: Client) -> None:
    make.site(feeds_whole=False)
    make.story(body="<p>The ferry left & came back.</p>" * 20, at=NOON)
    description = rss(client, "/").find("item").findtext("description")
    assert description.startswith("<p>The ferry left &amp; came back.")
    assert len(description) < 200


@pytest.mark.parametrize("verb", ["withdraw", "kill"])
def test_a_story_taken_off_is_in_no_feed_any_more(client: Client, verb: str) -> None:
    printed = paper.printed("en")
    make.story("Another day", at=NOON, tags=["Ferries"], section=printed.story.section, series=printed.story.series)
    getattr(actions, verb)(printed.story.pk, actor=None, **({"notice": "Wrong."} if verb == "kill" else {}))
    for kind in ("edition", "section", "tag", "series"):
        for name in NAMES:
            assert "resume<" not in read_feed(client, f"{printed.lists[kind]}feeds/{name}").decode()
    assert client.get(f"{printed.lists['author']}feeds/atom.xml").status_code == 404, "no story of theirs is left"


@pytest.mark.parametrize("name", NAMES)
def test_older_stories_are_a_page_further(client: Client, name: str) -> None:
    make.site()
    tag, author = "Ferries", make.author(slug="ada")
    for hour in range(41):
        make.story(f"Story {hour:02}", at=NOON - timedelta(hours=hour), tags=[tag], bylines=[author])
    for page in ("/", "/news/", "/tag/ferries/", "/author/ada/"):
        following, titles, pages = f"{SITE}{page}feeds/{name}", [], 0
        while following:
            text = client.get(following.removeprefix(SITE)).content
            assert broken(name, text, address=following) == []
            parsed = json.loads(text) if name == "feed.json" else fromstring(text)
            if name == "feed.json":
                titles += [item["title"] for item in parsed["items"]]
                following = parsed.get("next_url", "")
            else:
                item = "item" if name == "rss.xml" else f"{A}entry"
                titles += [each.findtext("title") or each.findtext(f"{A}title") for each in parsed.iter(item)]
                links = [link.attrib for link in parsed.iter(f"{A}link")]
                following = next((link["href"] for link in links if link.get("rel") == "next"), "")
            pages += 1
        assert titles == [f"Story {hour:02}" for hour in range(41)], page
        assert pages == 3
    assert client.get(f"/feeds/{name}", {"before": "yesterday"}).status_code == 404


def test_an_author_s_stories_in_several_languages_say_which(client: Client) -> None:
    make.site()
    author = make.author(slug="ada")
    make.story("Le bac", language="fr", bylines=[author], at=NOON)
    make.story("The ferry", bylines=[author], at=NOON - timedelta(hours=1))
    assert [each.findtext(f"{DC}language") for each in rss(client, "/author/ada/").iter("item")] == ["fr", None]
    assert [each.get(LANG) for each in atom(client, "/author/ada/").iter(f"{A}entry")] == ["fr", None]
    assert [each["language"] for each in json_feed(client, "/author/ada/")["items"]] == ["fr", "en"]
    PublishedArticle.objects.filter(language="en").update(language="fr")
    assert json_feed(client, "/author/ada/")["language"] == "fr"


def test_what_xml_cannot_hold_breaks_no_format(client: Client) -> None:
    make.site()
    story = make.story(at=NOON)
    PublishedArticle.objects.filter(pk=story.pk).update(
        headline="Bell\x07", standfirst="Tab\x0b", body_html="<p>Null\x01 \ufffe</p>", byline=[{"name": "A\x02da"}],
        tag_links=[{"name": "Fer\x1fries", "path": "/tag/ferries/"}],
    )  # fmt: skip
    for name in NAMES:
        assert broken(name, read_feed(client, f"/feeds/{name}"), address=f"{SITE}/feeds/{name}") == []
    assert texts(client, "/") == ["<p>Null </p>"] * 3


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_feed_is_a_feed_and_does_not_change_by_itself(client: Client, name: str) -> None:
    make.site()
    text = read_feed(client, f"/ar/feeds/{name}")
    assert broken(name, text, address=f"{SITE}/ar/feeds/{name}") == []
    tag = client.get(f"/ar/feeds/{name}")["ETag"]
    assert client.get(f"/ar/feeds/{name}", headers={"If-None-Match": tag}).status_code == 304


def test_addresses_without_a_list_are_not_found_and_renamed_ones_lead_on(client: Client, chief: Any) -> None:
    make.site()
    idle = make.author(slug="idle")
    make.story(tags=["Ferries"], at=NOON)
    for page in ("/author/idle/", "/author/nobody/", "/tag/nothing/", "/series/nothing/", "/nope/", "/de/"):
        assert client.get(f"{page}feeds/atom.xml").status_code == 404, page
    assert client.get("/feeds/feed.xml").status_code == 404
    make.story(bylines=[idle], at=NOON)
    from authors.actions import save_author

    idle.slug = "busy"
    save_author(idle, actor=chief)
    assert client.get("/author/idle/feeds/atom.xml")["Location"] == "/author/busy/feeds/atom.xml"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_lead_to_their_own_feeds(client: Client, language: str) -> None:
    printed = paper.printed(language)
    for kind, page in printed.lists.items():
        head = client.get(page).content.decode().partition("</head>")[0]
        for name, media_type in NAMES.items():
            (link,) = [line for line in head.split("<link ") if f'href="{page}feeds/{name}"' in line]
            assert 'rel="alternate"' in link
            assert f'type="{media_type}"' in link
        edition = f'href="{printed.lists["edition"]}feeds/rss.xml"'
        assert head.count(edition) == 1, kind
    assert edition in client.get(printed.story.path).content.decode()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("page", ["/", "/fr/", "/fr/news/", "/author/ada/", "/tag/ferries/", "/series/flood/"])
def test_feeds_cost_the_same_with_one_story_and_with_three(client: Client, page: str, name: str) -> None:
    make.site()
    author, series = make.author(slug="ada"), make.series(slug="flood")

    def publish(place: str) -> None:
        for language in ("en", "fr"):
            section = make.section(place, parent=make.section(), in_menu=False)
            make.story(
                section=section, language=language, tags=["Ferries"], bylines=[author, make.author()], series=series
            )

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read_feed(client, f"{page}feeds/{name}")
        return len(queries)

    publish("One")
    with_one = cost()
    publish("Two")
    publish("Three")
    assert cost() == with_one <= 6


def test_a_correction_moves_the_story_and_stands_in_every_format(client: Client) -> None:
    make.site()
    story = make.story(at=NOON)
    assert rss(client, "/").find("item").find(f"{A}updated") is None
    actions_corrections.add(story.pk, kind="correction", text="It left at one.", is_above=True, actor=None)
    assert all(html.index("It left at one.") < html.index("The ferry left") for html in texts(client, "/"))
    moved = json_feed(client, "/")["items"][0]["date_modified"]
    assert moved > "2026-11-22T12:05"
    assert atom(client, "/").findtext(f"{A}updated") == moved == rss(client, "/").find("item").findtext(f"{A}updated")
