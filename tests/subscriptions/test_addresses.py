"""Letters go to another address: the new one is asked, the old one is told, and earlier links are worth nothing."""

import re
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from subscriptions import addresses, addressing, ledger, links, people
from subscriptions.links import Purpose
from subscriptions.models.people import AddressChange, Subscriber
from tests import make
from tests.subscriptions.readers import alert, mailed, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


def own_page(subscriber: Subscriber) -> str:
    return f"/subscribe/manage/{links.make(Purpose.MANAGE, subscriber)}/"


def ask(browser: Client, subscriber: Subscriber, email: str = "new@mail.example") -> str:
    """The link in the letter to the new address; "" when none was sent."""
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(minutes=6))
    browser.post(own_page(subscriber), {"do": "address", "email": email})
    sent = len(mail.outbox)
    addresses.turn("tests", Event())
    if len(mail.outbox) == sent:
        return ""
    assert mail.outbox[-1].to == [email]
    return re.search(r"http://127\.0\.0\.1:8000(/subscribe/address/\S+/)", mail.outbox[-1].body)[1]


def test_from_the_wish_to_the_first_letter_at_the_new_address(browser):
    subscriber = reader("old@mail.example")
    old_page = own_page(subscriber)
    link = ask(browser, subscriber)
    for _look in (browser.get(link), browser.head(link), browser.get(link + "?do=yes")):
        subscriber.refresh_from_db()
        assert subscriber.email == "old@mail.example"
    assert '<form method="post"' in browser.get(link).content.decode()
    assert "new@mail.example" in browser.get(old_page).content.decode()

    page = browser.post(link).content.decode()
    assert "From now on your letters come to new@mail.example" in page
    subscriber.refresh_from_db()
    assert (subscriber.email, subscriber.email_norm) == ("new@mail.example", "new@mail.example")
    assert browser.post(link).status_code == browser.get(old_page).status_code == 404

    addresses.turn("tests", Event())
    assert mail.outbox[-1].to == ["old@mail.example"]
    assert "go to another address" in mail.outbox[-1].body and "new@mail.example" not in mail.outbox[-1].body
    assert addresses.turn("tests", Event()) == 0
    alert()
    work()
    assert [letter["To"] for letter in mailed()] == ["new@mail.example"]
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(days=4))
    assert addresses.forget_old() == 1
    assert not browser.cookies


def test_letters_on_their_way_go_to_the_new_address(browser):
    subscriber = reader("old@mail.example")
    edition = alert()
    addressing.prepare("tests")
    assert edition.deliveries.get().address == "old@mail.example"
    browser.post(ask(browser, subscriber, "new@far.example"))
    found = edition.deliveries.get()
    assert (found.address, found.domain) == ("new@far.example", "far.example")
    work()
    assert [letter["To"] for letter in mailed()] == ["new@far.example"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("new at mail", "valid email"),
        ("", "required"),
        ("Old@MAIL.example", "come to this address already"),
        ("ſ@mail.example", "valid e-mail"),
    ],
)
def test_what_is_no_new_address_is_said_and_kept_on_the_page(browser, typed, words):
    answered = browser.post(own_page(reader("old@mail.example")), {"do": "address", "email": typed})
    page = answered.content.decode()
    assert (answered.status_code, words in page) == (422, True)
    assert f'value="{typed}"' in page
    assert not AddressChange.objects.exists()


def test_an_address_is_asked_once_in_five_minutes_and_a_network_twenty_times_an_hour(browser, monkeypatch):
    subscriber = reader("old@mail.example")
    assert ask(browser, subscriber)
    again = browser.post(own_page(subscriber), {"do": "address", "email": "newer@mail.example"})
    assert "five minutes" in again.content.decode()
    monkeypatch.setattr("subscriptions.manage.ASKED", 0)
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(minutes=6))
    again = browser.post(own_page(subscriber), {"do": "address", "email": "newer@mail.example"})
    assert "Too many requests" in again.content.decode()
    assert AddressChange.objects.get().email == "new@mail.example"


def test_only_the_last_wish_counts_and_it_can_be_called_off(browser):
    subscriber = reader("old@mail.example")
    first = ask(browser, subscriber)
    second = ask(browser, subscriber, "newer@mail.example")
    assert "Nothing is waiting" in browser.post(first).content.decode()
    browser.post(own_page(subscriber), {"do": "keep-address"})
    assert "Nothing is waiting" in browser.post(second).content.decode()
    subscriber.refresh_from_db()
    assert subscriber.email == "old@mail.example"


def test_an_address_that_must_not_be_written_to_is_not_asked_and_the_page_does_not_tell(browser):
    people.suppress("barred@mail.example", actor=None)
    subscriber, other = reader("old@mail.example"), reader("other@mail.example")
    pages = [
        browser.post(own_page(each), {"do": "address", "email": email}).content.decode()
        for each, email in ((subscriber, "barred@mail.example"), (other, "unknown@mail.example"))
    ]
    cut = [re.sub(r"[a-z]+@mail\.example|/manage/[^/]+/|\d\d:\d\d", "…", page) for page in pages]
    assert cut[0] == cut[1]
    addresses.turn("tests", Event())
    assert [letter.to for letter in mail.outbox] == [["unknown@mail.example"]]
    change = AddressChange.objects.get(subscriber=subscriber)
    assert not addresses.confirm(subscriber, change.pk)


