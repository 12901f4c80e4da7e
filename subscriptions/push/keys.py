"""The newsroom's own key for push services (VAPID, RFC 8292): with it they know that a notice comes from this paper."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from time import time
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from safeguards import keys
from subscriptions import mime

FILE = "push"
# RFC 8292, 2: at most 24 hours; half of that leaves room for clocks that go wrong.
GOOD_FOR = 12 * 3600
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def public() -> str:
    """The public key as browsers take it (``applicationServerKey``): an uncompressed point in base64url."""
    point = _vapid(_private()).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return to_text(point)


def authorization(endpoint: str) -> str:
    """The header that goes with a notice to that endpoint: good for its service alone, for `GOOD_FOR` seconds."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time()) + GOOD_FOR,
        "sub": f"mailto:{mime.sender()}",
    }
    return str(_vapid(_private()).sign(claims)["Authorization"])


def to_text(data: bytes) -> str:
    """Base64url without its filling, as all of web push writes bytes."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def to_bytes(text: str) -> bytes:
    """What `to_text` wrote, filled up or not. Raises ``ValueError`` for anything else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private() -> str:
    return settings.PUSH_KEY or keys.read_or_make(keys.folder(), FILE, _make)


def _make() -> str:
    return to_text((secrets.randbelow(_ORDER - 1) + 1).to_bytes(32))


@lru_cache(maxsize=2)
def _vapid(private: str) -> Vapid02:
    return Vapid02.from_raw(private.encode())
