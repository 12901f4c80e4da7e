"""The keys that seal: one line per key, ``id base64``, the newest last. Old keys stay, so what they sealed still opens.

They lie in ``DATA_DIR/secrets/sealing`` and are made when first needed; the setting ``SEALING_KEYS`` (a list of such
lines) takes their place. Whoever loses them loses all that was sealed.
"""

import base64
import secrets
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from safeguards import keys
from safeguards.problems import KeysFixed

FILE = "sealing"
ID_BYTES = 4
KEY_BYTES = 32


def fresh_line() -> str:
    """A new key under a new id, as a line of the ring."""
    return f"{secrets.token_hex(ID_BYTES)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def ring() -> Mapping[bytes, bytes]:
    """All keys (32 bytes) by their ids (4 bytes), oldest first. Raises ``ImproperlyConfigured`` if a line is no key."""
    if settings.SEALING_KEYS:
        return _parse("\n".join(settings.SEALING_KEYS))
    return _parse(keys.read_or_make(keys.folder(), FILE, make=fresh_line))


def newest() -> tuple[bytes, bytes]:
    """Id and key to seal with."""
    return list(ring().items())[-1]


def add_key() -> None:
    """From now on a new key seals, in every process. Raises `KeysFixed` when the setting holds the keys."""
    if settings.SEALING_KEYS:
        raise KeysFixed
    folder = keys.folder()
    with keys.locked(folder):
        lines = keys.read_or_make(folder, FILE, make=fresh_line)
        keys.replace(folder, FILE, f"{lines}\n{fresh_line()}\n")


@lru_cache(maxsize=4)
def _parse(lines: str) -> Mapping[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for number, line in enumerate(lines.splitlines() or [""], start=1):
        try:
            key_id, key = line.split()
            pair = bytes.fromhex(key_id), base64.b64decode(key, validate=True)
        except ValueError:
            pair = b"", b""
        if (len(pair[0]), len(pair[1])) != (ID_BYTES, KEY_BYTES) or pair[0] in found:
            # says where, not what: the line may be most of a key
            raise ImproperlyConfigured(_("Line %(number)d of the sealing keys is not a key.") % {"number": number})
        found[pair[0]] = pair[1]
    return found
