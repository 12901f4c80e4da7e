"""How often a neighbourhood of the network may do a thing, without keeping anybody's address.

An address counts as its /24 (IPv4) or /64 (IPv6). What is stored is a hash of that under a key that lies in one file
(or in the memory of Redis, for all hosts), never in the database, and is replaced when the day (UTC) is over:
yesterday's rows then belong to nobody. Until then whoever has both could find the neighbourhood by trying all, and of
a row the time; so rows go as soon as their window is over.
"""

import hashlib
import hmac
import ipaddress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from safeguards import keys, shared
from safeguards.models import Tally

FILE = "daily"
DAY = timedelta(days=1)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# One statement, so that of any number of requests at once each sees a count of its own.
_COUNT = """
    INSERT INTO safeguards_tally (bucket, "window", count) VALUES (%s, %s, %s)
    ON CONFLICT (bucket, "window") DO UPDATE SET count = safeguards_tally.count + excluded.count
    RETURNING count
"""


def hit(name: str, address: str, *, limit: int, per: timedelta, times: int = 1) -> bool:
    """Counts `times` doings of `name` from `address`; True while there were at most `limit` in this window.

    Windows are `per` long, at most a day, and start at multiples of it; so a burst around the turn can reach twice the
    limit. What is no address (a Unix socket has none) shares one bucket. Hosts count together where there is a Redis,
    else each by itself. Without one, nothing was counted in a transaction that is rolled back.
    """
    if per > DAY:
        raise ValueError("a window is at most a day long: the key changes then")
    now = timezone.now()
    ends = datetime.fromtimestamp((now.timestamp() // per.total_seconds() + 1) * per.total_seconds(), UTC)
    place = bucket(name, address)
    left = int((ends - now).total_seconds()) + 1
    if (together := shared.count(f"{ends.timestamp():.0f}:{place}", times, seconds=left)) is not None:
        return together <= limit
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [place, connection.ops.adapt_datetimefield_value(ends), times])
        return bool(cursor.fetchone()[0] <= limit)


def bucket(name: str, address: str) -> str:
    """The hash under which a neighbourhood's doings of `name` are counted today; no address comes out of it."""
    now = timezone.now()
    key = (shared.daily_key(now) or _own_key(now)).encode()
    return hmac.digest(key, f"{name}\0{_neighbourhood(address)}".encode(), hashlib.sha256).hex()


def forget_old() -> int:
    """For the worker, every few minutes: drops yesterday's key and the counts of windows that are over; how many."""
    now = timezone.now()
    _own_key(now)
    over = Tally.objects.filter(window__lte=now)
    return over.delete()[0] if over.exists() else 0  # asking takes no writer's turn


def client_address(request: HttpRequest) -> str:
    """The address the request came from: the last hop that is not one of the setting ``TRUSTED_PROXIES``.

    ``X-Forwarded-For`` is read from the right, and only as far as proxies of ours wrote it; whatever a client put there
    itself counts for nothing. An IPv4 address in IPv6 clothes comes back as IPv4. "" when there is no address.
    """
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    nearest = ""
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            break
        nearest = str(address)
        if not any(address in network for network in settings.TRUSTED_PROXIES):
            break
    return nearest


def _own_key(now: datetime) -> str:
    """This host's key of today. Its processes agree on it; the first of the day makes it, and the old one is gone."""
    # A process that is a moment behind midnight takes the new day's key too, and does not put an old one back.
    accepted = (f"{now:%Y-%m-%d} ", f"{now + DAY:%Y-%m-%d} ")
    folder = keys.folder()

    def make() -> str:
        return f"{now:%Y-%m-%d} {keys.fresh()}"

    kept = keys.read_or_make(folder, FILE, make)
    if not kept.startswith(accepted):
        with keys.locked(folder):
            kept = keys.read_or_make(folder, FILE, make)
            if not kept.startswith(accepted):
                kept = make()
                keys.replace(folder, FILE, kept)
    return kept


def _neighbourhood(address: str) -> str:
    found = _address(address)
    if found is None:
        return "unknown"
    return str(ipaddress.ip_network((int(found), 24 if found.version == 4 else 64), strict=False))


def _address(text: str) -> Address | None:
    """IPv4 or IPv6, with or without a port, brackets or a zone."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
