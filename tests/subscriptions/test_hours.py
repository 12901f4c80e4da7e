"""The reader's own clock, where clocks skip an hour, repeat one, or lie half a day away; in Python and in SQL alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from subscriptions import hours
from subscriptions.models.people import Subscriber

ZONES = ("UTC", "Europe/Lisbon", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
QUIET = ((22, 7), (0, 6), (23, 0), (1, 2), (12, 13))


def readers(**values: object) -> None:
    """One reader for each zone and each of the quiet hours."""
    Subscriber.objects.bulk_create(
        Subscriber(
            email_norm=f"{zone}{start}", time_zone=zone, quiet_from=start, quiet_until=end, state="active", **values
        )
        for zone in ZONES
        for start, end in QUIET
    )


@pytest.mark.parametrize(
    ("day", "hour", "zone", "expected"),
    [
        (date(2026, 11, 23), 7, "Europe/Lisbon", "07:00"),
        (date(2026, 3, 29), 1, "Europe/Lisbon", "01:00"),  # skipped: clocks show 02:00, which is 01:00 UTC
        (date(2026, 3, 29), 2, "Europe/Lisbon", "01:00"),
        (date(2026, 10, 25), 1, "Europe/Lisbon", "00:00"),  # twice: the first time, still in summer
        (date(2026, 10, 25), 2, "Europe/Lisbon", "02:00"),
        (date(2026, 11, 23), 7, "Asia/Kathmandu", "01:15"),
        (date(2026, 4, 5), 2, "Australia/Lord_Howe", "15:30"),  # half an hour is shown twice; two o'clock is not
    ],
)
def test_a_letter_comes_at_the_hour_that_the_readers_clock_shows(day, hour, zone, expected):
    assert f"{hours.moment(day, hour, zone):%H:%M}" == expected


def test_a_day_that_clocks_skip_altogether_gives_the_first_minute_after_it():
    # Samoa went over the date line: there was no 30 December 2011.
    assert hours.moment(date(2011, 12, 30), 7, "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2026, 6, 30, 12, 0, tzinfo=UTC),
    ],
)
def test_the_database_knows_who_sleeps_and_until_when_as_python_does(now):
    readers()
    asleep = set(Subscriber.objects.filter(hours.quiet(now)).values_list("pk", flat=True))
    due = dict(Subscriber.objects.annotate(due=hours.due_at(now)).values_list("pk", "due"))
    for reader in Subscriber.objects.all():
        assert hours.is_quiet(reader, now) == (reader.pk in asleep)
        assert due[reader.pk] == hours.wakes_at(reader, now)


@pytest.mark.django_db
def test_the_question_when_a_letter_may_come_does_not_grow_with_hours_times_zones():
    zones = sorted(zone for zone in available_timezones() if "/" in zone)[::10]
    Subscriber.objects.bulk_create(
        Subscriber(email_norm=f"{zone}{hour}", time_zone=zone, quiet_from=(hour + 14) % 24, quiet_until=hour)
        for zone in zones
        for hour in range(24)
    )
    asked = Subscriber.objects.values_list(hours.due_at(datetime(2026, 11, 23, 10, tzinfo=UTC)))
    _sql, params = asked.query.sql_with_params()
    assert len(params) < 3 * 24 * len(zones)


@pytest.mark.django_db
def test_quiet_hours_end_and_the_minute_before_is_quiet():
    readers()
    for reader in Subscriber.objects.all():
        for step in range(0, 72, 5):
            now = datetime(2026, 10, 24, tzinfo=UTC) + timedelta(hours=step, minutes=17)
            end = hours.wakes_at(reader, now)
            assert not hours.is_quiet(reader, end)
            if end != now:
                assert hours.is_quiet(reader, end - timedelta(minutes=1))
                assert end.astimezone(ZoneInfo(reader.time_zone)).hour == reader.quiet_until


@pytest.mark.django_db
def test_a_pause_ends_with_the_readers_own_day():
    now = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # the 24th in Kiritimati, the 22nd in Pago Pago
    readers(paused_until=date(2026, 11, 24))
    paused = set(Subscriber.objects.filter(hours.paused(now)).values_list("time_zone", flat=True))
    assert paused == set(ZONES) - {"Pacific/Kiritimati"}
    assert {each.time_zone for each in Subscriber.objects.all() if hours.is_paused(each, now)} == paused
    Subscriber.objects.update(paused_until=date(2026, 11, 23))
    assert set(Subscriber.objects.filter(hours.paused(now)).values_list("time_zone", flat=True)) == {
        "Pacific/Pago_Pago"
    }


@pytest.mark.django_db
def test_without_quiet_hours_and_pauses_nobody_waits(django_assert_num_queries):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    reader = Subscriber.objects.create(email_norm="a@x.example")
    with django_assert_num_queries(3):
        may = Subscriber.objects.exclude(hours.quiet(now)).exclude(hours.paused(now))
        assert list(may) == [reader]
    assert Subscriber.objects.annotate(due=hours.due_at(now)).get().due == now
    assert not hours.is_quiet(reader, now) and not hours.is_paused(reader, now)


def test_zones_are_offered_by_part_of_the_world_and_the_readers_own_among_them():
    offered = dict(hours.zone_choices(besides="Etc/GMT+3"))
    assert ("Africa/Sao_Tome", "Sao Tome") in offered["Africa"]
    assert ("America/Argentina/Ushuaia", "Argentina – Ushuaia") in offered["The Americas"]
    assert offered["UTC"] == [("Etc/GMT+3", "Etc/GMT+3"), ("UTC", "UTC")]
    assert not any(
        name.startswith(("Etc/", "SystemV", "US/"))
        for region, of in offered.items()
        if region != "UTC"
        for name, _ in of
    )
