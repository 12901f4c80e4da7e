"""Pictures that we draw ourselves (cards, icons) as files: drawn by whoever asks first, then kept under their name."""

import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings


def kept(name: str, draw: Callable[[], bytes]) -> Path:
    """The file of that name, drawn now if there is none. It is never seen half-written."""
    place = folder() / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f".{secrets.token_hex(8)}")
        try:
            aside.write_bytes(draw())
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
    return place


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "drawn"
