"""Signed links: forged, swapped, replayed and old ones open nothing."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from subscriptions import links, people
from subscriptions.links import Purpose
from subscriptions.models.people import Subscriber
from tests.subscriptions.readers import reader

pytestmark = pytest.mark.usefixtures("paper")


def test_a_link_says_who_and_which_letter():
    subscriber = reader()
    token = links.make(Purpose.LEAVE, subscriber, edition=2**40)
    assert len(token) == links.LENGTH
    assert links.read(token, Purpose.LEAVE) == (subscriber, 2**40)


@pytest.mark.parametrize("made_for", Purpose)
@pytest.mark.parametrize("used_for", Purpose)
def test_a_link_serves_one_purpose(made_for, used_for):
    token = links.make(made_for, reader())
    assert (links.read(token, used_for) is not None) == (made_for == used_for)


def test_no_byte_of_a_link_can_be_changed():
    genuine = base64.urlsafe_b64decode(links.make(Purpose.MANAGE, reader()))
    for position in range(len(genuine)):
        for flip in (1, 0x80, 0xFF):
            raw = bytearray(genuine)
            raw[position] ^= flip
            changed = base64.urlsafe_b64encode(raw).decode()
            assert [links.read(changed, purpose) for purpose in Purpose] == [None] * len(Purpose)


@pytest.mark.parametrize("token", ["", "-" * 64, "A" * 64, "A" * 63, "é" * 64, "=" * 64, "A" * 200])
def test_rubbish_is_nobodys_link(token):
    assert links.read(token, Purpose.LEAVE) is None


def test_a_link_of_one_reader_is_not_another_readers():
    one, other = reader(), reader()
    raw = bytearray(base64.urlsafe_b64decode(links.make(Purpose.LEAVE, one)))
    assert uuid.UUID(bytes=bytes(raw[2:18])) == one.pk
    raw[2:18] = other.pk.bytes
    assert links.read(base64.urlsafe_b64encode(raw).decode(), Purpose.LEAVE) is None


def test_confirming_is_possible_for_three_days_and_leaving_for_ever(monkeypatch):
    subscriber = reader()
    confirm, leave = links.make(Purpose.CONFIRM, subscriber), links.make(Purpose.LEAVE, subscriber)
    later = timezone.now() + links.CONFIRM_WITHIN
    monkeypatch.setattr(links.timezone, "now", lambda: later - timedelta(minutes=2))
    assert links.read(confirm, Purpose.CONFIRM)
    monkeypatch.setattr(links.timezone, "now", lambda: later + timedelta(minutes=2))
    assert links.read(confirm, Purpose.CONFIRM) is None
    monkeypatch.setattr(links.timezone, "now", lambda: later + timedelta(days=3650))
    assert links.read(leave, Purpose.LEAVE)


@pytest.mark.parametrize("name", ["confirm", "address"])
def test_whoever_comes_with_a_link_that_was_good_is_told_so_and_nothing_happens(client, monkeypatch, name):
    subscriber = reader(language="fr")
    Subscriber.objects.update(state="pending")
    token = links.make(Purpose[name.upper()], subscriber, edition=1)
    later = timezone.now() + links.CONFIRM_WITHIN + timedelta(minutes=2)
    assert links.reader_of_old(token, Purpose[name.upper()]) is None
    monkeypatch.setattr(links.timezone, "now", lambda: later)
    for ask in (client.get, client.post):
        answer = ask(f"/subscribe/{name}/{token}/")
        assert (answer.status_code, answer["Cache-Control"]) == (410, "no-store")
        assert "Ce lien n’est plus valable" in answer.content.decode()
        assert ("S’abonner de nouveau" in answer.content.decode()) == (name == "confirm")
    subscriber.refresh_from_db()
    assert subscriber.state == "pending"
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert client.get(f"/subscribe/{name}/{forged}/").status_code == 404
    subscriber.link_key = "0" * 32
    subscriber.save()
    assert client.get(f"/subscribe/{name}/{token}/").status_code == 404


def test_links_outlive_a_new_secret_key_as_long_as_the_old_one_is_kept(settings):
    subscriber = reader()
    token = links.make(Purpose.LEAVE, subscriber)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    assert links.read(token, Purpose.LEAVE) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert links.read(token, Purpose.LEAVE)
    assert links.make(Purpose.LEAVE, subscriber) != token


def test_forgetting_a_reader_revokes_every_link():
    subscriber = reader()
    tokens = [(links.make(purpose, subscriber), purpose) for purpose in Purpose]
    people.erase(subscriber)
    assert [links.read(*token) for token in tokens] == [None] * len(Purpose)
