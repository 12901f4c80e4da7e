"""A reader's way: signs up, confirms by a button, chooses, leaves by one click. Scanners change nothing."""

import re
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from subscriptions import answers, links, people
from subscriptions.links import Purpose
from subscriptions.models.people import Answer, Subscriber, Subscription, Suppression, address_hash
from tests import make
from tests.subscriptions.readers import alert, mailed, reader, topic_of, work
from tests.subscriptions.signing import SUBSCRIBE, answer, link_in, sign_up, token_in

pytestmark = pytest.mark.usefixtures("paper")


def state_of_all() -> list[tuple[str, ...]]:
    rows = Subscription.objects.order_by("pk").values_list("subscriber__email", "subscriber__state", "topic", "state")
    return [tuple(map(str, row)) for row in rows]


def test_from_the_form_to_the_first_letter_and_out_again(browser):
    page = sign_up(browser)
    assert "Look in your mailbox" in page.content.decode()
    alert("Too early for Ada")
    work()
    assert mailed() == []

    confirm = link_in(answer(), "confirm")
    assert mail.outbox[0].to == ["ada@mail.example"]
    page = browser.get(confirm).content.decode()
    assert "The whole paper" in page and '<form method="post"' in page
    assert Subscriber.objects.get().state == "pending"
    assert "You are subscribed" in browser.post(confirm).content.decode()
    assert Subscriber.objects.get().state == "active"

    alert("In time for Ada")
    work()
    (letter,) = mailed()
    leave = letter["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    assert browser.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    alert("Too late for Ada")
    work()
    assert len(mailed()) == 1
    assert not browser.cookies


def test_pages_keep_no_cookie_are_kept_by_nobody_and_tell_their_address_to_nobody(browser):
    subscriber = reader()
    addresses = [f"/subscribe/{purpose.name.lower()}/{links.make(purpose, subscriber)}/" for purpose in Purpose]
    for address in [SUBSCRIBE, *addresses]:
        for answered in (browser.get(address), browser.post(address)):
            assert "<h1>" in answered.content.decode()
            assert not answered.cookies
            assert "Cookie" not in answered.headers.get("Vary", "")
            assert answered.headers["Cache-Control"] == "no-store"
            assert answered.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_whoever_only_looks_changes_nothing(method, browser):
    reader("active@x.example")
    people.signup("pending@x.example", [topic_of()], language="en", time_zone="UTC")
    before = state_of_all()
    for subscriber in Subscriber.objects.all():
        for purpose in Purpose:
            address = f"/subscribe/{purpose.name.lower()}/{links.make(purpose, subscriber)}/"
            answered = getattr(browser, method)(address)
            assert answered.status_code == (200 if method in {"get", "head"} else 405)
            getattr(browser, method)(address + "?do=erase&List-Unsubscribe=One-Click")
    assert state_of_all() == before


@pytest.mark.parametrize("kind", ["confirm", "manage", "leave", "address"])
def test_forged_and_swapped_links_are_not_found(kind, browser):
    subscriber = reader()
    before = state_of_all()
    genuine = {purpose.name.lower(): links.make(purpose, subscriber) for purpose in Purpose}
    others = [token for name, token in genuine.items() if name != kind]
    for token in [
        *others,
        "A" * 64,
        "é",
        genuine[kind][:-1] + ("A" if genuine[kind][-1] != "A" else "B"),
        genuine[kind][:-1],
    ]:
        for answered in (browser.get(f"/subscribe/{kind}/{token}/"), browser.post(f"/subscribe/{kind}/{token}/")):
            assert answered.status_code == 404
    assert state_of_all() == before


def test_one_click_comes_in_both_encodings_without_cookies_and_is_not_sent_elsewhere(browser):
    for kind in ("form", "multipart", "nothing"):
        subscriber = reader()
        edition = alert()
        address = f"/subscribe/leave/{links.make(Purpose.LEAVE, subscriber, edition=edition.pk)}/"
        if kind == "multipart":
            answered = browser.post(address, {"List-Unsubscribe": "One-Click"})
        elif kind == "form":
            answered = browser.post(
                address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
            )
        else:
            answered = browser.post(address, b"\xff\xfe", content_type="application/octet-stream")
        assert (answered.status_code, "Location" in answered.headers) == (200, False)
        assert list(subscriber.subscriptions.values_list("state", flat=True)) == ["left"]
        assert browser.post(address).status_code == 200


def test_leaving_a_letter_leaves_its_topics_and_no_others(browser):
    sport, news = make.section("Sport"), make.section("News")
    subscriber = reader("ada@x.example", topic_of(), topic_of(news), topic_of(sport))
    edition = alert(section=news)
    page = browser.post(
        f"/subscribe/leave/{links.make(Purpose.LEAVE, subscriber, edition=edition.pk)}/"
    ).content.decode()
    kept = subscriber.subscriptions.get(state="active")
    assert kept.topic.section == sport
    assert "Sport" in page and "You still get" in page


def test_the_answer_is_the_same_for_known_and_unknown_and_barred_addresses(browser):
    reader("known@x.example")
    people.suppress("barred@x.example", actor=None)
    pages = {}
    for address in ("known@x.example", "unknown@x.example", "barred@x.example", "UNKNOWN@x.example"):
        answered = sign_up(browser, address)
        pages[address] = (answered.status_code, answered.content.decode().replace(address, "…"))
    assert len(set(pages.values())) == 1


def test_an_address_gets_one_answer_an_hour_whoever_types_it(browser):
    for _ in range(5):
        sign_up(browser)
    answers.turn("tests", Event())
    sign_up(browser)
    answers.turn("tests", Event())
    assert len(mail.outbox) == 1
    Subscriber.objects.update(answered_at=timezone.now() - people.ANSWER_EVERY)
    sign_up(browser)
    answers.turn("tests", Event())
    assert len(mail.outbox) == 2
    assert Subscriber.objects.count() == Subscription.objects.count() == 1


def test_an_address_that_must_not_be_written_to_gets_no_answer(browser):
    people.suppress("barred@x.example", actor=None)
    sign_up(browser, "Barred@x.example")
    assert answers.turn("tests", Event()) == 0
    assert mail.outbox == []


def test_who_was_forgotten_may_come_back_by_the_button(browser):
    people.erase(reader("ada@mail.example"))
    assert Suppression.objects.get().reason == "erasure"
    sign_up(browser)
    browser.post(link_in(answer(), "confirm"))
    assert not Suppression.objects.exists()
    alert()
    work()
    assert [letter["To"] for letter in mailed()] == ["ada@mail.example"]


def test_typing_a_readers_address_changes_nothing_of_theirs(browser):
    sport = make.section("Sport")
    subscriber = reader("ada@mail.example")
    Subscriber.objects.update(answered_at=None)
    Answer.objects.all().delete()
    sign_up(browser, topics=[topic_of(sport).key], language="ar")
    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.language) == ("active", "en")
    assert list(subscriber.subscriptions.filter(state="active").values_list("topic__kind", flat=True)) == ["site"]
    text = answer()
    assert "Sport" in text and "/subscribe/confirm/" in text and "/subscribe/manage/" in text


