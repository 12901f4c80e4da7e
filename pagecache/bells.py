"""The bell between hosts: says that there are new rows, nothing more. Rung too often or never, it does no harm.

PostgreSQL's own NOTIFY is used where it is the database, Redis where REDIS_URL names one; without either the rows are
looked at every second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)
CHANNEL = "newsroom_purges"
EVERY = 1.0  # seconds between two looks


def ring() -> None:
    """Wakes the followers of other hosts. A bell that is broken is logged: they look every second anyway."""
    if settings.REDIS_URL:
        import redis  # noqa: PLC0415  # an extra

        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).publish(CHANNEL, "")
        except redis.RedisError:
            log.warning("Redis does not answer; other hosts purge within a second")
    elif connection.vendor == "postgresql":
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


def listener() -> Callable[[], object]:
    """A function that waits for the bell, at most `EVERY` seconds. Raises what its connection raises when that dies."""
    if settings.REDIS_URL:
        return _redis_listener()
    if connection.vendor == "postgresql":
        return _postgresql_listener()
    return _nobody


def _nobody() -> None:
    """One host alone: the verbs purge by themselves, and what they left over can wait."""
    import time  # noqa: PLC0415

    time.sleep(EVERY)


def _redis_listener() -> Callable[[], object]:
    import redis  # noqa: PLC0415  # an extra

    channel = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2).pubsub(ignore_subscribe_messages=True)
    channel.subscribe(CHANNEL)
    return lambda: channel.get_message(timeout=EVERY)


def _postgresql_listener() -> Callable[[], object]:
    import psycopg  # noqa: PLC0415  # a connection of its own: it waits all the time

    parameters: dict[str, Any] = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if parameters.get(name)}
    waiting = psycopg.connect(**wanted, autocommit=True)
    waiting.execute(f"LISTEN {CHANNEL}")
    return lambda: list(waiting.notifies(timeout=EVERY, stop_after=1))
