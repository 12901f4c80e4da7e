"""Writes an export: a folder with a file of lines for each kind of thing, the files that they name, and a manifest."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.utils import timezone

from newsroom.backups import database
from newsroom.handover import lines, media, snapshot
from newsroom.handover.table import Kind, kinds
from safeguards.sealing import keyed_hash

FORMAT = 1
MANIFEST = "manifest.json"
EVERY = 10_000  # rows between two words of progress
_log = logging.getLogger(__name__)


class ExportRefused(Exception):
    """Nothing was written; ``str()`` says why."""


class Written(NamedTuple):
    """`missing` are paths of files that rows name and the newsroom does not have."""

    content: str
    rows: int
    files: int
    missing: list[str]


def write(folder: Path, *, with_readers: bool, tells: Callable[[str], object]) -> Written:
    """An export in a new `folder`: whole, or nothing of it. Raises `ExportRefused` if it is there, ``OSError``.

    The rows are of one moment while the newsroom goes on; files are copied afterwards, so one that was replaced or
    removed since is missing, and said to be.
    """
    draft = folder.with_name(f".{folder.name}.part")
    if folder.exists() or folder.is_symlink():
        raise ExportRefused(f"{folder} is there already. An export is written into a new folder.")
    if draft.exists():
        raise ExportRefused(f"{draft} is of an export under way, or of one that was cut off: then delete it.")
    draft.mkdir(mode=0o700, parents=True)
    try:
        done = _fill(draft, with_readers=with_readers, tells=tells)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _log.info("newsroom exported", extra={"rows": done.rows, "files": done.files, "with_readers": with_readers})
    return done


def _fill(draft: Path, *, with_readers: bool, tells: Callable[[str], object]) -> Written:
    (draft / "rows").mkdir()
    held: dict[str, Any] = {}
    wanted = draft / "wanted"
    taken = kinds(with_readers=with_readers)
    with snapshot.one_moment():
        for kind in taken:
            held[kind.name] = _rows(draft, kind, tells)
        with wanted.open("wb") as file:
            file.writelines(lines.written(path) for path in media.paths(taken))
        migrations = database.migrations()
    files = _files(draft, wanted, tells)
    missing = files.pop("missing")
    wanted.unlink()
    content = content_hash({name: each["sha256"] for name, each in held.items()}, files["sha256"])
    manifest = {
        "what": "newsroom export", "format": FORMAT, "made_at": timezone.now().isoformat(), "site": settings.SITE_URL,
        "content": content, "readers": with_readers, "keys": own_keys(), "migrations": migrations,
        "kinds": held, "media": files,
    }  # fmt: skip
    (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return Written(content, sum(each["rows"] for each in held.values()), files["files"], missing)


def _rows(draft: Path, kind: Kind, tells: Callable[[str], object]) -> dict[str, Any]:
    path = f"rows/{kind.name}.jsonl"
    count, digest = 0, hashlib.sha256()
    with (draft / path).open("xb") as file:
        for line in lines.of(kind, kind.fields):
            file.write(line)
            digest.update(line)
            count += 1
            if count % EVERY == 0:
                tells(f"{kind.name}: {count} …")
    if not count:
        (draft / path).unlink()
    relations = {
        each.name: each.remote_field.model._meta.label_lower
        for each in kind.fields
        if isinstance(each, models.ForeignKey)
    }
    return {
        "file": path, "rows": count, "sha256": digest.hexdigest(), "fields": [each.name for each in kind.fields],
        "relations": relations, "last_number": snapshot.last_number(kind.model),
    }  # fmt: skip


def _files(draft: Path, wanted: Path, tells: Callable[[str], object]) -> dict[str, Any]:
    """Copies what is wanted, and lists it. `missing` is for the caller, the rest for the manifest."""
    count, total, digest = 0, 0, hashlib.sha256()
    missing: list[str] = []
    with wanted.open("rb") as names, (draft / media.LIST).open("xb") as listed:
        for name in names:
            path = json.loads(name)
            target = draft / media.FOLDER / path
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                size, found = media.copy(media.at(path).pieces(), target)
            except FileNotFoundError:
                target.unlink(missing_ok=True)
                missing.append(path)
                continue
            line = lines.written({"file": path, "bytes": size, "sha256": found})
            listed.write(line)
            digest.update(line)
            count, total = count + 1, total + size
            if count % 100 == 0:
                tells(f"files: {count}, {total / 1e6:.0f} MB …")
    return {"file": media.LIST, "files": count, "bytes": total, "sha256": digest.hexdigest(), "missing": missing}


def content_hash(kinds: Mapping[str, str], files: str) -> str:
    """The SHA-256 of all sums, by name: the same for the same newsroom, wherever it lies."""
    sums: Iterable[tuple[str, str]] = sorted({**kinds, media.LIST: files}.items())
    return hashlib.sha256("".join(f"{name} {each}\n" for name, each in sums).encode()).hexdigest()


def own_keys() -> str:
    """The same in two newsrooms that hash addresses with the same key (``PEPPER``)."""
    return keyed_hash("the same newsroom", purpose="newsroom export")
