"""The page of a story: what it shows, in which language, and what an address says once the story has gone."""

from datetime import UTC, datetime
from unicodedata import normalize
from urllib.parse import quote, unquote

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from articles import actions
from articles.models.published import OldPath, PublishedArticle
from articles.views import errors
from tests import make

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def read(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def full_story(**content: object) -> PublishedArticle:
    news = make.section()
    return make.story(
        "Ferry & tram <resume>",
        **{
            "section": make.section("Europe", parent=news, in_menu=False),
            "kicker": "Transport",
            "standfirst": "Both ran at noon.",
            "dateline": "PORT VELA",
            "body": "<p>The ferry left at noon.</p><p>The tram followed.</p>",
            "bylines": [make.author("Ada Lind", slug="ada-lind"), "Harbour Wire"],
            "tags": ["Ferries"],
            "series": make.series("Getting about", slug="getting-about"),
            "kind": "analysis",
            "at": NOON,
            **content,
        },
    )


def test_story_shows_all_that_was_published(client: Client, db: None) -> None:
    make.site(newsroom_time_zone="Africa/Lagos")
    text = read(client, full_story().path)
    for expected in (
        "<title>Ferry &amp; tram &lt;resume&gt; – The Harbour Post</title>",
        '<h1 class="headline">Ferry &amp; tram &lt;resume&gt;</h1>',
        '<a href="/news/">News</a> <a href="/news/europe/">Europe</a>',
        "Transport",
        "Analysis",
        "Both ran at noon.",
        '<a rel="author" href="/author/ada-lind/">Ada Lind</a>, Harbour Wire',
        '<p><span class="dateline">PORT VELA</span> — The ferry left at noon.</p>',
        "22 November 2026, 13:05</time> <span data-zone>Lagos time</span>",
        'datetime="2026-11-22T13:05:00+01:00"',
        "1 minute to read",
        '<a rel="tag" href="/tag/ferries/">Ferries</a>',
        '<a href="/series/getting-about/">Getting about</a>',
        '<meta name="description" content="Both ran at noon.">',
    ):
        assert expected in text
    assert "Updated" not in text


def test_canonical_and_share_links_carry_the_whole_address(client: Client, db: None, settings) -> None:
    settings.SITE_URL = "https://post.example"
    make.site()
    story = full_story()
    text = read(client, story.path)
    address = f"https://post.example{story.path}"
    assert f'<link rel="canonical" href="{address}">' in text
    assert f'data-copy="{address}"' in text
    for service in (
        "https://wa.me/?text=Ferry%20%26%20tram%20%3Cresume%3E%20" + quote(address, safe=""),
        "https://t.me/share/url?url=" + quote(address, safe=""),
        "https://x.com/intent/post?text=Ferry%20%26%20tram",
        "https://www.facebook.com/sharer/sharer.php?u=" + quote(address, safe=""),
        "mailto:?subject=Ferry%20%26%20tram",
    ):
        assert service in text


def test_changes_are_dated_when_they_come_later(client: Client, db: None, editor) -> None:
    make.site()
    story = full_story()
    actions.save(story.pk, actor=editor, content={"standfirst": "Both ran at one."})
    actions.update(story.pk, actor=editor)
    text = read(client, story.path)
    assert "Both ran at one." in text
    assert "Updated <time" in text


def test_a_story_speaks_its_own_language(client: Client, db: None) -> None:
    make.site(newsroom_time_zone="Europe/Lisbon")
    news = make.section(names={"fr": "Actualités", "ar": "أخبار"})
    french = make.story("Le bac repart", language="fr", section=news, at=NOON)
    arabic = make.story("عودة العبّارة", language="ar", section=news, at=NOON)
    text = read(client, french.path)
    assert french.path == "/fr/news/2026/11/22/le-bac-repart/"
    assert '<html lang="fr" dir="ltr">' in text
    assert "22 novembre 2026" in text
    assert '<a href="/fr/news/">Actualités</a>' in text
    response = client.get(arabic.path)
    assert '<html lang="ar" dir="rtl">' in response.content.decode()
    assert "نوفمبر" in response.content.decode()
    assert response["Content-Language"] == "ar"
    assert '<html lang="en" dir="ltr">' in read(client, "/")


def test_an_address_with_its_accents_apart_leads_to_the_one_that_the_page_has(client: Client, db: None) -> None:
    make.site()
    story = make.story("Кое-що про йод", slug="кое-що-про-йод", tags=["йод"])
    for path in (story.path, unquote(story.tag_links[0]["path"]), f"/text{story.path}"):
        apart = normalize("NFD", path)
        assert apart != path
        response = client.get(quote(apart) + "?utm_source=x")
        assert (response.status_code, response["Location"]) == (301, f"{quote(path)}?utm_source=x")
        assert "Surrogate-Key" not in response, "as many as there are ways to part them: none is kept"
        assert story.headline in read(client, quote(path))
    evil = "//evil.example/" + normalize("NFD", "й/").encode().decode("latin-1")
    away = client.get("/", PATH_INFO=evil)
    assert away["Location"] == f"/evil.example/{quote('й/')}"


def test_a_missing_slash_leads_on(client: Client, db: None) -> None:
    make.site()
    story = full_story()
    response = client.get(story.path.rstrip("/"))
    assert (response.status_code, response["Location"]) == (301, story.path)


def test_a_moved_story_leads_to_where_it_is(client: Client, db: None, editor) -> None:
    make.site()
    story = full_story()
    actions.save(story.pk, actor=editor, content={"slug": "trams"})
    moved = actions.update(story.pk, actor=editor)
    response = client.get(story.path + "?before=x")
    assert (response.status_code, response["Location"]) == (301, moved.path + "?before=x")


def test_withdrawn_and_killed_stories_are_gone_and_only_the_kill_says_why(client: Client, db: None, chief) -> None:
    make.site()
    withdrawn, killed = make.story("Zebra census"), make.story("Yak census", language="fr")
    actions.withdraw(withdrawn.pk, actor=chief)
    actions.kill(killed.pk, actor=chief, notice="The figures were invented.\n\nWe <apologise>.")
    text = read(client, withdrawn.path, 410)
    assert "This story is no longer available" in text
    assert "Zebra" not in text
    text = read(client, killed.path, 410)
    assert "<p>The figures were invented.</p>" in text
    assert "<p>We &lt;apologise&gt;.</p>" in text
    assert '<html lang="fr"' in text
    assert "Yak" not in text


def test_a_renamed_folder_leads_on_and_never_round(client: Client, db: None) -> None:
    make.site()
    for path, target in (("/wire/", "/news/"), ("/loop/", "/loop/loop/"), ("/تاج/", "/tag/crown/")):
        OldPath.objects.create(path=path, target=target, kind="moved", is_prefix=True, at=NOON)
    OldPath.objects.create(path="/2019/ferry.html", target="/about/", kind="moved", at=NOON)
    assert client.get("/wire/feeds/rss.xml")["Location"] == "/news/feeds/rss.xml"
    assert client.get("/wire/")["Location"] == "/news/"
    assert client.get("/loop/2/").status_code == 404
    assert client.get(quote("/تاج/"))["Location"] == "/tag/crown/"
    assert client.get("/2019/ferry.html")["Location"] == "/about/"


@pytest.mark.parametrize(
    "path", ["/nope/", "/nope.html", "/news/2026/11/22/nope/", "/a%00b/", "/%ff%fe/", "/yo/", "/en/", "/author/nope/"]
)
def test_what_never_was_is_not_found(client: Client, db: None, path: str) -> None:
    make.site()
    text = read(client, path, 404)
    assert "Page not found" in text
    # Of an address that anybody may make up, nothing is said on the page but in the search field.
    assert "nope" not in text.replace('value="nope"', "")


def test_not_found_in_the_language_of_the_edition(client: Client, db: None) -> None:
    make.site(wording={"ar": {"name": "بريد الميناء"}})
    text = read(client, "/ar/nope/", 404)
    assert '<html lang="ar" dir="rtl">' in text
    assert "بريد الميناء" in text


def test_failure_page_needs_no_database(client: Client, db: None, monkeypatch, django_assert_num_queries) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("articles.views.fronts.edition_at", fail)
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        text = read(client, "/ar/", 500)
    assert 'dir="rtl"' in text
    assert '<a href="/">' in text


@pytest.mark.parametrize(
    ("path", "spoken", "language"),
    [
        ("/fr/news/", "en", "fr"), ("/text/ar/", "en", "ar"), ("/report/?lang=ar", "en", "ar"), ("/", "fr", "fr"),
        ("/text", "en", "en"), ("/admin/?lang=xx", "ar", "ar"), ("/ar/?" + "x=&" * 3000, "en", "ar"),
    ],
)  # fmt: skip
def test_failures_speak_the_language_of_the_address_or_what_was_spoken(path: str, spoken: str, language: str) -> None:
    """This test has no database."""
    for page in (errors.server_error, errors.unavailable):
        with translation.override(spoken):
            text = page(RequestFactory().get(path)).content.decode()
        assert f'<html lang="{language}"' in text


def test_a_form_without_its_token_says_what_to_do(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"username": "x"})
    assert response.status_code == 403
    assert "The form could not be accepted" in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/about/", "/archive/", "/feeds/rss.xml", "/2026/11/22/x/y/", "/tag/x/"])
