"""Originals: as they came, under random names, in ``pictures`` of the private store; no address leads there."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, TypeVar

from django.utils.translation import gettext_lazy as _

from images.pixels import PictureRefused
from jobs import chores
from safeguards import stores
from safeguards.stores import Store, StoreAway
from safeguards.whole_files import WholeFile

log = logging.getLogger(__name__)
MAX_BYTES = 40 * 1024 * 1024
SWEEP = "images.sweep"  # the chore
_PIECE = 1024 * 1024
Seen = TypeVar("Seen")


class Kept(NamedTuple):
    """A file in its place: its name there, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


def key_of(name: str) -> str:
    """What it is called in the private store."""
    return f"pictures/{name[:2]}/{name}"


def keep(upload: IO[bytes], look: Callable[[Path, Kept], Seen]) -> tuple[Kept, Seen]:
    """Puts the file in its place, after `look` has seen it; what `look` raises ends it. What it gave comes along.

    Raises `PictureRefused` when it is larger than 40 MB or cannot be stored. Whatever is raised, nothing of it is left.
    """
    try:
        return put(iter(partial(upload.read, _PIECE), b""), key_of, refuse=_refuse_unless_it_fits, look=look)
    except StoreAway as away:
        raise PictureRefused(stores.AWAY) from away


def _refuse_unless_it_fits(size: int) -> None:
    if size > MAX_BYTES:
        raise PictureRefused(_("The picture is larger than 40 MB. Save it smaller and try again."))


def put(
    pieces: Iterable[bytes],
    key_of: Callable[[str], str],
    *,
    refuse: Callable[[int], None],
    look: Callable[[Path, Kept], Seen],
) -> tuple[Kept, Seen]:
    """Writes a file as it comes, under a random name to where `key_of` says in the private store.

    `refuse` is asked with the size so far before each piece is written, and `look` gets the whole before it is in its
    place; what they raise ends it, and nothing is left.
    """
    name, size, digest = secrets.token_hex(16), 0, hashlib.sha256()
    with stores.writing(stores.private(), key_of(name)) as draft:
        with WholeFile(draft) as whole:
            for piece in pieces:
                size += len(piece)
                refuse(size)
                digest.update(piece)
                whole.file.write(piece)
        kept = Kept(name, size, digest.hexdigest())
        seen = look(draft, kept)
    return kept, seen


def remove(name: str) -> None:
    discard(stores.private(), [key_of(name)])


def discard(store: Store, names: Collection[str], *, sweep: str = SWEEP) -> None:
    """Takes away what is there. What a store that is away keeps goes with the chore `sweep`, due at once then."""
    try:
        for name in store.present(names) if len(names) > 1 else names:
            store.delete(name)
    except StoreAway as away:
        log.warning("files are to go, and the store is away: %s", away)
        chores.hasten(sweep)


def opened(name: str) -> BinaryIO:
    """The file for reading. Raises ``FileNotFoundError``, or `StoreAway`."""
    return stores.private().opened(key_of(name))
