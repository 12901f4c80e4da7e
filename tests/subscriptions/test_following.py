"""From a story, an author or a subject to letters about just that; and back again after leaving or pausing."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles import actions
from subscriptions import following, people
from subscriptions.models.people import Answer, Subscriber, Subscription, Topic
from tests import make
from tests.subscriptions.readers import alert, mailed, reader, topic_of, work
from tests.subscriptions.signing import SUBSCRIBE, answer, link_in, sign_up

pytestmark = pytest.mark.usefixtures("paper")


def test_what_the_link_names_is_chosen_already_and_made_a_topic_when_it_is_wanted(browser):
    author = make.author("Ines Duarte")
    story = actions.publish(make.draft("The ferry", bylines=[author], tags=["harbour"]).pk, actor=None)
    tag = story.tag_rows.get().tag
    for query, name, key in [
        (f"author={author.pk}", "Ines Duarte", f"author-{author.pk}"),
        (f"tag={tag.pk}", "harbour", f"tag-{tag.pk}"),
        (f"story={story.pk}", "The ferry", f"story-{story.pk}"),
        (f"section={story.section_id}", "News", f"section-{story.section_id}"),
    ]:
        page = browser.get(f"{SUBSCRIBE}?lang=en&{query}").content.decode()
        assert re.search(rf'value="{key}"[^>]*checked', page) and name in page
        assert not re.search(r'value="site"[^>]*checked', page)
        assert page.count(f'value="{key}"') == 1
    assert not Topic.objects.filter(kind__in=["author", "tag", "story"]).exists()
    address = f"{SUBSCRIBE}?author={author.pk}&story={story.pk}"
    sign_up(browser, address=address, topics=[f"author-{author.pk}", f"story-{story.pk}"], cadence="weekly")
    wanted = Subscription.objects.values_list("topic__kind", "cadence", "state")
    assert sorted(wanted) == [("author", "weekly", "pending"), ("story", "instant", "pending")]
    text = answer()
    assert "Ines Duarte" in text and "The ferry" in text
    page = browser.post(link_in(text, "confirm")).content.decode()
    assert "Your next weekly letter" in page


@pytest.mark.parametrize(
    "query", ["author=999", "tag=x", "story=-1", "section=%00", "story=1%27", "author=9" + "9" * 40]
)
def test_a_link_that_names_nothing_shows_the_form_as_it_is(query, browser):
    page = browser.get(f"{SUBSCRIBE}?{query}").content.decode()
    assert re.search(r'value="site"[^>]*checked', page)


def test_a_sign_up_says_how_often_and_on_which_clock(browser):
    sign_up(browser, cadence="daily", time_zone="Asia/Kathmandu")
    subscriber = Subscriber.objects.get()
    assert (subscriber.time_zone, subscriber.subscriptions.get().cadence) == ("Asia/Kathmandu", "daily")
    assert sign_up(browser, cadence="hourly").status_code == 422
    assert sign_up(browser, time_zone="Mars/Olympus").status_code == 422


def test_who_left_and_comes_back_gets_what_she_asks_for_now(browser):
    people.leave(reader("ada@mail.example"))
    Subscriber.objects.update(answered_at=None)
    Answer.objects.all().delete()
    sign_up(browser, cadence="weekly")
    assert Subscription.objects.values_list("state", "cadence").get() == ("pending", "weekly")
    browser.post(link_in(answer(), "confirm"))
    assert Subscription.objects.values_list("state", "cadence").get() == ("active", "weekly")


def test_who_has_paused_and_signs_up_again_is_told_that_the_pause_goes_on(browser):
    sport = make.section("Sport")
    subscriber = reader("ada@mail.example")
    people.choose(subscriber, {topic_of(): "instant"}, paused_until=timezone.now().date() + timedelta(days=30))
    Subscriber.objects.update(answered_at=None)
    Answer.objects.all().delete()
    sign_up(browser, topics=[topic_of(sport).key])
    page = browser.post(link_in(answer(), "confirm")).content.decode()
    assert "Sport" in page and "you have paused your letters" in page and "/subscribe/manage/" in page
    alert(section=sport)
    work()
    assert mailed() == []


def test_stories_authors_and_subjects_lead_to_the_sign_up_that_names_them(client):
    author = make.author("Ines Duarte")
    story = actions.publish(make.draft("The ferry", bylines=[author], tags=["harbour"]).pk, actor=None)
    tag = story.tag_rows.get().tag
    for path, named in [
        (story.path, f"story={story.pk}"),
        (story.path, f"section={story.section_id}"),
        (author.get_absolute_url(), f"author={author.pk}"),
        (tag.get_absolute_url(), f"tag={tag.pk}"),
    ]:
        page = client.get(path).content.decode()
        assert f'href="/subscribe/?lang=en&amp;{named}"' in page
        assert chosen_at(client, f"/subscribe/?lang=en&{named}") == 1
    story.published_at -= timedelta(days=91)
    assert following.story("en", story) is None


def chosen_at(client: Client, address: str) -> int:
    """How many topics are chosen already."""
    fieldset = client.get(address).content.decode().partition('name="topics"')[2].partition("</fieldset>")[0]
    return fieldset.count("checked")
