"""Limits with a Redis: hosts count together, nothing lies in the database, and one that is away locks nobody out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from safeguards import limits, shared
from safeguards.models import Tally
from tests.newsroom.large import Redis
from tests.run import free_port

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ADDRESS = "203.0.113.5"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("shared") / "redis")
    yield server
    server.kill()


@pytest.fixture
def at_redis(server: Redis, settings: Any) -> Iterator[redis.Redis]:
    settings.REDIS_URL = server.address
    shared._at.cache_clear()
    with redis.Redis.from_url(server.address, decode_responses=True) as known:
        known.flushall()
        yield known
    shared._at.cache_clear()


@pytest.fixture
def host(settings: Any, tmp_path: Path) -> Callable[[str], None]:
    """From then on this process is that host: other files, another memory."""

    def go(name: str) -> None:
        settings.DATA_DIR = tmp_path / name
        shared._at.cache_clear()

    return go


def hit(*, limit: int = 2, per: timedelta = HOUR) -> bool:
    return limits.hit("report", ADDRESS, limit=limit, per=per)


@pytest.mark.redis
def test_hosts_count_together_and_write_nothing_down(at_redis: redis.Redis, host: Callable[[str], None]) -> None:
    host("one")
    assert hit()
    bucket = limits.bucket("sign-in", ADDRESS)
    host("two")
    assert [hit(), hit()] == [True, False]
    assert limits.bucket("sign-in", ADDRESS) == bucket
    assert not Tally.objects.exists()
    kept = {name: at_redis.ttl(name) for name in at_redis.scan_iter()}
    assert all(0 < left <= 24 * 3600 + 60 for left in kept.values())
    assert not [text for text in [*kept, *map(at_redis.get, kept)] if "203.0.113" in text or "report" in text]


@pytest.mark.redis
def test_the_key_and_the_window_end_with_their_time(
    at_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch, clock: Callable[[datetime], None]
) -> None:
    clock(datetime(2031, 5, 4, 23, 59, 50, tzinfo=UTC))
    assert [hit(limit=1), hit(limit=1)] == [True, False]
    old = limits.bucket("report", ADDRESS)
    assert 0 < at_redis.ttl("newsroom:key:2031-05-04") <= 70
    (tally,) = at_redis.keys("newsroom:tally:*")
    assert 0 < at_redis.ttl(tally) <= 11
    clock(datetime(2031, 5, 5, 0, 0, 1, tzinfo=UTC))
    assert hit(limit=1)
    assert limits.bucket("report", ADDRESS) != old


@pytest.mark.redis
def test_a_redis_that_lost_its_memory_begins_the_day_anew(
    at_redis: redis.Redis, host: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "ASKED_EVERY", 0.0)
    assert [hit(limit=1), hit(limit=1)] == [True, False]
    at_redis.flushall()
    assert [hit(limit=1), hit(limit=1)] == [True, False]


def test_without_it_each_host_counts_by_itself_and_it_is_left_alone_for_a_while(
    settings: Any, host: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    host("one")
    assert [hit(), hit(), hit()] == [True, True, False]
    host("two")
    assert hit()
    assert sorted(Tally.objects.values_list("count", flat=True)) == [1, 3]
    assert caplog.text.count("each host counts by itself") == 2
    shared._at.cache_clear()