def test_who_has_everything_already_is_told_where_to_change_it(browser):
    reader("ada@mail.example")
    Subscriber.objects.update(answered_at=None)
    Answer.objects.all().delete()
    sign_up(browser)
    text = answer()
    assert "/subscribe/confirm/" not in text
    assert "Your letters" in browser.get(link_in(text, "manage")).content.decode()


def test_what_was_typed_survives_every_error(browser, monkeypatch):
    sport = make.section("Sport")
    good = {"email": "ada@mail.example", "topics": [topic_of(sport).key], "language": "fr"}
    cases = [
        ({**good, "email": "ada at mail"}, 422, "valid email"),
        ({**good, "topics": []}, 422, "required"),
        ({**good, "token": ""}, 422, "Part of this form is missing"),
        ({**good, "token": "forged"}, 422, "cannot be accepted"),
    ]
    for data, status, words in cases:
        answered = sign_up(browser, **data)
        page = answered.content.decode()
        assert (answered.status_code, words in page) == (status, True), page
        assert f'value="{data["email"]}"' in page
        assert (f'value="{topic_of(sport).key}" id="id_topics_1" checked' in page) == bool(data["topics"])
        assert re.search(r'value="fr"[^>]*checked', page)
        assert token_in(page)
    assert not Subscriber.objects.exists()
    monkeypatch.setattr("subscriptions.views.SIGNUPS", 0)
    answered = sign_up(browser, **good)
    assert answered.status_code == 429
    assert 'value="ada@mail.example"' in answered.content.decode()
    assert not Subscriber.objects.exists()


