"""Front pages of editions and sections, and the pages of the desk's own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import actions_site, paths
from articles.models.published import PublishedArticle
from articles.models.site import MenuItem
from tests import make

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINK = re.compile(r'<h(\d) class="headline"><a href="([^"]+)">')


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def hours_ago(hours: int, **content: object) -> PublishedArticle:
    return make.story(f"Story of hour {hours}", at=NOON - timedelta(hours=hours), **content)


def test_an_empty_newsroom_has_a_front_page(client: Client, db: None) -> None:
    text = read(client, "/")
    assert "Nothing has been published yet" in text
    assert '<h1 class="name">Newsroom' in text


def test_front_shows_newest_first_then_sections_and_no_story_twice(client: Client, db: None) -> None:
    make.site()
    news, culture = make.section(), make.section("Culture", position=1)
    europe = make.section("Europe", parent=news, in_menu=False)
    stories = [hours_ago(hour, section=news) for hour in range(10)]
    opinion = hours_ago(20, section=news, kind="opinion")
    abroad, film = hours_ago(30, section=europe), hours_ago(40, section=culture)
    hours_ago(0, section=news, language="fr")
    text = read(client, "/")
    shown = [path for _, path in LINK.findall(text)]
    expected = [*stories, abroad, film, opinion]
    assert shown == [story.path for story in expected]
    assert [int(level) for level, _ in LINK.findall(text)] == [2] * 3 + [3] * 10
    assert '<a href="/culture/">Culture</a></h2>' in text
    assert ">Opinion</h2>" in text


def test_a_further_edition_has_its_own_front_and_menu(client: Client, db: None) -> None:
    make.site(wording={"fr": {"name": "Le Courrier du port", "tagline": "Depuis le quai"}})
    news = make.section(names={"fr": "Actualités"})
    french, english = hours_ago(1, section=news, language="fr"), hours_ago(2, section=news)
    page = make.page("À propos", slug="a-propos", language="fr")
    MenuItem.objects.create(menu="footer", page=page)
    MenuItem.objects.create(menu="footer", url="https://sister.example/", label="Sister paper")
    MenuItem.objects.create(menu="footer", url="https://old.example/", label="English archive", language="en")
    text = read(client, "/fr/")
    assert '<html lang="fr" dir="ltr">' in text
    assert french.path in text
    assert english.path not in text
    assert "<title>Le Courrier du port – Depuis le quai</title>" in text
    assert '<a href="/fr/news/">Actualités</a>' in text
    assert '<a href="/fr/a-propos/">À propos</a>' in text
    assert "Sister paper" in text
    assert "English archive" not in text
    assert 'href="/fr/feeds/rss.xml"' in text
    text = read(client, "/")
    assert "À propos" not in text
    assert "English archive" in text
    assert '<a href="/ar/" lang="ar" hreflang="ar">العربية</a>' in text


def test_section_front_lists_its_parts_and_their_stories(client: Client, db: None) -> None:
    make.site()
    news = make.section(description="What happened.", colour="#8b1e1e")
    europe = make.section("Europe", parent=news, in_menu=False)
    own, part = hours_ago(2, section=news), hours_ago(1, section=europe)
    other = hours_ago(3, section=make.section("Sport"))
    text = read(client, "/news/")
    assert [path for _, path in LINK.findall(text)] == [part.path, own.path]
    assert other.path not in text
    assert '<a href="/news/europe/">Europe</a>' in text
    assert '<p class="standfirst">What happened.</p>' in text
    assert "{--section:#8b1e1e}" in text
    assert '<a href="/news/" aria-current="page">News</a>' in text
    text = read(client, "/news/europe/")
    assert [path for _, path in LINK.findall(text)] == [part.path]
    assert '<p class="kicker"><a href="/news/">News</a></p>' in text
    assert "Pas encore d’article ici." in read(client, "/fr/news/europe/")


def test_section_fronts_go_on_by_key(client: Client, db: None) -> None:
    make.site()
    news = make.section()
    europe = make.section("Europe", parent=news, in_menu=False)
    same_moment = [make.story(f"Same moment {n}", at=NOON, section=europe if n % 2 else news) for n in range(45)]
    seen, path, pages = [], "/news/", 0
    while path:
        text = read(client, path)
        seen += [address for _, address in LINK.findall(text)]
        older = re.search(r'<a rel="next" href="(\?before=[^"]+)"', text)
        assert ("Back to the newest" in text) == (pages > 0)
        assert f'<link rel="canonical" href="{paths.absolute(path)}">' in text
        path, pages = f"/news/{older[1]}" if older else "", pages + 1
    assert pages == 3
    assert seen == [story.path for story in reversed(same_moment)]


def test_a_renamed_section_leads_on_and_keeps_its_stories(client: Client, db: None, editor) -> None:
    make.site()
    news = make.section()
    story = hours_ago(1, section=news)
    news.slug = "world"
    actions_site.save_section(news, actor=editor)
    assert client.get("/news/")["Location"] == "/world/"
    assert client.get("/fr/news/")["Location"] == "/fr/world/"
    assert client.get("/news/feeds/rss.xml")["Location"] == "/world/feeds/rss.xml"
    assert story.headline in read(client, story.path)
    assert story.path in read(client, "/world/")


def test_pages_of_the_desk(client: Client, db: None, editor) -> None:
    make.site()
    page = make.page("Who <we> are", body="<h2>History</h2><p>Founded in a kitchen.</p>")
    text = read(client, "/about/")
    assert '<h1 class="headline">Who &lt;we&gt; are</h1>' in text
    assert "<p>Founded in a kitchen.</p>" in text
    page.slug = "من-نحن"
    actions_site.save_page(page, actor=editor)
    response = client.get("/about/", follow=True)
    assert response.redirect_chain[0][1] == 301
    assert "Founded in a kitchen." in response.content.decode()
    page.is_hidden = True
    actions_site.save_page(page, actor=editor)
    assert client.get("/من-نحن/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/fr/", "/news/", "/news/europe/", "/about/"])
def test_fronts_cost_the_same_with_one_story_and_with_many(client: Client, db: None, path: str) -> None:
    make.site()
    make.page()
    news = make.section()
    europe = make.section("Europe", parent=news, in_menu=False)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, path)
        return len(queries)

    for section, language in ((europe, "en"), (europe, "fr")):
        hours_ago(0, section=section, language=language)
    with_one = cost()
    for hour in range(1, 12):
        for language in ("en", "fr"):
            hours_ago(hour, section=make.section(f"Section {hour % 3}"), language=language)
            hours_ago(hour, section=europe, language=language, bylines=[make.author()])
    with_many = cost()
    assert with_one <= 5
    assert with_many <= 5
    # A front page that is full asks once more, for what its sections had before; a list never does.
    assert with_many - with_one == (1 if path in ("/", "/fr/") else 0)
