"""Where lists of readers lie until they are imported: sealed, under random names, in ``DATA_DIR/private/audience``."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from safeguards import sealing

_DAY = 24 * 3600


def folder() -> Path:
    return Path(settings.DATA_DIR) / "private" / "audience"


def keep(pieces: Iterable[bytes]) -> str:
    """Seals a list into a file; its name. Nothing is left of it when that fails."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    place = folder() / name
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sealing.seal_stream(pieces, file, context=_context(name))
    except BaseException:
        place.unlink()
        raise
    return name


def read(name: str) -> Iterator[bytes]:
    """The list in pieces. Raises ``OSError`` or `safeguards.problems.Unsealable`."""
    with (folder() / name).open("rb") as file:
        yield from sealing.unseal_stream(file, context=_context(name))


def remove(name: str) -> None:
    (folder() / name).unlink(missing_ok=True)


def sweep(keep_these: set[str]) -> int:
    """Removes what no row names any more, a day after it came; how many files."""
    old = [
        file
        for file in (folder().iterdir() if folder().exists() else ())
        if file.name not in keep_these and file.stat().st_mtime < time.time() - _DAY
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _context(name: str) -> str:
    return f"audience {name}"
