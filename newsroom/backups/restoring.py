"""Puts a backup into an empty place. What was about to go out stands still: see `standing`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from newsroom.backups import container, database, standing
from newsroom.backups.container import KEY_FILE, MANIFEST, BadBackup
from newsroom.backups.writing import FOLDERS, unpack, verify

NOT_FINISHED = "restore-not-finished"  # in DATA_DIR: what is there could still send what is stale


def refuse_unfinished() -> None:
    """Raises `BadBackup` where a restore was cut off before all was made to stand still."""
    if (Path(settings.DATA_DIR) / NOT_FINISHED).exists():
        raise BadBackup(
            "A restore was cut off here, and what is in the database could go out a second time. Empty the database "
            f"and {settings.DATA_DIR}, and run `manage.py restore` again."
        )


def restore(path: Path, *, asks: Callable[[dict[str, Any]], bool], tells: Callable[[str], None]) -> list[str]:
    """Everything in the backup, into a database without tables and a data folder without files; what was held.

    First the whole file is read and checked; then `asks` gets the manifest and says whether to go on ([] if not).
    Raises `BadBackup`, with nothing changed, for what is no whole backup, is of newer code, or finds something there.
    """
    _refuse_what_is_there()
    tells("Reading the backup through, before anything is written …")
    said = verify(path)
    refuse_newer(said)
    if not asks(said):
        return []
    root = Path(settings.DATA_DIR)
    (root / NOT_FINISHED).touch()
    _make_room(root)
    copy = root / database.name()
    for name, _size, body in container.members(path):
        if name == MANIFEST:
            continue
        target = copy if name == copy.name else root / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unpack(body, target)
    database.put(copy)
    copy.unlink(missing_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    held = standing.hold()
    (root / NOT_FINISHED).unlink()
    return held


def _refuse_what_is_there() -> None:
    root = Path(settings.DATA_DIR)
    if not database.is_empty():
        raise BadBackup("There is a newsroom in this database. A backup is restored into an empty one.")
    for name in FOLDERS:
        own = [root / "secrets" / KEY_FILE]
        if any(
            each.is_file() and each not in own and not _is_made_at_start(each, root)
            for each in (root / name).rglob("*")
        ):
            raise BadBackup(f"There are files in {root / name}. A backup is restored into an empty DATA_DIR.")


def _is_made_at_start(path: Path, root: Path) -> bool:
    """Keys that were made by starting this very command; they give way to those of the backup."""
    return path.parent == root / "secrets" and path.name in {"django", ".lock"}


def _make_room(root: Path) -> None:
    for path in (root / "secrets").glob("*"):
        if path.is_file() and _is_made_at_start(path, root):
            path.unlink()
    clear_pages(root)


def clear_pages(root: Path) -> None:
    """Finished pages of whatever newsroom was in the data folder `root` before.

    The folder itself stays: who owns it, and that nginx may read there, was decided when it was made.
    """
    shutil.rmtree(root / "pagecache", ignore_errors=True)
    for each in (root / "pages").glob("*"):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)


def refuse_newer(said: dict[str, Any]) -> None:
    """Raises `BadBackup` when it (a backup, an export) knows migrations of ours that are not installed here."""
    loader = MigrationLoader(None)
    ours = {f"{app}.{name}" for app, name in loader.disk_migrations}
    apps = {app for app, _name in loader.disk_migrations}
    unknown = [each for each in said["migrations"] if each.partition(".")[0] in apps and each not in ours]
    if unknown:
        raise BadBackup(
            f"This is of a newer version of this program ({', '.join(unknown[:3])}). Install that one first."
        )
