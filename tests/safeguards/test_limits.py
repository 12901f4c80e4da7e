"""Limits by neighbourhood: exact under a crowd, forgotten the next day, and no address in the database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory

from safeguards import limits
from safeguards.models import Tally

NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Clock = Callable[[datetime], None]


def hit(address: str, *, name: str = "report", limit: int = 2, per: timedelta = HOUR) -> bool:
    return limits.hit(name, address, limit=limit, per=per)


@pytest.mark.django_db
def test_the_limit_holds_within_a_window_and_ends_with_it(clock: Clock) -> None:
    clock(NOON)
    assert [hit("203.0.113.5") for _ in range(4)] == [True, True, False, False]
    clock(NOON + timedelta(minutes=59, seconds=59))
    assert not hit("203.0.113.5")
    clock(NOON + HOUR)
    assert hit("203.0.113.5")
    assert list(Tally.objects.order_by("window").values_list("window", "count")) == [
        (NOON + HOUR, 5),
        (NOON + 2 * HOUR, 1),
    ]


@pytest.mark.django_db
def test_names_and_neighbourhoods_count_apart(clock: Clock) -> None:
    clock(NOON)
    assert hit("203.0.113.5", limit=1)
    assert hit("203.0.113.5", limit=1, name="receipt")
    assert hit("203.0.114.5", limit=1)
    assert not hit("203.0.113.77", limit=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.5", "203.0.113.255", True),
        ("203.0.113.5", "::ffff:203.0.113.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::1", "0.0.0.1", False),
        ("", "no address", True),
    ],
)
def test_neighbourhoods(clock: Clock, one: str, other: str, same: bool) -> None:
    clock(NOON)
    assert hit(one, limit=1)
    assert hit(other, limit=1) is not same


@pytest.mark.django_db
def test_a_window_longer_than_the_key_lives_is_refused() -> None:
    with pytest.raises(ValueError, match="at most a day"):
        hit("203.0.113.5", per=timedelta(days=2))


@pytest.mark.django_db
def test_the_key_changes_with_the_day_and_the_old_one_is_gone(clock: Clock, own_secrets: Path) -> None:
    clock(NOON)
    hit("203.0.113.5")
    old = (own_secrets / "daily").read_text()
    clock(NOON + timedelta(days=1))
    hit("203.0.113.5")
    new = (own_secrets / "daily").read_text()
    assert (old[:10], new[:10]) == ("2031-05-04", "2031-05-05")
    assert not [path for path in own_secrets.iterdir() if old.split()[1] in path.read_text()]
    assert Tally.objects.values("bucket").distinct().count() == 2
    clock(NOON + timedelta(hours=11))  # a process whose clock still stands before midnight
    hit("203.0.113.5")
    assert (own_secrets / "daily").read_text() == new


@pytest.mark.django_db
def test_the_database_holds_neither_address_nor_key(clock: Clock, own_secrets: Path) -> None:
    clock(NOON)
    hit("203.0.113.5")
    key = (own_secrets / "daily").read_text().split()[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM safeguards_tally")
        stored = repr(cursor.fetchall())
    assert not [part for part in ("203.0.113", "cb0071", "report", key) if part in stored]


@pytest.mark.django_db
def test_forgetting_drops_old_rows_and_yesterdays_key_without_a_visitor(clock: Clock, own_secrets: Path) -> None:
    clock(NOON)
    hit("203.0.113.5", per=timedelta(minutes=1))
    hit("203.0.113.5")
    clock(NOON + timedelta(minutes=5))
    assert limits.forget_old() == 1, "nobody learns from it any more in which minute they were here"
    assert Tally.objects.get().window == NOON + HOUR
    assert not hit("203.0.113.5", limit=1)
    clock(NOON + timedelta(days=3))
    assert limits.forget_old() == 1
    assert (own_secrets / "daily").read_text().startswith("2031-05-07 ")


def together(count: int, work: Callable[[], bool]) -> list[bool]:
    """`work` done by so many threads at the same moment."""
    start = threading.Barrier(count)

    def run(_: int) -> bool:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_exactly_as_many_as_allowed(clock: Clock) -> None:
    clock(NOON)
    allowed = sum(together(10, lambda: sum(hit("203.0.113.5", limit=25) for _ in range(5))))
    assert allowed == 25
    assert Tally.objects.get().count == 50


@pytest.mark.django_db(transaction=True)
def test_a_crowd_at_midnight_agrees_on_the_new_key(clock: Clock, own_secrets: Path) -> None:
    own_secrets.mkdir()
    (own_secrets / "daily").write_text("2031-05-03 yesterday")
    clock(NOON)
    assert sum(together(10, lambda: hit("203.0.113.5", limit=1))) == 1
    assert Tally.objects.get().count == 10


@pytest.mark.parametrize(
    ("nearest", "forwarded", "address"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.5", "198.51.100.7"),  # not our proxy: what it says counts for nothing
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "192.0.2.1, 203.0.113.5", "203.0.113.5"),  # the client wrote the first itself
        ("10.0.0.1", "192.0.2.1, 203.0.113.5, 10.0.0.9", "203.0.113.5"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("fd00::1", "203.0.113.5", "203.0.113.5"),
        ("", "203.0.113.5", ""),
    ],
)
def test_only_our_own_proxies_are_believed(settings: Any, nearest: str, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24"), ip_network("fd00::1/128")]
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert limits.client_address(RequestFactory().get("/", REMOTE_ADDR=nearest, **extra)) == address


def test_without_proxies_nobody_is_believed() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert limits.client_address(request) == "127.0.0.1"
