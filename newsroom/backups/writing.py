"""Makes a backup while the newsroom runs, checks it, and clears away old ones."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from articles.models.desk import Article
from articles.models.published import PublishedArticle
from newsroom.backups import container, database, standing
from newsroom.backups.container import KEY_FILE, MANIFEST, SUFFIX, BadBackup

# What of DATA_DIR is the newsroom; the rest can be made anew.
FOLDERS = ("secrets", "private", "media")
_LEFT_OUT = ("private/rendition-locks", "private/audience", "private/drafts", "secrets/daily", f"secrets/{KEY_FILE}")
_FORMAT = "%Y%m%dT%H%M%SZ"
KEEP_DAYS, KEEP_WEEKS, KEEP_MONTHS = 7, 4, 6
_COPY = ".backup-"
_DEAD = 3600.0  # seconds for which nobody has written to what a process has left that is gone
_CLOCKS = timedelta(hours=1)  # two hosts may differ; what is made later than that was made by a wrong clock


def folder() -> Path:
    return Path(settings.BACKUP_DIR)


def write() -> Path:
    """A new backup in `folder()`, read again and found whole. Raises `BadBackup`, or ``OSError`` (a full disk).

    First the database at one moment, then the files: what is deleted in between is missing in the copy as it is in the
    newsroom, what is added belongs to rows that the copy does not have.
    """
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(place)
    at = timezone.now()
    path = place / f"{at.astimezone(UTC):{_FORMAT}}{SUFFIX}"
    with _aside() as near:
        copy = near / database.name()
        database.take(copy)
        with container.Writing(path, _manifest(at)) as writing:
            writing.add(copy, copy.name)
            for file in files():
                writing.add(file, str(file.relative_to(settings.DATA_DIR)))
            writing.finish()
    try:
        verify(path)
    except (BadBackup, OSError):
        path.unlink(missing_ok=True)  # what could not be read again is none
        raise
    return path


def _manifest(at: datetime) -> dict[str, Any]:
    return {
        "made_at": at.isoformat(), "site": settings.SITE_URL, "database": database.name(),
        "migrations": database.migrations(), "stories": Article.objects.count(),
        "published": PublishedArticle.objects.count(), "waiting": standing.waiting(),
    }  # fmt: skip


def files() -> Iterator[Path]:
    """Every file that is the newsroom's and not in the database; of secrets all but the key of backups."""
    root = Path(settings.DATA_DIR)
    backups = folder().resolve()
    for name in FOLDERS:
        for path in sorted((root / name).rglob("*")):
            inside = str(path.relative_to(root))
            if path.is_file() and not inside.startswith(_LEFT_OUT) and not _is_below(path, backups):
                yield path


def _is_below(path: Path, place: Path) -> bool:
    return path.resolve().is_relative_to(place)


def verify(path: Path) -> dict[str, Any]:
    """Reads the whole backup: every sum, and the database. What it says of itself. Raises `BadBackup`."""
    said: dict[str, Any] | None = None
    with _aside() as near:
        copy = None
        for name, _size, body in container.members(path):
            if name == MANIFEST:
                said = json.loads(b"".join(body))
            elif name in {database.SQLITE, database.POSTGRESQL}:
                copy = near / name
                unpack(body, copy)
            else:
                for _piece in body:
                    pass
        if said is None or copy is None:
            raise BadBackup("There is no database in this backup.")
        database.check(copy)
    return said


def unpack(body: Iterable[bytes], target: Path) -> None:
    """Writes a member to `target`, readable by its owner only."""
    with target.open("xb") as file:
        target.chmod(0o600)
        for piece in body:
            file.write(piece)


@contextmanager
def _aside() -> Iterator[Path]:
    """A private folder for the copy of the database, gone at the end.

    In ``DATA_DIR``, where the database itself lies: what is not sealed has no business in `folder`, which may be
    another machine's disk or be copied there. It is locked while it is in use, so that `_sweep` knows it.
    """
    near = Path(tempfile.mkdtemp(prefix=_COPY, dir=settings.DATA_DIR))
    try:
        with (near / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield near
    finally:
        shutil.rmtree(near, ignore_errors=True)


def _sweep(place: Path) -> None:
    """Deletes what a process that was killed has left: copies of the database, and half a backup in `place`."""
    for near in Path(settings.DATA_DIR).glob(f"{_COPY}*"):
        with suppress(OSError):
            if _is_dead(near):
                with (near / ".lock").open("a") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an ``OSError`` while it is in use
                    shutil.rmtree(near, ignore_errors=True)
    for draft in place.glob(f".*{SUFFIX}.part"):
        with suppress(OSError):
            if _is_dead(draft):
                draft.unlink()


def _is_dead(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _DEAD


def known() -> list[tuple[datetime, Path]]:
    """The backups in `folder()` with the time of each, the newest first."""
    found = []
    for path in folder().glob(f"*{SUFFIX}"):
        try:
            at = datetime.strptime(path.name.removesuffix(SUFFIX), _FORMAT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append((at, path))
    return sorted(found, reverse=True)


def newest() -> datetime | None:
    """When the newest backup was made; None: there is none. One of the future is none: a clock was wrong."""
    return next((at for at, _path in _of_the_past()), None)


def _of_the_past() -> list[tuple[datetime, Path]]:
    now = timezone.now()
    return [each for each in known() if each[0] <= now + _CLOCKS]


def rotate() -> list[Path]:
    """Deletes what is older than it need be: the newest of each of seven days, four weeks and six months stays.

    What a wrong clock has dated ahead stays too, and pushes nothing out.
    """
    kept: set[Path] = set()
    found = _of_the_past()
    rules = (("%Y-%m-%d", KEEP_DAYS), ("%G-%V", KEEP_WEEKS), ("%Y-%m", KEEP_MONTHS))
    for form, most in rules:
        last: dict[str, Path] = {}
        for at, path in found:
            last.setdefault(at.strftime(form), path)
        kept |= {*list(last.values())[:most]}
    gone = [path for _at, path in found if path not in kept]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
