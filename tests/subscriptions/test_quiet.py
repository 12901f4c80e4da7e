"""News at once, but not while its reader sleeps or has paused; on both databases the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from subscriptions import addressing, ledger, people
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscriber
from tests.subscriptions.readers import alert, mailed, outcomes, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")


def sleeper(email: str, hours: int) -> Subscriber:
    """Whose quiet hours began with this hour, and last so many."""
    subscriber = reader(email)
    now = timezone.now().hour
    people.choose(subscriber, {topic_of(): "instant"}, quiet_from=now, quiet_until=(now + hours) % 24)
    return subscriber


def test_who_sleeps_gets_it_on_waking_if_it_is_still_news():
    reader("awake@x.example")
    sleeper("briefly@x.example", 1)
    sleeper("long@x.example", 5)
    edition = alert()
    assert edition.not_after < timezone.now() + timedelta(hours=4)
    work()
    assert [letter["To"] for letter in mailed()] == ["awake@x.example"]
    assert outcomes(edition) == {"sent": 1, "ready": 1, "skipped": 1}
    left_out = edition.deliveries.get(state="skipped")
    assert (left_out.address, left_out.reason) == ("long@x.example", "quiet hours")
    waiting = edition.deliveries.get(state="ready")
    assert waiting.due_at > timezone.now()
    assert (waiting.due_at.minute, waiting.due_at.second) == (0, 0)
    edition.deliveries.filter(pk=waiting.pk).update(due_at=timezone.now())
    Subscriber.objects.update(quiet_from=None, quiet_until=None)
    work()
    assert sorted(letter["To"] for letter in mailed()) == ["awake@x.example", "briefly@x.example"]
    edition.refresh_from_db()
    assert ledger.account(edition).balances and edition.state == edition.State.DONE


def test_who_has_paused_is_not_of_the_audience_until_the_day_comes():
    subscriber = reader("ada@x.example")
    people.choose(subscriber, {topic_of(): "instant"}, paused_until=timezone.now().date() + timedelta(days=2))
    edition = alert()
    work()
    edition.refresh_from_db()
    assert (edition.audience, mailed()) == (0, [])
    Subscriber.objects.update(paused_until=timezone.now().date())
    alert()
    work()
    assert [letter["To"] for letter in mailed()] == ["ada@x.example"]


def test_who_pauses_or_wants_it_less_often_after_addressing_gets_nothing():
    daily, paused = reader("daily@x.example"), reader("paused@x.example")
    edition = alert()
    addressing.prepare("tests")
    people.choose(daily, {topic_of(): "daily"})
    people.choose(paused, {topic_of(): "instant"}, paused_until=timezone.now().date() + timedelta(days=2))
    work()
    assert mailed() == []
    assert outcomes(edition) == {"skipped": 2}


@pytest.fixture
def clock(monkeypatch):
    """It is ten minutes before ten in the evening (UTC)."""

    def show(**later: int) -> datetime:
        now = datetime(2031, 5, 4, 21, 50, tzinfo=UTC) + timedelta(**later)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        return now

    show()
    return show


def asleep_from_ten(email: str, *, until: int = 23) -> Subscriber:
    subscriber = reader(email)
    people.choose(subscriber, {topic_of(): "instant"}, quiet_from=22, quiet_until=until)
    return subscriber


def test_a_letter_that_is_late_does_not_wake_who_fell_asleep_meanwhile(clock):
    asleep_from_ten("briefly@x.example")
    asleep_from_ten("long@x.example", until=6)
    reader("awake@x.example")
    edition = alert()
    addressing.prepare("tests")
    assert set(edition.deliveries.values_list("due_at", flat=True)) == {clock()}
    # Paused and gone on with, put off by a throttle, or tried again: all of them are claimed in the night.
    edition.deliveries.filter(address="briefly@x.example").update(state="deferred", attempts=1)
    clock(minutes=20)
    work()
    assert [letter["To"] for letter in mailed()] == ["awake@x.example"]
    waiting, left_out = edition.deliveries.exclude(state="sent").order_by("address")
    assert (waiting.state, waiting.due_at, waiting.attempts) == ("ready", clock(minutes=70), 1)
    assert (left_out.state, left_out.reason) == ("skipped", "quiet hours")
    work()
    assert [letter["To"] for letter in mailed()] == ["awake@x.example", "briefly@x.example"]
    edition.refresh_from_db()
    assert ledger.account(edition).balances and edition.state == edition.State.DONE


def test_letters_that_are_spread_reach_nobody_in_quiet_hours(clock):
    for number in range(6):
        asleep_from_ten(f"reader{number}@x.example")
    edition = alert()
    Edition.objects.update(span_minutes=60)
    clock(minutes=12)
    addressing.prepare("tests")
    # Whose turn comes while she sleeps waits until she wakes, and no longer.
    wakes = clock(minutes=70)
    assert all(
        wakes <= due < wakes + timedelta(minutes=2) for due in edition.deliveries.values_list("due_at", flat=True)
    )
    clock(minutes=69)
    work()
    assert mailed() == []
    clock(minutes=72)
    work()
    assert outcomes(edition) == {"sent": 6}
