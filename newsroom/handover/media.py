"""The files that rows name: originals of pictures and films, portraits, logos, fonts; not what is made of them.

In an export they lie in ``media/pictures``, ``media/videos`` and ``media/site`` under the names that the rows hold,
originals with their format behind (``media/pictures/5f0c….jpeg``). ``media.jsonl`` has a line for each of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from django.db import models

from images import originals, video_files
from images.models import Picture, Video
from newsroom.handover import witnesses
from newsroom.handover.lines import CHUNK
from newsroom.handover.table import Kind
from safeguards import stores
from safeguards.stores import Store

FOLDER, LIST = "media", "media.jsonl"
_PIECE = 1024 * 1024
_ORIGINAL = re.compile(r"(pictures|videos)/([0-9a-zA-Z]{2,64})\.[a-z0-9]{1,8}\Z")
_KEYS: dict[str, Callable[[str], str]] = {"pictures": originals.key_of, "videos": video_files.original_key}


class File(NamedTuple):
    """`path` is where it lies in an export, below ``media/``; `key` what it is called in `store`."""

    path: str
    store: Store
    key: str

    def pieces(self) -> Iterator[bytes]:
        """Its bytes. Raises ``FileNotFoundError``."""
        with self.store.stream(self.key) as file:
            yield from read(file)


def read(file: IO[bytes]) -> Iterator[bytes]:
    return iter(partial(file.read, _PIECE), b"")


def paths(kinds: Iterable[Kind]) -> Iterator[str]:
    """Of all files that the rows of these kinds name, in a fixed order; one that two rows name comes twice."""
    for kind in kinds:
        rows = kind.model._base_manager.filter(kind.taken.only).order_by("pk")
        if kind.model in (Picture, Video):
            area = "pictures" if kind.model is Picture else "videos"
            whole = rows.exclude(witnesses.UNSEEN[kind.model])
            for name, form in whole.values_list("original", "form").iterator(chunk_size=CHUNK):
                yield f"{area}/{name}.{form.lower()}"
        for field in kind.fields:
            if isinstance(field, models.FileField):
                named = rows.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                yield from (f"site/{name}" for name in named.iterator(chunk_size=CHUNK))


def at(path: str) -> File:
    """The file that lies there in an export. Raises ``FileNotFoundError`` for a path where an export has none."""
    if found := _ORIGINAL.match(path):
        return File(path, stores.private(), _KEYS[found[1]](found[2]))
    inside = PurePosixPath(path)
    if inside.parts[:1] == ("site",) and len(inside.parts) > 1 and ".." not in inside.parts and str(inside) == path:
        return File(path, stores.public(), path.removeprefix("site/"))
    raise FileNotFoundError(path)


def copy(pieces: Iterable[bytes], target: Path, *, mode: int = 0o600) -> tuple[int, str]:
    """Writes a new file; its size and its SHA-256."""
    with target.open("xb") as file:
        target.chmod(mode)
        size, digest = 0, hashlib.sha256()
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def sum_of(pieces: Iterable[bytes]) -> tuple[int, str]:
    """Size and SHA-256."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()
