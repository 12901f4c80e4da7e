"""Addresses that lead nowhere: what may have been looked for, and what there is instead."""

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from articles import actions
from articles.models.places import Section
from articles.models.published import PublishedArticle
from articles.search import likely
from articles.views import errors
from tests import make

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
ASKED = '<h2 class="label" id="likely">Were you looking for one of these?</h2>'


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """As if nobody had come in vain in the last second."""
    errors._guesses.clear()


def offered(client: Client, path: str, status: int = 404) -> str:
    """The part of the page between the question and the search field."""
    response = client.get(path, follow=True)
    assert response.status_code == status
    page = response.content.decode()
    return page.partition(ASKED)[2].partition('role="search"')[0]


def stories() -> list[PublishedArticle]:
    make.site()
    return [
        make.story(headline, at=NOON, slug=slug, body="<p>More soon.</p>")
        for headline, slug in (
            ("Ferry service resumes after the storm", ""),
            ("Council votes on the harbour bridge", "bridge-vote"),
            ("Market moves to the old quay", ""),
            ("Teachers return to Marsa", ""),
        )
    ]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/news/2026/11/22/ferry-service-resumes-after-the-stork/", 0),  # a letter
        ("/news/2026/11/22/ferry-servcie-resumes-after-the-storm/", 0),
        ("/news/2026/11/22/fery-service-resumes-after-the-storm/", 0),
        ("/news/2026/11/22/ferry-ser", 0),  # cut off in a message
        ("/news/2026/11/22/ferry-service-resumes-after-the-storm/)", 0),
        ("/news/2026/11/23/ferry-service-resumes-after-the-storm/", 0),  # another day
        ("/culture/2026/11/22/ferry-service-resumes-after-the-storm/", 0),  # another section
        ("/2019/05/ferry-resumes.html", 0),  # of another system
        ("/ferry-storm/", 0),
        ("/harbuor/", 1),
        ("/news/2026/11/22/brigde-vote/", 1),  # of a slug that is not in the headline
        ("/news/2026/11/22/harbour-bridge-council/", 1),
        ("/text/news/2026/11/22/markt-moves-to-the-old-quay/", 2),
        ("/TEACHERS-RETURN/", 3),
        ("/teachers/marsa/2/", 3),
    ],
)
def test_a_mistyped_address_finds_its_story(client: Client, db: None, address: str, found: int) -> None:
    path = stories()[found].path
    if address.startswith("/text"):
        page = client.get(address).content.decode()
        assert f'<a href="/text{path}">' in page.partition("Were you looking")[2].partition("Latest")[0]
    else:
        first = offered(client, address).partition('class="headline"><a href="')[2].partition('"')[0]
        assert first == path


@pytest.mark.parametrize("slug", ["traghetot-notturno", "traghetto-no", "traghetto-notturn0-x"])
def test_a_slug_of_words_that_stand_nowhere_is_known_by_its_day(client: Client, db: None, slug: str) -> None:
    stories()
    story = make.story("Night crossings end", at=NOON, slug="traghetto-notturno", body="<p>More soon.</p>")
    assert f'<a href="{story.path}">' in offered(client, f"/news/2026/11/22/{slug}/")
    assert offered(client, f"/news/2026/11/21/{slug}/") == ""


def test_an_arabic_address_too_and_in_its_own_edition(client: Client, db: None) -> None:
    make.site()
    arabic = make.story("العبّارة تعود إلى المرفأ", language="ar", at=NOON)
    english = make.story("العبّارة again", at=NOON)
    page = client.get(quote("/ar/news/2026/11/22/العبارة-تعود-الى-المرفا-غدا/")).content.decode()
    assert f'<a href="{arabic.path}">' in page.partition('id="likely"')[2].partition('role="search"')[0]
    assert english.path not in page


@pytest.mark.parametrize(
    "address",
    [
        "/xyzzy/", "/2026/10/22/", "/a/", "/%22%27/", "/%22OR%22-*-NOT/", "/NEAR(a,b)/", "/%F0%9F%9A%A2/", "/--/",
        "/%/", "/" + "long-" * 300, "/" + "%D8%A7" * 200 + "/", "/wp-login.php", "/.env", "/a%00b/",
        "/news/2026/99/99/ferry/", "/news/1000/01/01/ferry/", "/nothing'; DROP TABLE articles_article; --/", "/a%0Ab/",
        "/col:umn/", "/%ED%A0%80/", quote("/ــ/"), quote("/text/ــ/"),
    ],
)  # fmt: skip
def test_whatever_the_address_it_is_a_page(client: Client, db: None, address: str) -> None:
    stories()
    response = client.get(address, follow=True)
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert PublishedArticle.objects.count() == 4


def test_the_words_stand_in_the_search_field_and_the_newest_stories_below(client: Client, db: None) -> None:
    shown = stories()
    page = client.get("/news/2026/11/20/ferry_to-Port%20Vela.html").content.decode()
    assert '<form method="get" action="/search/" role="search"' in page
    assert 'name="q" value="ferry to Port Vela"' in page
    latest = page.partition('id="newest"')[2]
    assert [story.path in latest for story in shown] == [False, True, True, True]  # the ferry stands above
    assert 'name="q" value="&quot;' not in client.get("/%22%3E%3Cscript%3E/").content.decode()


