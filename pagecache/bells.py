"""The bell between hosts: says that there are new rows, nothing more. Rung too often or never, it does no harm.

PostgreSQL's own NOTIFY is used where it is the database, Redis where REDIS_URL names one; without either the rows are
looked at every second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)
CHANNEL = "newsroom_purges"
EVERY = 1.0  # seconds between two looks


def ring() -> None:
    """Wakes the followers of other hosts. A bell that is broken is logged: they look every second anyway."""
    if settings.REDIS_URL:
        import redis  # noqa: PLC0415  # only where it is wanted

        try:
            with closing(
                redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
            ) as server:
                server.publish(CHANNEL, "")
        except redis.RedisError:
            log.warning("Redis does not answer; other hosts purge within a second")
    elif connection.vendor == "postgresql":
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


@contextmanager
def listening() -> Iterator[Callable[[], object]]:
    """Gives a function that waits for the bell, at most `EVERY` seconds.

    Both raise ``ConnectionError`` when the bell is away.
    """
    if settings.REDIS_URL:
        import redis  # noqa: PLC0415  # only where it is wanted

        try:
            with closing(redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)) as server:
                channel = server.pubsub(ignore_subscribe_messages=True)
                channel.subscribe(CHANNEL)
                yield lambda: channel.get_message(timeout=EVERY)
                channel.close()
        except redis.RedisError as error:
            raise ConnectionError("Redis does not answer") from error
    elif connection.vendor == "postgresql":
        import psycopg  # noqa: PLC0415  # a connection of its own: it waits all the time

        try:
            with psycopg.connect(**connection.get_connection_params(), autocommit=True) as waiting:
                waiting.execute(f"LISTEN {CHANNEL}")
                yield lambda: list(waiting.notifies(timeout=EVERY, stop_after=1))
        except psycopg.Error as error:
            raise ConnectionError("PostgreSQL does not answer") from error
    else:  # one host alone: the verbs purge by themselves, and what they left over can wait
        yield lambda: time.sleep(EVERY)
