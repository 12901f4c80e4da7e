"""Secret keys that live in files: made once, readable by their owner only."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from safeguards.whole_files import settle


def folder() -> Path:
    """Where the installation keeps its secrets: ``DATA_DIR/secrets``."""
    return Path(settings.DATA_DIR) / "secrets"


def fresh() -> str:
    """50 random bytes as URL-safe text."""
    return secrets.token_urlsafe(50)


def read_or_make(folder: Path, name: str, make: Callable[[], str] = fresh) -> str:
    """The key kept in ``folder/name``; the first caller makes it, by `make`.

    Safe when several processes ask at once: the file appears whole or not at all, and all get the same key.
    Folder mode 0700, file mode 0600. Raises ``OSError`` when the folder cannot be written.
    """
    path = folder / name
    if not path.exists():
        draft = _draft(folder, name, make())
        try:
            path.hardlink_to(draft)  # fails when another process was first: its key stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        settle(folder)
    return path.read_text(encoding="ascii").strip()


def replace(folder: Path, name: str, text: str) -> None:
    """Puts `text` in the place of what ``folder/name`` held; readers see the old or the new file, whole.

    To change what is there, read and replace within `locked`.
    """
    _draft(folder, name, text).replace(folder / name)
    settle(folder)


@contextmanager
def locked(folder: Path, waits: Callable[[], object] = lambda: None) -> Iterator[None]:
    """One process, one thread at a time: the others wait here, and call `waits` first. Readers need no lock."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _draft(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