def test_words_of_an_address() -> None:
    assert likely.words_of("/news/2026/11/22/ferry-lines/") == "ferry lines"
    assert likely.words_of("/2026/11/") == ""
    assert likely.words_of("/ar/") == ""
    assert likely.words_of("/ar/المرفأ-القديم/feeds.HTML") == "feeds"
    assert likely.words_of("/" + "-".join(f"w{n}" for n in range(40))) == "w0 w1 w2 w3 w4 w5 w6 w7"


def test_what_nobody_reads_gets_a_short_answer(client: Client, db: None, django_assert_max_num_queries) -> None:
    stories()
    for path in ("/pictures/ferry.jpg", "/static/ferry.js", "/admin/ferry/", "/accounts/ferry/", "/hooks/ferry/"):
        with django_assert_max_num_queries(8):
            page = client.get(path).content.decode()
        assert "ferry-service" not in page


def test_it_costs_a_few_queries_however_many_stories(client: Client, db: None, django_assert_max_num_queries) -> None:
    """Two for the edition, one for the story, one for its old address; two more, one for the newest, seven to guess."""
    stories()
    with django_assert_max_num_queries(14):
        client.get("/news/2026/11/22/ferry-harbour-quay-marsa-council/")
    for _ in range(3):
        make.story("Ferry at the harbour quay", at=NOON)
    with django_assert_max_num_queries(14):
        client.get("/news/2026/11/22/ferry-harbour-quay-marsa-council/")


def test_a_guess_looks_at_few_matches_only(db: None, monkeypatch) -> None:
    stories()
    asked = []
    monkeypatch.setattr(likely.engines, "best", lambda *args, among, **more: asked.append(among) or [])
    likely.stories("/ferry-harbour-quay/", language="en", zone=ZoneInfo("UTC"))
    assert asked
    assert max(asked) <= 300


def test_so_many_matches_are_looked_at_whatever_their_language(db: None, monkeypatch) -> None:
    make.site()
    french = make.story("Marsa", language="fr")
    for _ in range(2):
        make.story("Marsa")
    found = []
    for among in (2, 3):
        monkeypatch.setattr(likely, "_AMONG", among)
        found.append([story.pk for story in likely.stories("/marsa/", language="fr", zone=ZoneInfo("UTC"))])
    assert found == [[], [french.pk]]


def test_in_a_flood_of_made_up_addresses_nothing_is_guessed_nor_kept(
    client: Client, db: None, monkeypatch, django_assert_max_num_queries
) -> None:
    stories()
    monkeypatch.setattr(errors, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    assert [bool(offered(client, f"/ferry-storm-{number}/")) for number in range(6)] == [True] * 5 + [False]
    with django_assert_max_num_queries(7):
        response = client.get("/ferry-storm-7/")
    assert "Page not found" in response.content.decode()
    assert "Surrogate-Key" not in response
    monkeypatch.setattr(errors, "time", SimpleNamespace(monotonic=lambda: 1001.5))
    assert offered(client, "/ferry-storm-6/")


def test_what_is_offered_is_purged_with_its_stories(client: Client, db: None) -> None:
    shown = stories()
    tags = client.get("/ferry-storm/")["Surrogate-Key"].split()
    assert tags[:2] == ["site", "missing"]
    assert {f"article:{story.pk}" for story in shown} <= set(tags)


def test_a_story_taken_off_is_offered_no_longer(client: Client, db: None) -> None:
    ferry = stories()[0]
    actions.kill(ferry.pk, actor=None, notice="It was not so.")
    assert "Ferry service resumes" not in client.get("/ferry-storm/").content.decode()


def test_a_retracted_storys_page_offers_its_section_and_never_its_headline(client: Client, db: None) -> None:
    shown = stories()
    other = make.story("A song", section=make.section("Culture"))
    actions.kill(shown[0].pk, actor=None, notice="It was not so.")
    response = client.get(shown[0].path)
    page = response.content.decode()
    assert response.status_code == 410
    assert "It was not so." in page
    assert "Ferry service resumes" not in page
    newest = page.partition('id="newest"')[2]
    assert newest.startswith('><a href="/news/">News</a></h2>')
    assert [story.path in newest for story in shown] == [False, True, True, True]
    assert other.path not in newest
    section = shown[1].section_id
    assert {f"article:{shown[0].pk}", f"section:{section}", f"article:{shown[1].pk}"} <= {
        *response["Surrogate-Key"].split()
    }


def test_a_withdrawn_storys_page_offers_the_newest_where_its_section_is_gone(client: Client, db: None) -> None:
    make.site()
    story, other = make.story(section=make.section("Wire")), make.story("A song", section=make.section("Culture"))
    actions.withdraw(story.pk, actor=None)
    Section.objects.filter(slug="wire").update(slug="cable", path="cable")
    response = client.get(story.path)
    assert response.status_code == 410
    assert other.path in response.content.decode().partition('id="newest">Latest</h2>')[2]
    assert "front:en" in response["Surrogate-Key"].split()


@pytest.mark.parametrize("more", [0, 2])
def test_a_page_of_a_story_taken_off_costs_the_same(
    client: Client, db: None, django_assert_max_num_queries, more: int
) -> None:
    shown = stories()
    actions.withdraw(shown[0].pk, actor=None)
    for _ in range(more):
        make.story()
    with django_assert_max_num_queries(6):
        assert client.get(shown[0].path).status_code == 410
