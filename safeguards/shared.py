"""What all hosts count together, in Redis where REDIS_URL names one: nothing of it is meant to outlive the day.

Without a Redis, and while it is away, the answer is None: each host then counts by itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from safeguards import keys

if TYPE_CHECKING:
    import redis

T = TypeVar("T")
log = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds that a request waits for Redis
REST = 5.0  # seconds that one which did not answer is left alone
ASKED_EVERY = 10.0  # seconds for which a process goes by the key that it was told


class Shared:
    """One Redis, as this process knows it."""

    def __init__(self, address: str) -> None:
        import redis  # noqa: PLC0415  # only where it is wanted

        self.server = redis.Redis.from_url(
            address, decode_responses=True, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        )
        self.errors: type[Exception] = redis.RedisError
        self.rests_until = 0.0
        self.told: tuple[str, str, float] = ("", "", 0.0)

    def daily_key(self, now: datetime) -> str | None:
        """The key of that day (UTC), made by whoever asks first, gone a minute after midnight."""
        day, (told_of, key, until) = f"{now:%Y-%m-%d}", self.told
        if told_of == day and time.monotonic() < until:
            return key
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        name, left = f"newsroom:key:{day}", int((midnight - now).total_seconds()) + 60

        def agree(server: redis.Redis) -> str | None:
            server.set(name, keys.fresh(), nx=True, ex=left)
            told = server.get(name)
            return told if isinstance(told, str) else None

        found = self._asked(agree)
        if found:
            self.told = (day, found, time.monotonic() + ASKED_EVERY)
        return found

    def count(self, name: str, times: int, *, seconds: int) -> int | None:
        """Adds to the tally of this name, which is forgotten after so many seconds; how many there are now."""

        def add(server: redis.Redis) -> int:
            both = server.pipeline()
            both.incrby(f"newsroom:tally:{name}", times)
            both.expire(f"newsroom:tally:{name}", seconds)
            return int(both.execute()[0])

        return self._asked(add)

    def answers(self) -> bool:
        return bool(self._asked(lambda server: bool(server.ping())))

    def _asked(self, ask: Callable[[redis.Redis], T | None]) -> T | None:
        if time.monotonic() < self.rests_until:
            return None
        try:
            return ask(self.server)
        except self.errors:
            self.rests_until = time.monotonic() + REST
            log.warning("Redis does not answer; each host counts by itself")
            return None


@lru_cache(maxsize=1)
def _at(address: str) -> Shared:
    return Shared(address)


def daily_key(now: datetime) -> str | None:
    return _at(settings.REDIS_URL).daily_key(now) if settings.REDIS_URL else None


def count(name: str, times: int, *, seconds: int) -> int | None:
    return _at(settings.REDIS_URL).count(name, times, seconds=seconds) if settings.REDIS_URL else None


def answers() -> bool | None:
    """Whether it does, just now; None where no Redis is wanted."""
    return _at(settings.REDIS_URL).answers() if settings.REDIS_URL else None