def test_other_methods_are_refused(client: Client, db: None, path: str) -> None:
    for method in (client.post, client.put, client.delete):
        assert method(path).status_code == 405


def test_readers_leave_no_trace_and_pages_may_be_kept(client: Client, db: None) -> None:
    make.site()
    make.page()
    story = full_story()
    lists = ("/", "/news/", "/archive/", "/tag/ferries/", "/author/ada-lind/", "/feeds/rss.xml")
    for path in (story.path, "/about/", *lists):
        response = client.get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "Vary" not in response
        assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert client.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304
        assert client.head(path).status_code == 200


def test_a_story_costs_four_queries(client: Client, db: None, django_assert_num_queries) -> None:
    make.site()
    story = full_story()
    with django_assert_num_queries(4):
        read(client, story.path)


def test_channels_leave_out_what_has_no_address(client: Client, db: None) -> None:
    make.site(telegram_url="https://t.example/post", report_email="desk@post.example")
    story = full_story()
    text = read(client, story.path)
    telegram = '<a href="https://t.example/post" rel="noopener">Telegram</a>.</p>'
    assert f"<p>For updates from The Harbour Post, click on {telegram}" in text
    assert 'write to <a href="mailto:desk@post.example" rel="noopener">desk@post.example</a>.</p>' in text
    assert "Follow us on" not in text
    make.site(whatsapp_url="https://w.example/post", telegram_url="https://t.example/post")
    text = read(client, story.path)
    assert f"WhatsApp</a> or {telegram}" in text
