"""Where originals lie: as they came, under random names, in ``DATA_DIR/private/pictures``; no address leads there."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from images.pixels import PictureRefused

MAX_BYTES = 40 * 1024 * 1024
_PIECE = 1024 * 1024


class Kept(NamedTuple):
    """A file in its place: its name there, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


def place_of(name: str) -> Path:
    return Path(settings.DATA_DIR) / "private" / "pictures" / name[:2] / name


def keep(upload: IO[bytes]) -> Kept:
    """Puts the file in its place. Raises `PictureRefused` when it is larger than 40 MB; then nothing of it is left."""
    return put(iter(partial(upload.read, _PIECE), b""), place_of, refuse=_refuse_unless_it_fits)


def _refuse_unless_it_fits(size: int) -> None:
    if size > MAX_BYTES:
        raise PictureRefused(_("The picture is larger than 40 MB. Save it smaller and try again."))


def put(pieces: Iterable[bytes], place_of: Callable[[str], Path], *, refuse: Callable[[int], None]) -> Kept:
    """Writes a file as it comes, under a random name to the place that `place_of` gives it, readable by us alone.

    `refuse` is asked with the size so far before each piece is written; what it raises ends it, and nothing is left.
    """
    name, size, digest = secrets.token_hex(16), 0, hashlib.sha256()
    place = place_of(name)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = place.with_name(f".{name}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                size += len(piece)
                refuse(size)
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(place)
    finally:
        aside.unlink(missing_ok=True)
    return Kept(name, size, digest.hexdigest())


def remove(name: str) -> None:
    place_of(name).unlink(missing_ok=True)


def opened(name: str) -> BinaryIO:
    """The file for reading. Raises ``FileNotFoundError``."""
    return place_of(name).open("rb")
