"""What sites are like that are not a single one at the root of its host, with WordPress's own words in addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from articles.models.desk import Article
from articles.models.moves import MovingRun
from articles.models.places import Tag
from articles.models.published import PublishedArticle
from articles.moving import stories
from images.models import Picture
from tests import make
from tests.articles.wordpress.exports import AUTHORS, SITE, Item, export

pytestmark = pytest.mark.django_db
TAGS = """
  <wp:tag><wp:term_id>31</wp:term_id><wp:tag_slug>sea-travel</wp:tag_slug>
    <wp:tag_name><![CDATA[Ferries &amp; Boats]]></wp:tag_name></wp:tag>
  <wp:tag><wp:term_id>32</wp:term_id><wp:tag_slug>fog-2</wp:tag_slug><wp:tag_name><![CDATA[Fog]]></wp:tag_name></wp:tag>
"""
TERMS = (("post_tag", "sea-travel", "Ferries &amp; Boats"), ("post_tag", "fog-2", "Fog"))


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()
    make.section("News")


def bring(folder: Path, text: str, **options: Any) -> MovingRun:
    path = folder / "export.xml"
    path.write_text(text, encoding="utf-8")
    call_command("import_wordpress", str(path), **options)
    return MovingRun.objects.latest("pk")


def led(client: Client, address: str) -> str:
    answer = client.get(address)
    return answer.headers["Location"] if answer.status_code in {301, 302} else str(answer.status_code)


@pytest.mark.parametrize("head", [AUTHORS + TAGS, AUTHORS])
def test_a_tag_leads_on_from_the_address_that_it_had(tmp_path: Path, client: Client, head: str) -> None:
    bring(tmp_path, export(Item(1, terms=TERMS), head=head))
    story = PublishedArticle.objects.get()
    assert {link["name"] for link in story.tag_links} == {"Ferries & Boats", "Fog"}
    assert led(client, "/tag/sea-travel/") == "/tag/ferries-boats/"
    assert led(client, "/tag/fog-2/feed/") == "/tag/fog/feeds/rss.xml"
    assert client.get("/tag/fog/").status_code == 200


def test_a_site_below_a_path_with_words_of_its_own_in_addresses(tmp_path: Path, client: Client) -> None:
    site = f"{SITE}/blog"
    links = "".join(
        f'<a href="{site}/{path}/">x</a>'
        for path in ("topics/harbour", "topics/harbour/ferries", "about/harbour", "harbour/search", "on/fog-2",
                     "on/sea-travel", "2016/05/harbour", "2016/05/ferries")
    )  # fmt: skip
    story = Item(1, link=f"{site}/2016/05/story-1/", content=f"Words. {links}", terms=TERMS)
    bring(tmp_path, export(story, Item(2, slug="search", categories=(("ferries", "Ferries"),)), site=site))
    path = PublishedArticle.objects.get(pk=Article.objects.order_by("pk")[0].pk).path
    for old, target in {
        "/blog/topics/harbour/": "/harbour/", "/blog/topics/ferries/feed/": "/harbour/ferries/feeds/rss.xml",
        "/blog/category/harbour/ferries/": "/harbour/ferries/", "/blog/author/mira/": "/author/mira-okono/",
        "/blog/on/fog-2/": "/tag/fog/", "/blog/tag/fog-2/": "/tag/fog/", "/blog/?p=1": path,
        "/blog/2016/05/story-1/": path, "/blog/about/ferries/": "404", "/blog/harbour/ferries/": "404",
        "/blog/2016/05/ferries/": "404", "/blog/": "404",
    }.items():  # fmt: skip
        assert led(client, old) == target, old


@pytest.mark.parametrize(
    ("links", "led_to"),
    [
        (("topics/harbour",), "/harbour/"),
        (("topics/harbour/ferries",), "/harbour/"),
        (("topics/harbour", "category/harbour"), "404"),  # the usual word is in use
        (("about/harbour",), "404"),  # a page of the export
        (("topics/%d9%85%d9%8a%d9%86%d8%a7%d8%a1", "topics/harbour"), "/harbour/"),
    ],
)
def test_a_single_link_tells_what_stood_in_place_of_category(
    tmp_path: Path, client: Client, links: tuple[str, ...], led_to: str
) -> None:
    arabic = AUTHORS.replace(">search<", ">%d9%85%d9%8a%d9%86%d8%a7%d8%a1<")
    words = "".join(f'<a href="{SITE}/{link}/">x</a>' for link in links)
    page = Item(2, kind="page", slug="harbour", link=f"{SITE}/about/harbour/", title="The harbour")
    bring(tmp_path, export(Item(1, content=f"Words. {words}"), page, head=arabic))
    folder = links[0].partition("/")[0]
    assert led(client, f"/{folder}/night-ferries/") == led_to
    assert led(client, f"/{folder}/harbour/") == ("/harbour-page/" if folder == "about" else led_to)


@pytest.mark.parametrize("slug", ["uncategorized", "non-classe-fr", "%d8%ba%d9%8a%d8%b1-%d9%85%d8%b5%d9%86%d9%81"])
def test_the_category_of_those_that_have_none_is_no_section(tmp_path: Path, slug: str) -> None:
    bring(tmp_path, export(Item(1, categories=((slug, "x"),))))
    assert PublishedArticle.objects.get().path.startswith("/news/")


def test_links_to_the_network_are_no_links_within_the_paper(tmp_path: Path) -> None:
    network = "https://many-papers.example"
    content = f'<a href="{network}/help/">Help</a> <a href="{SITE}/about/">About</a>'
    text = export(Item(1, content=content)).replace(
        f"<wp:base_site_url>{SITE}", f"<wp:base_site_url>{network}/"
    )  # fmt: skip
    bring(tmp_path, text)
    assert Article.objects.get().body == f'<p><a href="{network}/help/">Help</a> <a href="/about/">About</a></p>'
    assert bring(tmp_path, text).counts["known"] == 1


def test_the_page_of_a_picture_that_hangs_on_no_story_leads_to_one_that_shows_it(
    tmp_path: Path, client: Client
) -> None:
    for name in ("quay", "unused"):
        (tmp_path / f"{name}.jpg").write_bytes(make.picture_file(colour="olive" if name == "quay" else "teal").read())
    files = [
        Item(number, kind="attachment", status="inherit", link=f"{SITE}/{name}/", slug=name,
             file=f"{SITE}/wp-content/uploads/{name}.jpg", meta={"_media_credit": "Ines Abara"} if number == 21 else {})
        for number, name in ((21, "quay"), (22, "unused"))
    ]  # fmt: skip
    bring(tmp_path, export(Item(1, content='Words. [gallery include="21"]'), *files), media=str(tmp_path))
    assert led(client, "/quay/") == PublishedArticle.objects.get().path
    assert led(client, "/unused/") == "404"
    assert Picture.objects.get().credit == "Ines Abara"


def test_what_has_no_place_here_is_named(tmp_path: Path) -> None:
    sound = "https://files.example/fog.mp3"
    run = bring(tmp_path, export(
        Item(1, terms=(("series", "tides", "Tides &amp; Times"), ("post_format", "post-format-audio", "Audio")),
             meta={"enclosure": f"{sound}\n3043247\naudio/mpeg", "kicker": "Tides", "_kicker": "field_1", "own": "x",
                   "rows": 'a:1:{i:0;s:4:"text";}', "_rows": "field_2", "map": "12", "_map": "field_3"}),
        Item(2, slug="two", content=f"Words. [audio mp3='{sound}']", meta={"enclosure": f"{sound}\n1\naudio/mpeg"}),
        Item(3, slug="three", status="archive", title="Put away"),
        *(Item(number, kind="nav_menu_item", title="") for number in (7, 8)),
        Item(9, kind="event", title="The regatta"),
    ))  # fmt: skip
    told = [(note.code, note.title, note.detail) for note in run.notes.exclude(code="too_deep")]
    assert told == [
        ("terms", "The ferry is back", "series: Tides & Times"),
        ("fields", "The ferry is back", "kicker"),
        ("dropped", "The ferry is back", f"enclosure {sound}"),
        ("dropped", "The ferry is back", f"[audio] {sound}"),
        ("state", "Put away", "archive"),
        ("other_kind", "The regatta", "event"),
        ("other_kind", "", "nav_menu_item (2)"),
    ]
    assert (run.counts["left"], run.counts["note:other_kind"]) == (3, 3)


def test_people_without_an_account_have_their_names_in_bylines(tmp_path: Path, client: Client) -> None:
    guest = {"cap-display_name": "Ines Abara", "cap-user_login": "i-abara"}
    run = bring(tmp_path, export(
        Item(1, terms=(("author", "cap-i-abara", "i-abara"), ("author", "cap-mira", "mira"))),
        Item(2, slug="two", terms=(("author", "cap-nobody", "Rolf Tander"),)),
        Item(30, kind="guest-author", slug="cap-i-abara", title="Ines Abara", meta=guest),
    ))  # fmt: skip
    bylines = [[line["name"] for line in story.byline] for story in PublishedArticle.objects.order_by("pk")]
    assert bylines == [["Ines Abara", "Mira Okono"], ["Rolf Tander"]]
    assert led(client, "/author/i-abara/") == "/author/ines-abara/"
    assert "left" not in run.counts


def test_a_category_that_is_only_ever_a_second_one_leads_to_its_tag(tmp_path: Path, client: Client) -> None:
    bring(tmp_path, export(Item(1, categories=(("harbour", "Harbour &amp; Sea"), ("search", "Search")))))
    assert led(client, "/category/search/") == led(client, "/?cat=6") == "/tag/search/"
    assert client.get("/tag/search/").status_code == 200


def test_a_gallery_or_film_is_a_story_without_words_and_a_trial_knows_which_is_none(tmp_path: Path) -> None:
    film = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    text = export(Item(1, content=film), Item(2, slug="two", content="[divider]"), Item(3, slug="three", title=""))
    trial, run = bring(tmp_path, text, dry_run=True), bring(tmp_path, text)
    for each in (trial, run):
        assert (each.counts["published"], each.counts["draft"], each.counts["note:not_ready"]) == (1, 2, 2)
    assert film in PublishedArticle.objects.get().body_html


def test_a_tag_is_one_in_any_case(tmp_path: Path, client: Client) -> None:
    mine = Tag.objects.create(name="Élections")
    words = (("post_tag", "polls", "ÉLECTIONS"), ("post_tag", "fog", "Fog"), ("post_tag", "fog-2", "FOG"))
    bring(tmp_path, export(
        Item(1, terms=words), Item(2, slug="two", terms=(*words, ("post_tag", "tide", "Tide"))),
        Item(3, slug="three", title="\n", content="", terms=(("post_tag", "never", "Never"),)),
    ))  # fmt: skip
    assert set(Tag.objects.values_list("name", flat=True)) == {"Élections", "Fog", "Tide"}
    assert led(client, "/tag/polls/") == mine.get_absolute_url()
    assert led(client, "/tag/fog-2/") == "/tag/fog/"


def test_a_tag_of_a_story_that_was_refused_is_made_anew_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = (("post_tag", "fog", "Fog"),)
    real = stories.Stories._out

    def refuses(self: stories.Stories, number: int, post: Any, *rest: Any) -> str:
        if post.number == "1":
            raise ValidationError("No.")
        return real(self, number, post, *rest)

    monkeypatch.setattr(stories.Stories, "_out", refuses)
    run = bring(tmp_path, export(Item(1, terms=terms), Item(2, slug="two", terms=terms)))
    assert (run.counts["note:refused"], run.counts["published"]) == (1, 1)
    assert {link["name"] for link in PublishedArticle.objects.get().tag_links} == {"Fog"}
