"""Newsletters that readers choose by their names: on the sign-up, on their own page, and at the foot of every page."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from subscriptions import addressing, archive, demo, links, manual, people
from subscriptions.models.letters import Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription, Topic
from subscriptions.topics import keep_list
from tests import make
from tests.subscriptions.readers import gone_out, letter_by_the_desk, mailed, reader, topic_of, work
from tests.subscriptions.signing import sign_up

pytestmark = pytest.mark.django_db


def newsletter(name: str = "The Harbour Letter", **values: object) -> Newsletter:
    """One that readers may choose."""
    told = {"description": "Every Sunday, from both shores.", "slug": name.lower().replace(" ", "-"), **values}
    made = Newsletter.objects.create(name=name, is_offered=True, **told)
    keep_list(made)
    return made


def audience(of: Newsletter, language: str = "en") -> set[str]:
    """Who would get a letter of it now."""
    edition = Edition.objects.create(
        newsletter=of,
        edition_key=f"now-{language}",
        language=language,
        cadence="",
        not_after=timezone.now() + timedelta(hours=1), state=Edition.State.CANCELLED,
    )  # fmt: skip
    edition.topics.set(of.topics.all())
    return set(addressing.readers(edition).values_list("email", flat=True))


def test_who_ticks_a_newsletter_gets_it_and_nothing_else_until_she_leaves_it(paper, browser):
    harbour, other = newsletter(), newsletter("The Kitchen Letter")
    page = browser.get("/subscribe/").content.decode()
    assert "The Harbour Letter" in page and "Every Sunday, from both shores." in page
    sign_up(browser, topics=[], letters=[harbour.list_topic.key])
    reader("everything@mail.example")
    ada = Subscriber.objects.get(email="ada@mail.example")
    assert audience(harbour) == set()
    people.confirm(ada)
    assert audience(harbour, "fr") == {"ada@mail.example"}, "who has chosen it can read it"
    assert audience(other) == set()
    assert ada.subscriptions.get().cadence == Subscription.Cadence.INSTANT

    letter = letter_by_the_desk()
    letter.newsletter = harbour
    letter.save()
    edition = manual.decide(letter, actor=None, version=letter.version)
    work()
    (mail,) = mailed()
    assert mail["To"] == "ada@mail.example"
    assert f"<letter-{harbour.pk}." in mail["List-Id"]
    people.leave(ada, edition=edition.pk)
    assert audience(harbour, "ar") == set()


def test_nothing_ticked_is_said_in_words_and_keeps_what_was_typed(paper, browser):
    harbour = newsletter()
    answered = sign_up(browser, topics=[], letters=[])
    page = answered.content.decode()
    assert answered.status_code == 422 and "Choose at least one." in page and "ada@mail.example" in page
    assert sign_up(browser, topics=[], letters=["letter-0"]).status_code == 422
    named = browser.get(f"/subscribe/?letter={harbour.pk}").content.decode()
    assert re.search(rf'value="letter-{harbour.pk}"[^>]*checked', named)
    assert not re.search(r'value="site"[^>]*checked', named)


def test_on_her_own_page_a_reader_sees_newsletters_and_keeps_one_that_is_no_longer_offered(paper, browser):
    harbour, kitchen = newsletter(), newsletter("The Kitchen Letter")
    ada = reader("ada@mail.example", topic_of(), harbour.list_topic)
    own = f"/subscribe/manage/{links.make(links.Purpose.MANAGE, ada)}/"
    page = browser.get(own).content.decode()
    assert "Whenever it is written: The Harbour Letter." in page and "The Kitchen Letter" in page
    Newsletter.objects.update(is_offered=False)
    page = browser.get(own).content.decode()
    assert "The Harbour Letter" in page and "The Kitchen Letter" not in page
    form = {"site": "daily", harbour.list_topic.key: "instant", kitchen.list_topic.key: "instant"}
    when = {"language": "en", "time_zone": "UTC", "digest_hour": "7", "digest_weekday": "0"}
    assert "Saved." in browser.post(own, {**form, **when}).content.decode()
    wanted = dict(ada.subscriptions.filter(state="active").values_list("topic__list_id", "cadence"))
    assert wanted == {topic_of().list_id: "daily", harbour.list_topic.list_id: "instant"}
    assert "Newsletters</legend>" not in browser.get("/subscribe/").content.decode()


def test_the_list_of_newsletters_takes_as_many_queries_however_long(paper, browser):
    newsletter()
    browser.get("/subscribe/")  # makes topics that are missing
    with CaptureQueriesContext(connection) as one:
        browser.get("/subscribe/")
    newsletter("The Kitchen Letter")
    newsletter("The Window Letter")
    with CaptureQueriesContext(connection) as three:
        browser.get("/subscribe/")
    assert len(three) == len(one)


def test_the_desk_offers_a_newsletter_by_name_without_any_other_readers(paper, chief, signed_in):
    client = signed_in(chief)
    fields = {"name": "The Harbour Letter", "slug": "harbour", "description": "", "not_after_hours": "24"}
    add = reverse("admin:subscriptions_newsletter_add")
    assert "Say who gets it" in client.post(add, fields).content.decode()
    assert client.post(add, {**fields, "is_offered": "on"}).status_code == 302
    made = Newsletter.objects.get(slug="harbour")
    assert [topic.key for topic in made.topics.all()] == [f"letter-{made.pk}"]
    change = reverse("admin:subscriptions_newsletter_change", args=[made.pk])
    site = str(topic_of().pk)
    assert client.post(change, {**fields, "topics": [site]}).status_code == 302
    assert {topic.kind for topic in made.topics.all()} == {Topic.Kind.SITE, Topic.Kind.LETTER}

    assert client.post(change, {**fields, "is_offered": "on"}).status_code == 302
    assert "Say who gets it" in client.post(change, fields).content.decode(), "nobody has chosen it"
    reader("ada@mail.example", made.list_topic)
    assert client.post(change, fields).status_code == 302
    made.refresh_from_db()
    assert not made.is_offered and audience(made) == {"ada@mail.example"}


@pytest.mark.parametrize("kept_by", ["a letter", "a choice", "nobody"])
def test_the_demos_newsletter_goes_with_it_unless_somebody_chose_or_got_it(paper, kept_by):
    demo.fill({})
    made = Newsletter.objects.get(slug=demo.SLUG)
    ada = reader("ada@mail.example")
    letter = made.editions.get()
    made.editions.create(edition_key="later", language="en", cadence="", not_after=timezone.now())
    if kept_by == "a letter":
        letter.deliveries.create(subscriber=ada, address=ada.email)
    elif kept_by == "a choice":
        made.list_topic.subscriptions.create(subscriber=ada)
    demo.take_out()
    if kept_by == "nobody":
        assert not Newsletter.objects.filter(slug=demo.SLUG).exists()
    else:
        made.refresh_from_db()
        assert not made.is_offered and made.editions.count() == 2 and made.letters.count() == 1
        assert letter.deliveries.count() == int(kept_by == "a letter")


def test_letters_are_linked_from_every_foot_and_the_sign_up_once_there_are_some(paper, client):
    make.story("Ferry returns")
    path = "/search/"
    assert 'href="/letters/"' not in client.get(path).content.decode()
    assert "Read earlier letters" not in client.get("/subscribe/").content.decode()
    edition = gone_out("en")
    assert 'href="/letters/">Letters' in client.get(path).content.decode()
    assert 'href="/letters/"' in client.get("/subscribe/").content.decode()
    assert '/subscribe/?lang=en"' in client.get(archive.address(edition)).content.decode()
    Newsletter.objects.update(is_offered=True)
    shown = client.get(archive.address(edition)).content.decode()
    assert f"/subscribe/?lang=en&amp;letter={edition.newsletter_id}" in shown
