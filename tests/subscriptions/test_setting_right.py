"""A correction goes to exactly those who got the story by letter, once, and to those who follow it."""

import re
from datetime import timedelta

import pytest

from accounts.roles import Role
from articles import actions, actions_corrections
from articles.receipt import lines
from subscriptions import digests, people, setting_right
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscription, Topic
from tests import make
from tests.subscriptions.readers import alert, mailed, outcomes, part, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


def corrected(number: int, actor: object, text: str = "It was nine boats, not six.") -> int:
    return actions_corrections.add(number, actor=actor, kind="correction", text=text).pk


def test_those_who_got_the_story_are_told_once_and_nobody_else_is(editor, signed_in):
    got, left = reader("got@x.example"), reader("left@x.example")
    refused = reader("refused@x.example")
    follows = reader("follows@x.example", topic_of(make.section("Sport")))
    reader("later@x.example", topic_of(make.section("Culture")))
    edition = alert("Six boats are missing", section=make.section("News"))
    number = edition.article_number
    topic = Topic.objects.create(kind="story", article_number=number, list_id=f"story-{number}.127.0.0.1")
    Subscription.objects.create(subscriber=follows, topic=topic, state="active")
    work()
    Delivery.objects.filter(subscriber=refused).update(state="failed")
    people.leave(left)
    correction = corrected(number, editor)
    desk = signed_in(editor)

    tell = f"/admin/subscriptions/edition/telling/{number}/{correction}/"
    assert tell in desk.get(f"/admin/articles/article/{number}/change/").content.decode()
    offer = next(line for line in lines(number, editor) if line.url == tell)
    assert "3 readers" in offer.detail
    shown = desk.get(tell).content.decode()
    assert "nine boats" in shown and "Tell them" in shown
    assert "nine boats" in desk.get(f"{tell}letter/").content.decode()
    before = len(mailed())
    desk.post(tell)
    desk.post(tell)
    work()
    told = mailed()[before:]
    assert sorted(letter["To"] for letter in told) == ["follows@x.example", "got@x.example"]
    assert Edition.objects.filter(newsletter__kind="correction").count() == 1
    letter = told[0]
    assert letter["Subject"] == "Correction: Six boats are missing"
    assert letter["List-Id"].endswith("<correction.127.0.0.1>")
    for kind in ("html", "plain"):
        assert "It was nine boats, not six." in part(letter, kind)
    assert tell not in desk.get(f"/admin/articles/article/{number}/change/").content.decode()
    assert got.deliveries.count() == 2
    assert re.search("/subscribe/leave/", letter["List-Unsubscribe"])


@pytest.mark.parametrize("reason", ["no answer", "let be"])
def test_who_perhaps_got_the_error_is_told_too(reason, editor):
    reader("perhaps@x.example")
    edition = alert("Six boats are missing")
    work()
    Delivery.objects.update(state="uncertain", reason=reason)
    number = edition.article_number
    told = setting_right.tell(number, corrected(number, editor), actor=editor)
    work()
    assert outcomes(told) == {"sent": 1}


def test_only_digests_that_can_show_the_story_are_searched(editor):
    story, subscriber = make.story("Six boats are missing"), reader()
    for days in (-5, 8, 30):
        Delivery.objects.create(
            edition=digests._make("daily", "en", story.published_at.date() + timedelta(days=days)),
            subscriber=subscriber, address=subscriber.email, state="sent", stories=f" {story.pk} ",
        )  # fmt: skip
    corrected(story.pk, editor)
    story.refresh_from_db()
    (offer,) = setting_right.offers(story)
    assert offer.readers == 1
    Delivery.objects.filter(edition__day=story.published_at.date() + timedelta(days=8)).delete()
    assert setting_right.offers(story) == []


def test_readers_of_a_digest_with_the_story_are_told_too(editor):
    daily, other = reader("daily@x.example"), reader("other@x.example")
    story, quiet = make.story("Six boats are missing"), make.story("Nothing wrong here")
    letter = digests._make("daily", "en", story.published_at.date())
    for subscriber, numbers in ((daily, f" {quiet.pk} {story.pk} "), (other, f" {quiet.pk} ")):
        Delivery.objects.create(
            edition=letter, subscriber=subscriber, address=subscriber.email, state="sent", stories=numbers
        )
    edition = setting_right.tell(story.pk, corrected(story.pk, editor), actor=editor)
    work()
    assert outcomes(edition) == {"sent": 1}
    assert [letter["To"] for letter in mailed()] == ["daily@x.example"]


def test_nobody_is_offered_what_nobody_got_and_a_removed_correction_is_not_told(editor):
    story = make.story("Quietly published")
    correction = corrected(story.pk, editor)
    story.refresh_from_db()
    assert setting_right.offers(story) == []
    actions_corrections.remove(correction, actor=editor, reason="Not needed")
    with pytest.raises(setting_right.NothingToTell):
        setting_right.tell(story.pk, correction, actor=editor)


@pytest.mark.parametrize("role", Role)
def test_the_table_of_roles_decides_who_tells(role, signed_in, editor):
    reader()
    number = alert().article_number
    work()
    tell = f"/admin/subscriptions/edition/telling/{number}/{corrected(number, editor)}/"
    client = signed_in(make.user(role))
    may = role in {Role.EDITOR, Role.CHIEF}
    refused = 404 if role == Role.CONTRIBUTOR else 403  # who may not even see the story
    assert client.get(tell).status_code == (200 if may else refused)
    assert client.get(f"{tell}letter/").status_code == (200 if may else refused)
    assert client.post(tell).status_code == (302 if may else refused)
    assert Edition.objects.filter(newsletter__kind="correction").exists() == may


def test_who_waits_for_the_breaking_letter_gets_the_story_as_it_is_now(editor):
    reader()
    edition = alert("Six boats are missing", body="<p>Six boats.</p>")
    actions.save(edition.article_number, actor=editor, content={"body": "<p>Nine boats.</p>"})
    work_before = mailed()
    actions.update(edition.article_number, actor=editor)
    work()
    assert work_before == []
    assert "Nine boats." in part(mailed()[0], "html") and "Six boats.<" not in part(mailed()[0], "html")
