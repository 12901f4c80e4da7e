"""What readers are offered after a story: chosen at publication, shown only while it is published."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from articles import actions, related
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.preview import as_readers_would_see
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()


def story(hours: int = 0, **content: Any) -> PublishedArticle:
    """`hours` after noon."""
    return make.story(at=NOON + timedelta(hours=hours), **content)


def offered(client: Client, path: str) -> list[str]:
    """Paths of the related stories on a page."""
    page = client.get(path).content.decode()
    block = re.search(r'<aside class="onward".*?</aside>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', block[0]) if block else []


def test_the_series_comes_first_then_rare_tags_then_the_section(client: Client) -> None:
    series, sport = make.series(), make.section("Sport")
    for hour in range(4):
        story(hour, section=sport, tags=["Ports"])
    of_section = [story(hour) for hour in (10, 11)]
    rare = story(1, section=sport, tags=["Ferries"])
    common = story(3, section=sport, tags=["Ports"])
    of_series = story(2, section=sport, series=series)
    new = story(20, series=series, tags=["Ferries", "Ports"])
    assert new.related[:3] == [of_series.pk, rare.pk, common.pk]
    assert of_section[0].pk not in new.related[:3]
    assert offered(client, new.path)[:3] == [of_series.path, rare.path, common.path]
    assert story(21).related[:3] == [new.pk, of_section[1].pk, of_section[0].pk], "the newest of the section"


def test_two_shared_tags_count_for_more_than_one_and_the_newer_of_equals_wins() -> None:
    sport = make.section("Sport")
    both = story(0, section=sport, tags=["Ferries", "Ports"])
    older, newer = (story(hour, section=sport, tags=["Ferries"]) for hour in (1, 2))
    assert story(3, tags=["Ferries", "Ports"]).related == [both.pk, newer.pk, older.pk]


def test_never_itself_nor_another_language_nor_what_search_engines_leave_out_nor_what_the_text_names() -> None:
    named, plain = story(tags=["Ferries"]), story(tags=["Ferries"])
    story(language="fr", tags=["Ferries"])
    story(noindex=True, tags=["Ferries"])
    body = f'<p>The ferry left.</p><figure data-stories="{named.pk}"></figure>'
    new = story(tags=["Ferries"], body=body)
    assert new.related == [plain.pk]
    actions.save(new.pk, actor=None, content={"standfirst": "At one."})
    assert actions.update(new.pk, actor=None).related == [plain.pk]


def test_at_most_four_are_shown_and_the_next_one_takes_the_place_of_what_is_taken_off(
    client: Client, chief: User
) -> None:
    others = [story(hour) for hour in range(8)][::-1]
    new = story(20)
    assert new.related == [each.pk for each in others[: related.KEPT]]
    assert offered(client, new.path) == [each.path for each in others[:4]]
    actions.kill(others[0].pk, actor=chief, notice="It was wrong.")
    actions.withdraw(others[1].pk, actor=chief)
    actions.save(others[2].pk, actor=chief, content={"noindex": True})
    actions.update(others[2].pk, actor=chief)
    assert offered(client, new.path) == [each.path for each in others[3:6]]
    page = client.get(new.path).content.decode()
    assert others[0].headline not in page
    assert others[1].headline not in page


def test_headlines_are_those_of_today(client: Client) -> None:
    old = story()
    new = story(1)
    actions.save(old.pk, actor=None, content={"headline": "Ferry sinks"})
    actions.update(old.pk, actor=None)
    assert "Ferry sinks" in client.get(new.path).content.decode()


def test_the_first_story_of_a_paper_offers_none(client: Client) -> None:
    assert offered(client, story().path) == []
    assert "Related stories" not in client.get(story(language="fr").path).content.decode()


def test_a_preview_shows_them_too() -> None:
    other = story()
    draft = make.draft()
    shown = as_readers_would_see(Article.objects.get(pk=draft.pk))
    assert [each.pk for each in shown["beside"].related] == [other.pk]


def test_stories_from_before_get_theirs_when_they_are_made_anew() -> None:
    first, second = story(), story(1)
    PublishedArticle.objects.update(related=[])
    call_command("rebuild_published")
    assert PublishedArticle.objects.get(pk=first.pk).related == [second.pk]
    assert PublishedArticle.objects.get(pk=second.pk).related == [first.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_choosing_costs_four_queries(count: int, django_assert_num_queries: Any) -> None:
    series = make.series()
    for _each in range(count):
        story(tags=["Ferries", "Ports", "Trams"])
    new = make.draft(series=series, tags=["Ferries", "Ports", "Trams"])
    content = new.revisions.get().content
    with django_assert_num_queries(4):
        assert len(related.choose(new.pk, content, besides=[])) == count
