"""The signed links in letters: who holds one may do one thing for one reader, and nobody can make one up.

48 bytes, as 64 letters of base64url: version, purpose, subscriber, edition, minute of issue, and 18 bytes of an HMAC
over them under the site's secret key and the reader's own `link_key`. The length never varies, so that letters can be
written around a placeholder.
"""

import base64
import binascii
import hmac
import struct
import uuid
from collections.abc import Iterable
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from subscriptions.models.people import Subscriber

LENGTH = 64
CONFIRM_WITHIN = timedelta(hours=72)
_VERSION = 1
_FORMAT = struct.Struct(">BB16sQI")
_MAC = 18


class Purpose(IntEnum):
    """What a link is for; none serves for another."""

    CONFIRM = 1
    MANAGE = 2
    LEAVE = 3
    ADDRESS = 4


_EXPIRE = {Purpose.CONFIRM, Purpose.ADDRESS}


class Link(NamedTuple):
    """A genuine link: the reader, and the number of the edition it came with (0: none).

    Of an `ADDRESS` it is the number of the `AddressChange`.
    """

    subscriber: Subscriber
    edition: int


def make(purpose: Purpose, subscriber: Subscriber, *, edition: int = 0) -> str:
    """A token of `LENGTH` characters, safe in an address. Only those that confirm something expire."""
    minute = int(timezone.now().timestamp() // 60) if purpose in _EXPIRE else 0
    body = _FORMAT.pack(_VERSION, purpose, subscriber.pk.bytes, edition, minute)
    return _sealed(body, _key(settings.SECRET_KEY, subscriber)).decode("ascii")


def of_letter(subscriber: Subscriber, *, edition: int) -> tuple[bytes, bytes]:
    """The two links in a letter, to leave and to manage, as `make` makes them; there are very many of them."""
    key, reader = _key(settings.SECRET_KEY, subscriber), subscriber.pk.bytes
    leave = _FORMAT.pack(_VERSION, Purpose.LEAVE, reader, edition, 0)
    return _sealed(leave, key), _sealed(_FORMAT.pack(_VERSION, Purpose.MANAGE, reader, 0, 0), key)


def read(token: str, purpose: Purpose) -> Link | None:
    """What the link says; None for whatever was forged, made for another purpose, revoked, or is too old."""
    link, minute = _genuine(token, purpose)
    return None if _is_too_old(purpose, minute) else link


def reader_of_old(token: str, purpose: Purpose) -> Subscriber | None:
    """Whose link it was, if it is too old and nothing else is wrong with it: for saying so, and for nothing more."""
    link, minute = _genuine(token, purpose)
    return link.subscriber if link and _is_too_old(purpose, minute) else None


def _genuine(token: str, purpose: Purpose) -> tuple[Link | None, int]:
    """What the link says, however old it is, and the minute of its issue."""
    parts = taken_apart(token, _FORMAT.size, _MAC)
    if not parts:
        return None, 0
    body, mac = parts
    version, made_for, reader, edition, minute = _FORMAT.unpack(body)
    subscriber = Subscriber.objects.filter(pk=uuid.UUID(bytes=reader)).first()
    if (version, made_for) != (_VERSION, purpose) or subscriber is None:
        return None, 0
    if not _is_ours(mac, body, subscriber, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        return None, 0
    return Link(subscriber, edition), minute


def _is_too_old(purpose: Purpose, minute: int) -> bool:
    return purpose in _EXPIRE and timezone.now().timestamp() - minute * 60 > CONFIRM_WITHIN.total_seconds()


def taken_apart(token: str, body: int, mac: int) -> tuple[bytes, bytes] | None:
    """What a token of base64url says and its seal, of so many bytes each; None if it has another length or letters."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return (raw[:body], raw[body:]) if len(raw) == body + mac else None


def _key(secret: str, subscriber: Subscriber) -> bytes:
    return hmac.digest(secret.encode(), b"subscriptions.links" + subscriber.link_key.encode(), "sha256")


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC]


def _sealed(body: bytes, key: bytes) -> bytes:
    return base64.urlsafe_b64encode(body + _mac(key, body))


def _is_ours(mac: bytes, body: bytes, subscriber: Subscriber, secrets: Iterable[str]) -> bool:
    return any(hmac.compare_digest(mac, _mac(_key(secret, subscriber), body)) for secret in secrets)
