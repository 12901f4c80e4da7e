"""Lists by author, tag, series and month, and how they go on."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles import actions, actions_site, paths
from articles.models.places import Tag
from articles.models.published import PublishedArticle
from tests import make

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINK = re.compile(r'<h2 class="headline"><a href="([^"]+)">')


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_author_page_shows_the_person_and_their_stories(client: Client, db: None) -> None:
    make.site()
    ada = make.author(
        "Ada Lind", slug="ada-lind", role="Harbour correspondent", biography="Ada <writes>.\n\nShe sails.",
        email="ada@post.example", telegram="adalind", x="ada_lind", website="https://ada.example/",
    )  # fmt: skip
    own, other = make.story(bylines=[ada, "Harbour Wire"]), make.story(bylines=[make.author()])
    text = read(client, "/author/ada-lind/")
    for expected in (
        "<h1>Ada Lind</h1>", "Harbour correspondent", "<p>Ada &lt;writes&gt;.</p>", "<p>She sails.</p>",
        'href="mailto:ada@post.example"', 'href="https://t.me/adalind"', 'href="https://x.com/ada_lind"',
        'href="https://ada.example/"', own.path,
    ):  # fmt: skip
        assert expected in text
    assert other.path not in text


def test_what_is_only_planned_has_no_page(client: Client, db: None, editor) -> None:
    make.site()
    ada, plan = make.author(slug="ada-lind"), make.series("Plan", slug="plan")
    draft = make.draft(bylines=[ada], tags=["Operation Lantern"], series=plan)
    paths = ("/author/ada-lind/", "/tag/operation-lantern/", "/series/plan/")
    assert [client.get(path).status_code for path in paths] == [404] * 3
    actions.publish(draft.pk, actor=editor)
    assert [client.get(path).status_code for path in paths] == [200] * 3
    actions.withdraw(draft.pk, actor=editor)
    assert [client.get(path).status_code for path in paths] == [404] * 3


def test_tags_in_any_script_and_their_old_addresses(client: Client, db: None, editor) -> None:
    make.site()
    story = make.story("فيضان", tags=["فيضان البالوك"], language="ar")
    tag = Tag.objects.get()
    text = read(client, tag.get_absolute_url())
    assert LINK.findall(text) == [story.path]
    assert '<html lang="ar" dir="rtl">' in text  # all its stories are in Arabic
    make.story("The flood", tags=["فيضان البالوك"])
    text = read(client, tag.get_absolute_url())
    assert '<html lang="en" dir="ltr">' in text
    assert '" lang="ar" dir="rtl">\n<div class="words">' in text
    tag.slug = "فيضان"
    actions_site.save_tag(tag, actor=editor)
    response = client.get(quote("/tag/فيضان-البالوك/"))
    assert (response.status_code, response["Location"]) == (301, quote("/tag/فيضان/"))


def test_series_page(client: Client, db: None) -> None:
    make.site()
    series = make.series("After the flood", slug="after", description="Six weeks on.", language="en")
    stories = [make.story(series=series, at=NOON + timedelta(days=-n)) for n in range(3)]
    text = read(client, "/series/after/")
    assert LINK.findall(text) == [story.path for story in stories]
    assert "Six weeks on." in text


def test_archive_lists_months_from_the_first_story_to_the_newest(client: Client, db: None) -> None:
    make.site()
    assert "Nothing has been published yet" in read(client, "/archive/")
    make.story(at=datetime(2026, 2, 3, tzinfo=UTC))
    make.story(at=datetime(2025, 11, 3, tzinfo=UTC))
    make.story(at=datetime(2024, 1, 3, tzinfo=UTC), language="fr")
    text = read(client, "/archive/")
    months = re.findall(r'href="(/archive/\d+/\d+/)">([^<]+)<', text)
    assert months == [
        ("/archive/2026/02/", "February 2026"), ("/archive/2026/01/", "January 2026"),
        ("/archive/2025/12/", "December 2025"), ("/archive/2025/11/", "November 2025"),
    ]  # fmt: skip
    assert "janvier 2024" in read(client, "/fr/archive/")
    assert "Nothing was published this month." in read(client, "/archive/2025/12/")
    assert [client.get(f"/archive/{m}/").status_code for m in ("2025/10", "2026/03", "2026/13", "2026/2")] == [404] * 4


def test_a_month_is_one_of_newsroom_time(client: Client, db: None) -> None:
    make.site(newsroom_time_zone="Pacific/Auckland")
    early = make.story(at=datetime(2026, 1, 31, 12, 0, tzinfo=UTC))  # 1 February in Auckland
    late = make.story(at=datetime(2025, 12, 31, 10, 0, tzinfo=UTC))  # still December there
    assert LINK.findall(read(client, "/archive/2026/02/")) == [early.path]
    assert LINK.findall(read(client, "/archive/2025/12/")) == [late.path]
    assert LINK.findall(read(client, "/archive/2026/01/")) == []


@pytest.mark.parametrize("path", ["/author/ada-lind/", "/tag/ferries/", "/series/ferries/", "/archive/2026/11/"])
def test_lists_go_on_by_key_and_lose_nothing(client: Client, db: None, path: str) -> None:
    make.site()
    ada, series = make.author(slug="ada-lind"), make.series(slug="ferries")
    common = {"bylines": [ada], "tags": ["Ferries"], "series": series}
    stories = [make.story(at=NOON - timedelta(minutes=n // 3), **common) for n in range(41)]
    expected = [s.path for s in sorted(stories, key=lambda s: (s.published_at, s.pk), reverse=True)]
    seen, older, pages = [], "", 0
    while pages == 0 or older:
        text = read(client, path + older)
        seen += LINK.findall(text)
        assert (f'<a href="{path}">Back to the newest</a>' in text) == (pages > 0)
        assert f'<link rel="canonical" href="{paths.absolute(path)}{older}">' in text, "each page is one of its own"
        found = re.search(r'<link rel="next" href="([^"]+)">', text)
        older, pages = found[1] if found else "", pages + 1
    assert (pages, seen) == (3, expected)


@pytest.mark.parametrize(
    "token", ["x", "", "2026-11-22", "2026-13-45T00:00:00.000000Z-1", "0000-01-01T00:00:00.000000Z-1",
              "2026-11-22T12:00:00.000000Z-99999999999999999999", "2026-11-22T12:00:00.000000Z--1", "%00"],
)  # fmt: skip
def test_a_mangled_token_is_not_found(client: Client, db: None, token: str) -> None:
    make.site()
    make.story(at=NOON, tags=["Ferries"])
    for path in ("/news/", "/tag/ferries/", "/archive/2026/11/"):
        assert client.get(f"{path}?before={token}").status_code == 404


def test_nothing_lies_past_the_end_of_a_list(client: Client, db: None) -> None:
    make.site()
    make.story(at=NOON, tags=["Ferries"])
    for path in ("/news/", "/tag/ferries/", "/archive/2026/11/"):
        assert client.get(f"{path}?before=0001-01-01T00:00:00.000000Z-1").status_code == 404


@pytest.mark.parametrize(
    "path", ["/author/ada-lind/", "/tag/ferries/", "/series/ferries/", "/archive/", "/archive/2026/11/"]
)
def test_lists_cost_the_same_with_one_story_and_with_three(client: Client, db: None, path: str) -> None:
    make.site()
    ada, series = make.author(slug="ada-lind"), make.series(slug="ferries")

    def publish(section: str) -> PublishedArticle:
        parent = make.section()
        return make.story(
            at=NOON, bylines=[ada, make.author()], tags=["Ferries", section], series=series,
            section=make.section(section, parent=parent, in_menu=False),
        )  # fmt: skip

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, path)
        return len(queries)

    publish("One")
    with_one = cost()
    publish("Two")
    publish("Three")
    assert cost() == with_one <= 5