def test_the_trap_takes_robots_and_thanks_them(browser):
    answered = sign_up(browser, website="https://buy.example/")
    assert "Look in your mailbox" in answered.content.decode()
    assert not Subscriber.objects.exists()


def test_a_form_filled_faster_than_people_type_is_asked_again():
    answered = sign_up(Client())
    assert "faster than a person can type" in answered.content.decode()
    assert not Subscriber.objects.exists()


def test_the_page_speaks_the_language_it_is_asked_for(browser):
    page = browser.get(SUBSCRIBE, {"lang": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert re.search(r'value="ar"[^>]*checked', page)
    assert '<html lang="en"' in browser.get(SUBSCRIBE, {"lang": "xx"}).content.decode()


def test_a_reader_changes_leaves_and_is_forgotten(browser):
    sport = make.section("Sport")
    subscriber = reader("ada@mail.example")
    edition = alert()
    work()
    address = f"/subscribe/manage/{links.make(Purpose.MANAGE, subscriber)}/"
    wanted = {topic_of(sport).key: "daily", "language": "fr", "time_zone": "UTC", "digest_hour": 7, "digest_weekday": 0}
    page = browser.post(address, wanted).content.decode()
    assert '<html lang="fr"' in page
    subscriber.refresh_from_db()
    assert subscriber.language == "fr"
    assert subscriber.subscriptions.get(state="active").topic.section == sport

    assert browser.post(address, {**wanted, "language": "xx"}).status_code == 422
    browser.post(address, {"do": "leave"})
    assert not subscriber.subscriptions.exclude(state="left").exists()

    asked = browser.post(address, {"do": "erase"}).content.decode()
    assert 'name="do" value="forget"' in asked and "ada@mail.example" in asked
    subscriber.refresh_from_db()
    assert subscriber.email == "ada@mail.example", "asked first"
    browser.post(address, {"do": "forget"})
    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.email, subscriber.address_hash) == ("erased", "", "")
    assert edition.deliveries.get().address == ""
    assert not subscriber.subscriptions.exists()
    assert Suppression.objects.get().address_hash == address_hash("ada@mail.example")
    assert browser.get(address).status_code == 404


def test_an_old_confirmation_does_not_undo_leaving(browser):
    sign_up(browser)
    confirm = link_in(answer(), "confirm")
    browser.post(confirm)
    people.leave(Subscriber.objects.get())
    assert "Nothing is waiting" in browser.post(confirm).content.decode()
    assert Subscription.objects.get().state == "left"


def test_answers_wait_for_a_mail_server_that_is_away(browser, monkeypatch):
    def away(self, messages):
        raise ConnectionRefusedError

    sign_up(browser)
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", away)
        answers.turn("tests", Event())
    waiting = Answer.objects.get()
    assert waiting.due_at > timezone.now() + timedelta(seconds=30)
    assert answers.turn("tests", Event()) == 0
    Answer.objects.update(due_at=timezone.now())
    assert "/subscribe/confirm/" in answer()
    assert not Answer.objects.exists()


def test_addresses_that_were_never_confirmed_are_forgotten_after_a_month():
    reader("kept@x.example")
    for name in ("old", "new"):
        people.signup(f"{name}@x.example", [topic_of()], language="en", time_zone="UTC")
    long_ago = timezone.now() - people.UNCONFIRMED_KEPT - timedelta(days=1)
    Subscriber.objects.exclude(email="new@x.example").update(created_at=long_ago, answered_at=long_ago)
    assert people.forget_unconfirmed() == 1
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == ["kept@x.example", "new@x.example"]


@pytest.mark.parametrize(
    ("typed", "kept", "compared"),
    [
        (" Ada.B@Mail.Example ", "Ada.B@mail.example", "ada.b@mail.example"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_as_given_and_compared_as_normal(typed, kept, compared):
    people.signup(typed, [topic_of()], language="en", time_zone="UTC")
    subscriber = Subscriber.objects.get()
    assert (subscriber.email, subscriber.email_norm) == (kept, compared)


@pytest.mark.parametrize("typed", ["ſ@mail.example", '"\x0b"@mail.example', '"\\\x01"@mail.example'])
def test_an_address_that_no_letter_can_carry_is_none(typed):
    with pytest.raises(ValidationError):
        people.signup(typed, [topic_of()], language="en", time_zone="UTC")
    assert not Subscriber.objects.exists()
