"""Where files lie: in folders of this machine or, where ``S3_ENDPOINT`` is set, as objects of an S3-compatible store.

Four stores, by the names in ``STORAGES``, and a name in any of them is the path below the folder named here:

- ``default`` (``MEDIA_ROOT``): what readers may get. Renditions, films, portraits, fonts, what we draw.
- ``private`` (``DATA_DIR/private``): originals of pictures and films, and lists of readers, sealed.
- ``reports`` (``DATA_DIR/private/reports``): witnesses' files, sealed.
- ``imports`` (``DATA_DIR/imports``): exports of other systems, until they are brought in.

A file is written beside first and is then put in its place whole (`writing`); nothing half-written is ever seen.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, storages
from django.utils.translation import gettext_lazy as _

from safeguards.whole_files import settle

NAMES = ("default", "private", "reports", "imports")
AWAY = _("The store of files does not answer just now. Nothing is lost: try again in a minute.")
LEFT_ALONE = timedelta(days=1)  # a file this young may still be being written


class StoreAway(OSError):
    """The store of objects does not answer, or refuses us. ``str()`` is the technical cause, in English, for logs."""


class Entry(NamedTuple):
    """A file of a store: its name there, and when it was last written (seconds since 1970)."""

    name: str
    written_at: float


class Store(Protocol):
    """What both kinds can do. Any of it may raise ``FileNotFoundError`` for what is not there, and `StoreAway`.

    ``delete`` is content when there is nothing to delete.
    """

    is_remote: bool

    def delete(self, name: str) -> None: ...

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """In bytes."""
        ...

    def present(self, names: Collection[str]) -> set[str]:
        """Those of the names that there are."""
        ...

    def files(self, below: str = "") -> Iterator[Entry]:
        """All files below that folder, unfinished ones among them, in no order."""
        ...

    def beginning(self, words: str) -> list[str]:
        """The names of all files that begin so, in one folder."""
        ...

    def opened(self, name: str) -> BinaryIO:
        """For whoever reads here and there in it: a file, or all of its bytes in memory."""
        ...

    def stream(self, name: str, *, is_whole: bool = True) -> BinaryIO:
        """For whoever reads on: comes as it is read. Not `is_whole`: nothing is asked for before the first read."""
        ...

    def nearby(self, name: str, *, meanwhile: Callable[[], object] = lambda: None) -> AbstractContextManager[Path]:
        """As a file of this machine, for programs that want one; a copy is gone at the end. It must not be changed.

        `meanwhile` is called again and again while it is copied; what it raises ends that.
        """
        ...

    def draft(self, name: str) -> Path:
        """Where to write what shall be put in the place of that name."""
        ...

    def take(self, draft: Path, name: str) -> None:
        """Puts what was written there in its place, whole or not at all. The draft is gone then."""
        ...

    def is_open(self) -> bool:
        """Whether strangers could read what lies here, without us. Raises `StoreAway`."""
        ...

    def standing(self) -> str:
        """Why it cannot be used just now, in English; "" when it can. Takes a few seconds at most."""
        ...


def public() -> Store:
    return named("default")


def private() -> Store:
    return named("private")


def reports() -> Store:
    return named("reports")


def imports() -> Store:
    return named("imports")


def named(name: str) -> Store:
    """One of `NAMES`."""
    return cast(Store, storages[name])


def standing() -> str:
    """Why a store cannot be used just now, with its name; "" when all can."""
    return "; ".join(f"{name}: {wrong}" for name in NAMES if (wrong := named(name).standing()))


@contextmanager
def writing(store: Store, name: str) -> Iterator[Path]:
    """A draft to be written; in its place, whole, when the block ends well. Else there is nothing of it."""
    draft = store.draft(name)
    try:
        yield draft
        store.take(draft, name)
    finally:
        draft.unlink(missing_ok=True)


def drafts() -> Path:
    """The folder of this machine where files lie on their way to a store of objects."""
    return Path(settings.DATA_DIR) / "private" / "drafts"


def sweep_drafts() -> int:
    """What sudden deaths have left in `drafts`, a day later; how many files."""
    before, gone = time.time() - LEFT_ALONE.total_seconds(), 0
    for draft in drafts().glob("*"):
        if written_at(draft) < before:
            draft.unlink(missing_ok=True)
            gone += 1
    return gone


def written_at(place: Path) -> float:
    """When the file was last written; infinity for one that is gone meanwhile, so that nobody takes it for old."""
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


class Folder(FileSystemStorage):
    """``MEDIA_ROOT``."""

    is_remote = False
    folder_mode = 0o777  # less what the umask takes

    def present(self, names: Collection[str]) -> set[str]:
        return {name for name in names if self.exists(name)}

    def files(self, below: str = "") -> Iterator[Entry]:
        root = Path(self.location)
        for folder, _folders, names in os.walk(root / below):
            for name in names:
                place = Path(folder, name)
                if (at := written_at(place)) != float("inf"):
                    yield Entry(place.relative_to(root).as_posix(), at)

    def beginning(self, words: str) -> list[str]:
        folder, _slash, start = words.rpartition("/")
        return [f"{folder}/{place.name}" for place in Path(self.path(folder)).glob(f"{start}*")]

    def opened(self, name: str) -> BinaryIO:
        return Path(self.path(name)).open("rb")

    def stream(self, name: str, *, is_whole: bool = True) -> BinaryIO:
        return self.opened(name)

    @contextmanager
    def nearby(self, name: str, *, meanwhile: Callable[[], object] = lambda: None) -> Iterator[Path]:
        yield Path(self.path(name))

    def draft(self, name: str) -> Path:
        place = Path(self.path(name))
        place.parent.mkdir(mode=self.folder_mode, parents=True, exist_ok=True)
        return place.with_name(f".{secrets.token_hex(8)}")

    def take(self, draft: Path, name: str) -> None:
        place = Path(self.path(name))
        place.parent.mkdir(mode=self.folder_mode, parents=True, exist_ok=True)
        draft.replace(place)

    def is_open(self) -> bool:
        return False

    def standing(self) -> str:
        return ""

    def _save(self, name: str, content: File) -> str:
        # Django's own writes to the place itself, and leaves half a file there on a full disk.
        with writing(self, name) as draft:
            with draft.open("wb") as file:
                file.writelines(content.chunks())
            draft.chmod(self.file_permissions_mode or 0o600)
        return name


class PrivateFolder(Folder):
    """A folder in ``DATA_DIR``, readable by us alone."""

    folder_mode = 0o700

    def __init__(self, folder: str) -> None:
        super().__init__(file_permissions_mode=0o600)
        self._folder = folder

    def take(self, draft: Path, name: str) -> None:
        super().take(draft, name)
        settle(Path(self.path(name)).parent)

    @property
    def base_location(self) -> str:  # read each time, as MEDIA_ROOT is
        return str(Path(settings.DATA_DIR) / self._folder)

    @property
    def location(self) -> str:
        return self.base_location
