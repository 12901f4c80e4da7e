"""How the database that DATABASE_URL names is spoken to."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connection

# So many may wait for a connection, half the threads of a web process: the others serve finished pages.
MOST_WAITING = 32

# A server that is not reachable at all, or is gone without a goodbye (a machine that lost its current, a line that was
# cut): who waits for it is told soon, instead of after two minutes for the former, a quarter of an hour for the latter.
_SILENT = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds for what was sent and not acknowledged
    "keepalives_idle": 10,  # seconds of an answer that does not come, then whether anybody is there
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


def configured(database: dict[str, Any], *, max_age: int, pool: int) -> dict[str, Any]:
    """Django's settings of that database.

    SQLite: a write-ahead log, so that readers never wait for the desk; immediate transactions, so that two writers
    queue instead of failing half-way. PostgreSQL: a connection for each thread, kept for `max_age` seconds; or a
    pool of at most `pool`, which all threads of the process share (0: none). Raises ``ImproperlyConfigured``.
    """
    if pool < 0:
        raise ImproperlyConfigured(f"DATABASE_POOL={pool}: a process cannot have fewer than no connections.")
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options.update(
            transaction_mode="IMMEDIATE",
            timeout=20,
            # What is deleted is overwritten: see docs/security.md.
            init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
            " PRAGMA secure_delete=ON;",
        )
        return database
    database["CONN_HEALTH_CHECKS"] = True
    for name, value in _SILENT.items():
        options.setdefault(name, value)
    database["CONN_MAX_AGE"] = 0 if pool else max_age  # a pool keeps connections itself
    if pool:
        options["pool"] = {
            "min_size": min(2, pool),
            "max_size": pool,
            "timeout": 3,  # seconds for a connection; who has none by then is told to come again
            "max_waiting": MOST_WAITING,
            # The library would wait for twice as long after each failure, minutes in the end; so it begins anew.
            "reconnect_timeout": 5,
        }
    return database


def give_back() -> None:
    """With a pool, lends this thread's connection to others, unless it is in a transaction: a slow line is waited for.

    The next query takes one again.
    """
    if connection.settings_dict["OPTIONS"].get("pool"):
        close_old_connections()
