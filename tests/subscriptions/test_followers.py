"""Who follows a story hears when there is more to it: when the desk says so, once, and not after it is gone."""

import pytest

from articles import actions, registry
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from subscriptions import followers, people
from subscriptions.models.letters import Edition
from subscriptions.topics import find, keep
from tests import make
from tests.articles.desk_form import form_of, typed
from tests.subscriptions.readers import mailed, part, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


@pytest.fixture
def story() -> PublishedArticle:
    """Followed by Ada, who reads it in its language, and by Bruno, who has other letters in French."""
    published = actions.publish(make.draft("The ferry sails").pk, actor=None)
    topic = keep([find(f"story-{published.pk}")])[0]
    reader("ada@x.example", topic)
    reader("bruno@x.example", topic, language="fr")
    reader("carla@x.example", topic_of())
    return published


def update(story: PublishedArticle, body: str, **options: bool) -> None:
    actions.save(story.pk, actor=None, content={"body": f"<p>{body}</p>"})
    actions.update(story.pk, actor=None, options=options)


def receivers() -> list[str]:
    return sorted(letter["To"] for letter in mailed())


def test_the_tick_brings_followers_the_story_as_it_is_now(story):
    update(story, "It sails twice a day.", tell_followers=True)
    work()
    assert receivers() == ["ada@x.example", "bruno@x.example"]
    assert "It sails twice a day." in part(mailed()[0], "plain")
    assert "More on a story that you follow" in part(mailed()[0], "html")
    assert Edition.objects.get().state == Edition.State.DONE


def test_without_the_tick_and_for_who_left_nothing_is_written(story):
    update(story, "A comma, moved.")
    work()
    assert mailed() == []
    for each in people.followers_of(story.pk):
        people.leave(each)
    update(story, "It sails three times a day.", tell_followers=True)
    work()
    assert mailed() == []


def test_two_updates_before_the_letter_goes_are_one_letter_and_a_later_one_is_another(story):
    update(story, "First.", tell_followers=True)
    update(story, "Second.", tell_followers=True)
    work()
    assert receivers() == ["ada@x.example", "bruno@x.example"]
    assert all("Second." in part(letter, "plain") for letter in mailed())
    assert all("More on a story" in part(letter, "plain") for letter in mailed())
    update(story, "Third.", tell_followers=True)
    work()
    assert len(mailed()) == 4


def test_one_click_in_such_a_letter_leaves_the_story_and_nothing_else(story):
    ada = people.followers_of(story.pk).get(email="ada@x.example")
    people.choose(ada, {keep([find(f"story-{story.pk}")])[0]: "instant", topic_of(): "daily"})
    update(story, "It sails twice a day.", tell_followers=True)
    people.leave(ada, edition=Edition.objects.get().pk)
    assert ada.subscriptions.get(state="active").topic == topic_of()


def test_a_story_taken_back_is_told_to_nobody(story):
    update(story, "It sails twice a day.", tell_followers=True)
    actions.withdraw(story.pk, actor=None)
    work()
    assert mailed() == []


def test_the_tick_stands_beside_the_button_for_who_may_and_where_somebody_follows(story, client):
    editor, reporter = make.user("editor"), make.user("reporter")
    offered = [option.name for option in registry.options_for(editor, story.pk, verb="update")]
    assert offered == [followers.TELL]
    assert followers.TELL not in [option.name for option in registry.options_for(editor, story.pk)]
    assert not registry.options_for(reporter, story.pk, verb="update")
    assert not registry.options_for(editor, make.story().pk, verb="update")

    client.force_login(editor)
    article = Article.objects.get(pk=story.pk)
    assert 'name="option-tell_followers"' in client.get(form_of(article)).content.decode()
    ticked = {"option-tell_followers": "on", "_publish": "1"}
    client.post(form_of(article), typed(article, headline="The ferry sails twice", **ticked))
    assert Edition.objects.get().subject == "The ferry sails twice"