def test_an_address_that_has_letters_of_its_own_becomes_one_reader_with_both(browser):
    sport, news = make.section("Sport"), make.section("News")
    subscriber = reader("old@mail.example", topic_of(sport))
    other = reader("new@mail.example", topic_of(news), topic_of(sport))
    browser.post(ask(browser, subscriber))
    subscriber.refresh_from_db()
    other.refresh_from_db()
    assert subscriber.email == "new@mail.example"
    assert {row.topic.section for row in subscriber.subscriptions.filter(state="active")} == {sport, news}
    assert (other.state, other.email, other.subscriptions.count()) == ("erased", "", 0)


def test_who_is_forgotten_meanwhile_has_no_change_waiting(browser):
    subscriber = reader("old@mail.example")
    link = ask(browser, subscriber)
    people.erase(subscriber)
    assert browser.post(link).status_code == 404
    assert not AddressChange.objects.exists()


def test_the_link_of_one_reader_confirms_nothing_of_another(browser):
    one, other = reader("one@mail.example"), reader("other@mail.example")
    ask(browser, other)
    number = AddressChange.objects.get().pk
    stolen = f"/subscribe/address/{links.make(Purpose.ADDRESS, one, edition=number)}/"
    assert "Nothing is waiting" in browser.post(stolen).content.decode()
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == ["one@mail.example", "other@mail.example"]


def test_a_change_must_be_confirmed_within_three_days(browser, monkeypatch):
    subscriber = reader("old@mail.example")
    link = ask(browser, subscriber)
    later = timezone.now() + links.CONFIRM_WITHIN + timedelta(minutes=2)
    monkeypatch.setattr(links.timezone, "now", lambda: later)
    assert browser.post(link).status_code == 410
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(days=4))
    assert addresses.forget_old() == 1


def test_what_the_other_address_wants_is_wanted_even_where_this_one_had_left_it(browser):
    sport, news = make.section("Sport"), make.section("News")
    subscriber = reader("old@mail.example", topic_of(sport), topic_of(news))
    people.choose(subscriber, {topic_of(news): "daily"})
    reader("new@mail.example", topic_of(sport), topic_of(news))
    browser.post(ask(browser, subscriber))
    wishes = subscriber.subscriptions.values_list("topic__section", "state", "cadence")
    assert set(wishes) == {(sport.pk, "active", "instant"), (news.pk, "active", "daily")}


def test_letters_on_their_way_to_the_other_address_still_come_and_none_comes_twice(browser):
    sport, news = make.section("Sport"), make.section("News")
    subscriber = reader("old@mail.example", topic_of(news))
    reader("new@mail.example", topic_of(news), topic_of(sport))
    both, theirs = alert("Both want it", section=news), alert("One wants it", section=sport)
    while addressing.prepare("tests"):
        pass
    browser.post(ask(browser, subscriber))
    work()
    assert {letter["To"] for letter in mailed()} == {"new@mail.example"}
    assert sorted(letter["Subject"] for letter in mailed()) == ["Both want it", "One wants it"]
    for edition in (both, theirs):
        edition.refresh_from_db()
        assert ledger.account(edition).balances


def test_one_address_is_asked_once_an_hour_whoever_names_it_and_calls_it_off(browser):
    one, other = reader("one@mail.example"), reader("other@mail.example")
    assert ask(browser, one, "stranger@mail.example")
    browser.post(own_page(one), {"do": "keep-address"})
    for each in (one, other):
        answered = browser.post(own_page(each), {"do": "address", "email": "Stranger@mail.example"})
        assert "less than an hour ago" in answered.content.decode()
        assert 'value="Stranger@mail.example"' in answered.content.decode()
    assert ask(browser, other, "elsewhere@mail.example")
    assert not AddressChange.objects.filter(subscriber=one).exists()


def test_who_holds_a_readers_link_has_three_addresses_asked_a_day(browser):
    subscriber = reader("one@mail.example")
    assert all(ask(browser, subscriber, f"stranger{number}@mail.example") for number in range(3))
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(minutes=6))
    page = browser.post(own_page(subscriber), {"do": "address", "email": "fourth@mail.example"}).content.decode()
    assert "three addresses for you today" in page and 'value="fourth@mail.example"' in page
    assert ask(browser, reader("other@mail.example"), "fourth@mail.example")


def test_an_address_that_is_suppressed_meanwhile_is_neither_asked_nor_told(browser):
    asking, moving = reader("asking@mail.example"), reader("moving@mail.example")
    link = ask(browser, moving, "moved@mail.example")
    browser.post(own_page(asking), {"do": "address", "email": "stranger@mail.example"})
    browser.post(link)
    sent = len(mail.outbox)
    for email in ("stranger@mail.example", "moving@mail.example"):
        people.suppress(email, actor=None)
    assert addresses.turn("tests", Event()) == 2
    assert len(mail.outbox) == sent
    assert addresses.turn("tests", Event()) == 0
