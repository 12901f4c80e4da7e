"""Whoever follows the paper by a feed gets no old story again when it moves in."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client

from articles.models.desk import Article
from articles.models.moves import FeedName, MovedThing
from tests import make
from tests.articles.wordpress.exports import SITE, Item, write

pytestmark = pytest.mark.django_db


def names(client: Client, feed: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, client.get(f"/feeds/{feed}").content.decode()))


def test_stories_that_moved_in_keep_their_names_in_feeds(tmp_path: Path, client: Client) -> None:
    make.site()
    make.section("News")
    odd = [Item(2, guid="no address"), Item(3, guid=f"{SITE}/?p=1"), Item(4, guid=f"{SITE}/{'a' * 190}")]
    for _twice in range(2):
        call_command("import_wordpress", str(write(tmp_path, Item(1), *odd)))
    numbers = Article.objects.order_by("pk").values_list("pk", flat=True)
    first, *others = [f"tag:127.0.0.1,2016:story-{number}" for number in numbers]
    rss = names(client, "rss.xml", r'<guid isPermaLink="false">(.*?)</guid>')
    assert rss == {f"{SITE}/?p=1", "no address", *others[1:]}
    assert {each["id"] for each in json.loads(client.get("/feeds/feed.json").content)["items"]} == rss
    assert names(client, "atom.xml", r"<entry.*?<id>(.*?)</id>") == {f"{SITE}/?p=1", *others}
    assert first not in rss


def test_names_that_an_earlier_import_kept_elsewhere_are_taken_over() -> None:
    MovedThing.objects.create(source="", kind="feed", foreign="7", number=7, name=f"{SITE}/?p=7")
    MovedThing.objects.create(source="paper", kind="page", foreign="8", number=8)
    import_module("articles.migrations.0021_feed_names").take_over(apps, connection.schema_editor())
    assert list(FeedName.objects.values_list("pk", "name")) == [(7, f"{SITE}/?p=7")]
    assert list(MovedThing.objects.values_list("foreign", flat=True)) == ["8"]
