"""Sections, authors, tags and stories to subscribe to: found, made when first wanted, kept through merges, ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import actions, actions_merge
from articles.models.published import PublishedArticle
from subscriptions import people, topics
from subscriptions.models.people import Subscription, Topic
from subscriptions.topics import find, keep
from tests import make
from tests.subscriptions.readers import alert, mailed, publish, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


def by(*names: str, tags: tuple[str, ...] = (), **content: object) -> PublishedArticle:
    """Published, and told to nobody."""
    content = {"bylines": [make.author(name) for name in names], "tags": list(tags), **content}
    return actions.publish(make.draft(**content).pk, actor=None)


def topics_of(story: PublishedArticle) -> tuple[Topic, Topic]:
    """Of its author and its tag, as rows."""
    keys = f"author-{story.author_rows.get().author_id}", f"tag-{story.tag_rows.get().tag_id}"
    author, tag = (keep([find(key)])[0] for key in keys)
    return author, tag


def test_a_letter_goes_to_who_follows_its_section_its_author_or_its_tag_once():
    story = by("Ines Duarte", tags=("harbour",))
    author, tag = topics_of(story)
    for number, wanted in enumerate([(author,), (tag,), (author, tag, topic_of()), (topic_of(make.section("Sport")),)]):
        reader(f"reader{number}@mail.example", *wanted)
    draft = make.draft(bylines=[author.author], tags=["harbour"])
    actions.publish(draft.pk, actor=None, options={"alert_subscribers": True})
    work()
    assert sorted(letter["To"] for letter in mailed()) == [f"reader{number}@mail.example" for number in range(3)]
    assert {letter["List-Id"].partition("<")[2] for letter in mailed()} == {"all.127.0.0.1>"}


def test_only_who_wants_news_at_once_gets_it_at_once():
    for cadence in Subscription.Cadence.values:
        people.choose(reader(f"{cadence}@mail.example"), {topic_of(): cadence})
    alert()
    work()
    assert [letter["To"] for letter in mailed()] == ["instant@mail.example"]


@pytest.mark.parametrize(
    "key", ["", "site", "site-1", "author", "author-", "author-x", "author-٣", "list-1", "tag-" + "9" * 30, "story-0"]
)
def test_what_names_nothing_that_readers_know_is_no_topic(key):
    assert find(key) is None


def test_a_story_can_be_followed_for_ninety_days():
    story = publish()
    assert find(f"story-{story.pk}").name_in("en") == story.headline
    PublishedArticle.objects.update(published_at=timezone.now() - timedelta(days=91))
    assert find(f"story-{story.pk}") is None


def test_wanting_twice_at_once_makes_one_topic():
    story = by("Ines Duarte", tags=("harbour",))
    keys = [f"author-{story.author_rows.get().author_id}", f"tag-{story.tag_rows.get().tag_id}", f"story-{story.pk}"]
    first, second = [find(key) for key in keys], [find(key) for key in keys]
    assert [topic.pk for topic in keep(first)] == [topic.pk for topic in keep(second)]


@pytest.mark.parametrize("kind", ["author", "tag"])
@pytest.mark.parametrize("is_known", [False, True])
def test_what_was_merged_keeps_its_readers(kind, is_known):
    gone, stays = by("Ines Duarte", tags=("harbour",)), by("I. Duarte", tags=("port",))
    place = ["author", "tag"].index(kind)
    merge = [actions_merge.merge_authors, actions_merge.merge_tags][place]
    old = topics_of(gone)[place]
    only, both, left = reader("only@x.example", old), reader("both@x.example", old), reader("left@x.example", old)
    kept = getattr(stays, f"{kind}_rows").get()
    into = getattr(kept, f"{kind}_id")
    if is_known:
        new = topics_of(stays)[place]
        people.choose(both, {old: "daily", new: "weekly"})
        people.choose(left, {old: "instant", new: "daily"})
        left.subscriptions.filter(topic=new).update(state="left")
    letter = alert()
    letter.topics.add(old)
    merge(getattr(old, f"{kind}_id"), into=into, actor=None)
    topic = find(f"{kind}-{into}")
    assert letter.topics.filter(pk=topic.pk).exists()
    assert set(topic.subscriptions.filter(state="active").values_list("subscriber", flat=True)) == {
        each.pk for each in (only, both, left)
    }
    assert Topic.objects.filter(kind=kind).count() == 1
    assert find(f"{kind}-{getattr(old, f'{kind}_id')}") == topic
    if is_known:
        assert both.subscriptions.get().cadence == "weekly"


def test_followers_are_those_of_that_story_alone():
    story, other = publish(), publish()
    one, two = (keep([find(f"story-{each.pk}")])[0] for each in (story, other))
    follower = reader("", one)
    reader("", two)
    gone = reader("", one)
    people.leave(gone)
    assert list(people.followers_of(story.pk)) == [follower]


def test_following_ends_with_the_story_and_after_ninety_days():
    lasting, withdrawn, killed, old = (publish() for _ in range(4))
    rows = {each.pk: keep([find(f"story-{each.pk}")])[0] for each in (lasting, withdrawn, killed, old)}
    subscriber = reader("", topic_of(), *rows.values())
    actions.withdraw(withdrawn.pk, actor=None)
    actions.kill(killed.pk, actor=None, notice="It was wrong.")
    PublishedArticle.objects.filter(pk=old.pk).update(published_at=timezone.now() - timedelta(days=91))
    assert people.end_following() == 3
    active = subscriber.subscriptions.filter(state="active").values_list("topic__article_number", flat=True)
    assert set(active) == {None, lasting.pk}
    assert people.end_following() == 0


def test_suggested_are_those_who_appear_most_in_as_many_queries_as_ever(django_assert_num_queries):
    for number in range(3):
        by("Ines Duarte", tags=("harbour",)) if number else by("Rare", tags=("rare",))
    author = PublishedArticle.objects.latest("pk").author_rows.get().author
    for _again in range(2):
        actions.publish(make.draft(bylines=[author], tags=["harbour"]).pk, actor=None)
    with django_assert_num_queries(5):
        names = [topic.name_in("en") for topic in topics.suggested("en", count=1)]
    assert names == ["Ines Duarte", "harbour"]
    assert topics.suggested("ar", count=5) == []
