"""The morning letter: at each reader's own hour, of what she has not had yet, of nothing that is no longer there."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import actions
from subscriptions import desk, digests, exchanging, ledger, people
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription, Topic
from tests import make
from tests.subscriptions.readers import mailed, outcomes, part, reader, topic_of, work

pytestmark = pytest.mark.usefixtures("paper")
DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TODAY = MONDAY.date()
Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch) -> Clock:
    def show(now: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    show(MONDAY)
    return show


def subscriber(email: str, *topics: Topic, cadence: str = "daily", **preferences: object) -> Subscriber:
    """Has wanted letters so often for a month."""
    found = reader(email, *topics)
    Subscription.objects.filter(subscriber=found).update(cadence=cadence, changed_at=MONDAY - 30 * DAY)
    if preferences:
        Subscriber.objects.filter(pk=found.pk).update(**preferences)
    return found


def the_edition(day: date = TODAY, kind: str = "daily") -> Edition:
    return Edition.objects.get(day=day, newsletter__kind=kind)


def due(email: str, **which: object) -> datetime:
    return Delivery.objects.get(subscriber__email=email, **which).due_at


def at_seven(clock: Clock, day: int = 0) -> list[str]:
    """Lets the worker do all that it does until seven (UTC) of that day; subjects of the letters that came of it."""
    before = len(mailed())
    clock(MONDAY + DAY * day)
    digests.keep_editions()
    clock(MONDAY + DAY * day + timedelta(hours=1))
    work()
    return [letter["Subject"] for letter in mailed()[before:]]


def test_everybody_gets_the_letter_of_a_day_at_her_own_hour_of_that_day(clock):
    for name, zone, hour in (
        ("first", "Pacific/Kiritimati", 0), ("nairobi", "Africa/Nairobi", 7), ("utc", "UTC", 7),
        ("last", "Etc/GMT+12", 23),
    ):  # fmt: skip
        subscriber(f"{name}@x.example", time_zone=zone, digest_hour=hour)
    clock(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))  # half an hour before Monday begins on Kiritimati
    digests.keep_editions()
    edition = the_edition()
    found = {name: due(f"{name}@x.example", edition=edition) for name in ("first", "nairobi", "utc", "last")}
    assert found == {
        "first": datetime(2026, 11, 22, 10, tzinfo=UTC),
        "nairobi": datetime(2026, 11, 23, 4, tzinfo=UTC),
        "utc": datetime(2026, 11, 23, 7, tzinfo=UTC),
        "last": datetime(2026, 11, 24, 11, tzinfo=UTC),
    }
    assert {row.not_after - row.due_at for row in edition.deliveries.all()} == {timedelta(hours=12)}
    assert edition.not_after >= found["last"] + timedelta(hours=12)
    digests.keep_editions()
    assert edition.deliveries.count() == 4


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # skipped in Berlin: 03:00 is the first minute
        (date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),  # comes twice: the first
        (date(2026, 10, 25), 7, datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
    ],
)
def test_clock_changes_are_right(clock, day, hour, expected):
    found = subscriber("berlin@x.example", time_zone="Europe/Berlin", digest_hour=hour)
    Subscription.objects.update(changed_at=datetime(2026, 1, 1, tzinfo=UTC))
    clock(expected - timedelta(hours=3))
    digests.keep_editions()
    assert found.deliveries.get(edition__day=day).due_at == expected


def test_what_was_published_since_the_last_letter_stands_in_it_and_never_twice(clock):
    subscriber("ada@x.example")
    make.story("Old news", at=MONDAY - 2 * DAY)
    make.story("Ferry runs aground", at=MONDAY - timedelta(hours=9), standfirst="Nobody was hurt.")
    make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    assert at_seven(clock) == ["Mayor resigns"]
    (letter,) = mailed()
    assert letter["List-Id"].endswith("<daily.127.0.0.1>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("html", "plain"):
        text = part(letter, kind)
        assert "Mayor resigns" in text and "Ferry runs aground" in text and "Nobody was hurt." in text
        assert "Old news" not in text and "stories--" not in text
        assert text.index("Mayor resigns") < text.index("Ferry runs aground")

    assert Subscriber.objects.get().last_digest_at == MONDAY + timedelta(hours=1)

    assert at_seven(clock, 1) == []
    skipped = Delivery.objects.get(edition=the_edition(TODAY + DAY))
    assert (skipped.state, skipped.reason) == ("skipped", "no stories")
    make.story("Bridge opens", at=MONDAY + 1 * DAY + timedelta(hours=5))
    assert at_seven(clock, 2) == ["Bridge opens"]
    assert "Mayor resigns" not in part(mailed()[-1], "html")


def test_a_letter_that_came_late_brings_no_story_twice_and_leaves_none_out(clock):
    subscriber("ada@x.example")
    make.story("Before seven", at=MONDAY)
    clock(MONDAY)
    digests.keep_editions()
    make.story("Between seven and nine", at=MONDAY + timedelta(hours=2))
    clock(MONDAY + timedelta(hours=3))
    work()
    assert {row["Subject"] for row in mailed()} == {"Between seven and nine"}
    make.story("After nine", at=MONDAY + timedelta(hours=4))
    assert at_seven(clock, 1) == ["After nine"]
    assert "Between seven" not in part(mailed()[-1], "plain")


def test_each_reader_gets_the_topics_that_she_chose_in_that_rhythm(clock):
    news, sport = make.section("News"), make.section("Sport")
    chess = make.section("Chess", parent=sport, in_menu=False)
    ines = make.author("Ines Qadir")
    by_author = Topic.objects.create(kind="author", author=ines, list_id="author-1.127.0.0.1")
    subscriber("sport@x.example", topic_of(sport))
    subscriber("chess@x.example", topic_of(chess))
    subscriber("author@x.example", by_author)
    subscriber("weekly@x.example", topic_of(sport), cadence="weekly", digest_weekday=0)
    subscriber("tuesday@x.example", cadence="weekly", digest_weekday=1)
    reader("instant@x.example")
    at = MONDAY - timedelta(hours=1)
    make.story("Budget passes", section=news, at=at - timedelta(minutes=1), bylines=[ines])
    make.story("Queen takes pawn", section=chess, at=at)
    make.story("Cup final", section=sport, at=at - 3 * DAY)
    at_seven(clock)
    found = {letter["To"]: part(letter, "plain") for letter in mailed()}
    assert set(found) == {f"{name}@x.example" for name in ("sport", "chess", "author", "weekly")}
    assert [name for name, text in found.items() if "Budget passes" in text] == ["author@x.example"]
    assert [name for name, text in found.items() if "Cup final" in text] == ["weekly@x.example"]
    assert "Queen takes pawn" in found["sport@x.example"] and "Queen takes pawn" in found["chess@x.example"]


def test_a_story_withdrawn_after_addressing_and_unpublished_words_are_in_no_letter(clock, chief, editor):
    subscriber("ada@x.example")
    gone = make.story("Gone by seven", at=MONDAY - timedelta(hours=1))
    stays = make.story("Stays", at=MONDAY - timedelta(hours=2))
    make.draft("Planted draft", standfirst="Planted standfirst")
    actions.save(stays.pk, actor=editor, content={"headline": "Planted headline", "standfirst": "Planted words"})
    digests.keep_editions()
    edition = the_edition()
    clock(MONDAY + timedelta(hours=1, minutes=1))
    (delivery,) = ledger.claim(edition, worker="w", limit=1)
    composer = digests.Digests()
    composer.expect(edition, [delivery])  # the batch is chosen …
    actions.withdraw(gone.pk, actor=chief)  # … and a story goes before its letter does
    shell = composer.for_reader(edition, delivery, delivery.subscriber)
    words = shell.rest.decode()
    assert "Stays" in words and "Gone by seven" not in words and "Planted" not in words
    actions.withdraw(stays.pk, actor=chief)
    assert composer.for_reader(edition, delivery, delivery.subscriber) == "no stories"


def test_who_signs_up_pauses_leaves_or_moves_meanwhile_is_heeded(clock):
    subscriber("moves@x.example")
    subscriber("pauses@x.example")
    subscriber("leaves@x.example")
    make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    digests.keep_editions()
    edition = the_edition()
    Subscriber.objects.filter(email="moves@x.example").update(time_zone="America/New_York")
    Subscriber.objects.filter(email="pauses@x.example").update(paused_until=TODAY + DAY)
    people.leave(Subscriber.objects.get(email="leaves@x.example"))
    new = subscriber("new@x.example")
    Subscription.objects.filter(subscriber=new).update(changed_at=MONDAY)
    late = subscriber("late@x.example", digest_hour=5)
    Subscription.objects.filter(subscriber=late).update(changed_at=MONDAY)
    digests.keep_editions()
    assert due("moves@x.example", edition=edition) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert not late.deliveries.filter(edition=edition).exists()  # her five o'clock was before she signed up
    clock(MONDAY + timedelta(hours=1))
    work()
    assert [letter["To"] for letter in mailed()] == ["new@x.example"]
    clock(MONDAY + timedelta(hours=6))
    work()
    assert sorted(letter["To"] for letter in mailed()) == ["moves@x.example", "new@x.example"]
    assert outcomes(edition) == {"sent": 2, "skipped": 2}
    edition.refresh_from_db()
    assert edition.state == "sending"  # somebody may still join, further west
    clock(edition.open_until + timedelta(minutes=1))
    work()
    edition.refresh_from_db()
    assert (edition.state, edition.audience, edition.sent, edition.skipped) == ("done", 4, 2, 2)
    assert ledger.account(edition).balances


def test_twelve_hours_late_is_too_late(clock):
    subscriber("ada@x.example")
    make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    digests.keep_editions()
    clock(MONDAY + timedelta(hours=13, minutes=1))
    work()
    delivery = Delivery.objects.get(edition=the_edition())
    assert (delivery.state, delivery.reason, mailed()) == ("skipped", "stale", [])


def test_very_many_long_stories_stay_below_what_mailboxes_show(clock):
    make.site(further_languages=["ar"])
    subscriber("ada@x.example", language="ar")
    for number in range(14):
        make.story(
            f"خبر {number} " + "كلمة " * 35, standfirst="وصف طويل " * 450, language="ar",
            at=MONDAY - timedelta(minutes=number),
        )  # fmt: skip
    at_seven(clock)
    html = part(mailed()[0], "html")
    assert len(html.encode()) < 102_000
    assert '<html lang="ar" dir="rtl">' in html
    assert "خبر 0 " in html and "خبر 11 " not in html


def test_no_edition_is_made_where_nobody_wants_one(clock):
    reader("instant@x.example")
    subscriber("french@x.example", language="fr", cadence="weekly", digest_weekday=4)
    digests.keep_editions()
    assert not Edition.objects.exists()


def test_addressing_and_composing_cost_as_many_queries_for_thirty_readers_as_for_one(clock):
    def cost(day: int, stories: int) -> list[int]:
        for number in range(stories):
            make.story(f"Story {day}-{number}", at=MONDAY + DAY * day - timedelta(minutes=number + 1))
        clock(MONDAY + DAY * day)
        with CaptureQueriesContext(connection) as addressing:
            digests.keep_editions()
        clock(MONDAY + DAY * day + timedelta(hours=1))
        edition = the_edition(TODAY + DAY * day)
        batch = ledger.claim(edition, worker="w", limit=50)
        composer = digests.Digests()
        with CaptureQueriesContext(connection) as composing:
            composer.expect(edition, batch)
        with CaptureQueriesContext(connection) as first:
            composer.for_reader(edition, batch[0], batch[0].subscriber)
        return [len(addressing), len(composing), len(first)]

    subscriber("one@x.example")
    cost(0, 1)
    one = cost(7, 1)
    people = Subscriber.objects.bulk_create(
        Subscriber(email=f"r{n}@x.example", email_norm=f"r{n}@x.example", address_hash=f"{n}", state="active")
        for n in range(29)
    )
    topic = topic_of()
    Subscription.objects.bulk_create(
        Subscription(subscriber=each, topic=topic, state="active", cadence="daily", changed_at=MONDAY)
        for each in people
    )
    many = cost(14, 3)
    assert many == one
    assert one[1] <= 8 and one[2] <= 8


def test_a_worker_that_dies_between_choosing_and_sending_loses_and_doubles_nothing(clock, editor):
    subscriber("ada@x.example")
    story = make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    digests.keep_editions()
    edition = the_edition()
    seven = MONDAY + timedelta(hours=1)
    clock(seven)
    (delivery,) = ledger.claim(edition, worker="dead", limit=1)
    digests.Digests().expect(edition, [delivery])  # chosen and written down, then the worker is gone
    clock(seven + ledger.LEASE * 2)
    work()
    assert [letter["Subject"] for letter in mailed()] == ["Mayor resigns"]

    clock(MONDAY + DAY)
    make.story("Bridge opens", at=MONDAY + DAY - timedelta(hours=2))
    digests.keep_editions()
    tomorrow = the_edition(TODAY + DAY)
    clock(seven + DAY)
    (delivery,) = ledger.claim(tomorrow, worker="dead", limit=1)
    digests.Digests().expect(tomorrow, [delivery])
    assert exchanging.exchange([], [delivery.pk], worker="dead")  # it was going out
    clock(seven + DAY + ledger.LEASE * 2)
    work()
    delivery.refresh_from_db()
    assert delivery.state == "uncertain" and len(mailed()) == 1
    desk.send_again(delivery, actor=editor)
    work()
    assert [letter["Subject"] for letter in mailed()] == ["Mayor resigns", "Bridge opens"]
    assert str(story.pk) not in Delivery.objects.get(pk=delivery.pk).stories.split()


def test_the_desk_looks_at_the_general_edition_and_readers_find_it_on_the_site(clock, editor, signed_in, client):
    subscriber("ada@x.example", topic_of(make.section("Sport")))
    story = make.story("Mayor resigns", at=MONDAY - timedelta(hours=2))
    digests.keep_editions()
    edition = the_edition()
    Newsletter.objects.update(is_public=True)
    desk_page = signed_in(editor).get(f"/admin/subscriptions/edition/{edition.pk}/letter/")
    assert "Mayor resigns" in desk_page.content.decode()
    clock(MONDAY + timedelta(hours=1, minutes=10))
    digests.keep_editions()
    assert list(edition.story_rows.values_list("article_number", flat=True)) == [story.pk]
    assert str(edition.edition_key) not in client.get("/letters/").content.decode()
    work()
    digests.keep_editions()
    clock(edition.open_until)
    work()
    address = f"/letters/daily/{edition.edition_key}/"
    assert address in client.get("/letters/").content.decode()
    assert "Mayor resigns" in client.get(address).content.decode()
