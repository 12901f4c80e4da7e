"""Words of headlines are counted right, also when stories go out at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from articles import actions
from articles.models.published import PublishedArticle
from articles.models.search import SearchText, SearchWord
from articles.search import index
from tests import make

WRITERS, ROUNDS = 4, 60
WORDS = [
    *("anchor", "beacon", "cutter", "dinghy", "estuary", "fairway", "gangway", "harbour", "inlet", "jetty", "keeper"),
    *("mooring", "narrows", "outport", "pilot", "quayside", "rudder", "seawall", "tiller", "undertow", "vessel"),
]


def counts() -> dict[str, int]:
    return dict(SearchWord.objects.values_list("word", "stories"))


@pytest.mark.django_db
def test_words_of_four_letters_are_counted_by_story() -> None:
    make.site()
    one = make.story("Old ferry, new ferry")
    two = make.story("The ferry sails")
    assert counts() == {"ferry": 2, "sails": 1}
    actions.save(two.pk, actor=None, content={"headline": "The tram sails"})
    actions.update(two.pk, actor=None)
    assert counts() == {"ferry": 1, "sails": 1, "tram": 1}
    index.forget(one.pk, two.pk, 4711)
    assert (counts(), SearchText.objects.count()) == ({}, 0)


@pytest.mark.django_db
def test_a_story_that_keeps_its_headline_touches_no_word() -> None:
    make.site()
    story = make.story("The ferry sails")
    with CaptureQueriesContext(connection) as queries:
        index.keep(PublishedArticle.objects.get(pk=story.pk))
    assert not [query["sql"] for query in queries if SearchWord._meta.db_table in query["sql"]]
    assert counts() == {"ferry": 1, "sails": 1}


@pytest.mark.django_db(transaction=True)
def test_stories_with_the_same_words_go_out_at_the_same_moment() -> None:
    make.site()
    stories = [make.story(f"Story number {number}") for number in range(WRITERS)]
    together = Barrier(WRITERS, timeout=60)

    def change_again_and_again(number: int) -> None:
        story = PublishedArticle.objects.get(pk=number)
        chance = Random(number)
        try:
            for _ in range(ROUNDS):
                # Others' words, in an order of its own; some come, some go.
                story.headline = " ".join(chance.sample(WORDS, len(WORDS) * 2 // 3))
                together.wait()
                with transaction.atomic():
                    index.keep(story)
        except DatabaseError:
            together.abort()  # the others need not wait
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(change_again_and_again, story.pk) for story in stories]:
            done.result()
    titles = SearchText.objects.values_list("title", flat=True)
    assert len(titles) == WRITERS
    assert counts() == dict(Counter(word for title in titles for word in set(title.split())))
