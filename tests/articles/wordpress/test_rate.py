"""What a post costs, and what is known from one post to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import actions
from articles.models.desk import Article
from articles.models.merges import Merged
from articles.models.moves import MovingRun
from articles.models.places import Tag
from articles.models.published import PublishedArticle
from articles.problems import NotReady
from tests import make
from tests.articles.wordpress.exports import Item
from tests.articles.wordpress.test_wordpress import bring

pytestmark = pytest.mark.django_db
MOST = 70  # statements, those that begin and end transactions among them


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()
    make.section("News")


def test_a_post_costs_some_seventy_statements_however_many_there_are(tmp_path: Path) -> None:
    def taken(*numbers: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            bring(tmp_path, *(Item(number, tags=("Ferry", "Fog")) for number in numbers))
        return len(queries)

    taken(1)  # section, author and tags are made
    one, three = taken(2), taken(3, 4, 5)
    assert PublishedArticle.objects.count() == 5
    assert three - one <= 2 * MOST


def test_tags_made_for_a_post_that_was_refused_are_made_again_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = actions.bring

    def refused(content: dict[str, Any], **said: Any) -> Article:
        if content["headline"] == "Refused":
            raise NotReady({"body": ["No."]})
        return whole(content, **said)

    monkeypatch.setattr(actions, "bring", refused)
    run = bring(tmp_path, Item(1, title="Refused", tags=("Fog",)), Item(2, tags=("fog", "Ferry")))
    assert (run.counts["note:refused"], run.counts["published"], run.state) == (1, 1, MovingRun.State.DONE)
    assert [link["name"] for link in PublishedArticle.objects.get().tag_links] == ["Ferry", "fog"]
    assert Tag.objects.count() == 2


def test_a_story_of_today_does_not_take_the_slug_of_an_old_post(tmp_path: Path) -> None:
    bring(tmp_path, Item(1, slug="quay"))
    section = PublishedArticle.objects.get().section
    make.story("The quay", slug="fog", section=section)
    run = bring(tmp_path, Item(2, slug="fog"))
    assert PublishedArticle.objects.filter(path="/harbour/2016/05/04/fog/").exists()
    assert "note:new_slug" not in run.counts


def test_copy_from_elsewhere_is_whole_at_once_with_what_stands_for_merged_names() -> None:
    stays, agency = Tag.objects.create(name="Fog"), make.author("Port Wire")
    Merged.note(Merged.Kind.TAG, 815, into=stays.pk)
    Merged.note(Merged.Kind.AUTHOR, 4711, into=agency.pk)
    article = actions.bring(
        {
            "headline": "The ferry is back", "body": "<p>It left at noon.</p>", "section": make.section().pk,
            "tags": [815, 816], "bylines": [{"author": 4711, "name": "Port Wire", "credit": ""}],
        },
        import_digest="told:1",
    )  # fmt: skip
    revision = article.revisions.get()
    assert (revision.number, revision.verb, article.version) == (1, "imported", 1)
    assert revision.content["tags"] == [tag.pk for tag in article.tags.all()] == [stays.pk]
    assert revision.content["bylines"] == [{"author": agency.pk, "name": "Port Wire", "credit": ""}]
    article.refresh_from_db()
    assert (article.headline, article.digest, article.import_digest) == ("The ferry is back", revision.digest, "told:1")
