"""A reader of both rhythms, or of two languages one after the other: no story twice, no morning twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from subscriptions import digests, ledger
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscriber, Subscription
from tests import make
from tests.subscriptions.readers import mailed, part, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SEVEN = MONDAY + timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch) -> Callable[[datetime], None]:
    def show(now: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    show(MONDAY)
    return show


def morning_reader(email: str, **preferences: object) -> Subscriber:
    found = reader(email)
    Subscription.objects.filter(subscriber=found).update(cadence="daily", changed_at=MONDAY - timedelta(days=30))
    Subscriber.objects.filter(pk=found.pk).update(**preferences)
    return found


def of_both_rhythms() -> Subscriber:
    found = morning_reader("ada@x.example", digest_weekday=0)
    topic = topic_of(make.section("Sport"))
    wish = {"topic": topic, "cadence": "weekly", "state": "active", "changed_at": MONDAY - timedelta(days=30)}
    Subscription.objects.create(subscriber=found, **wish)
    make.story("Cup final", section=topic.section, at=MONDAY - timedelta(hours=2))
    make.story("Cup draw", section=topic.section, at=MONDAY - timedelta(days=3))
    return found


def test_no_story_stands_in_the_morning_and_the_weekly_letter_of_one_hour(clock):
    of_both_rhythms()
    digests.keep_editions()
    clock(SEVEN)
    work()
    texts = [part(letter, "plain") for letter in mailed()]
    assert len(texts) == 2
    assert sorted("Cup final" in text for text in texts) == [False, True]
    assert any("Cup draw" in text for text in texts)


def test_what_another_worker_has_chosen_and_not_sent_is_not_chosen_again(clock):
    of_both_rhythms()
    digests.keep_editions()
    clock(SEVEN)
    chosen = []
    for name in ("daily", "weekly"):
        edition = Edition.objects.get(newsletter__kind=name, day=MONDAY.date())
        batch = ledger.claim(edition, worker=name, limit=9)
        digests.Digests().expect(edition, batch)
        chosen += edition.deliveries.get().stories.split()
    assert len(chosen) == len(set(chosen)) == 2


@pytest.mark.parametrize("moment", [MONDAY, SEVEN + timedelta(hours=2)], ids=["before her hour", "after her letter"])
def test_who_changes_language_gets_one_morning_letter(moment, clock):
    make.site(further_languages=["fr"])
    morning_reader("ada@x.example")
    morning_reader("bo@x.example", language="fr")
    make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    make.story("Le maire part", language="fr", at=MONDAY - timedelta(hours=2))
    digests.keep_editions()
    if moment > SEVEN:
        clock(SEVEN)
        work()
        clock(moment)
        make.story("Le pont ouvre", language="fr", at=SEVEN + timedelta(hours=1))
    Subscriber.objects.filter(email="ada@x.example").update(language="fr")
    digests.keep_editions()
    clock(max(moment, SEVEN))
    work()
    hers = [letter["Subject"] for letter in mailed() if letter["To"] == "ada@x.example"]
    assert hers == (["Mayor resigns"] if moment > SEVEN else ["Le maire part"])
