"""Reads an export through before anything is done with it: whole, unchanged, and of a version that is known here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from newsroom.backups.container import BadBackup
from newsroom.backups.restoring import refuse_newer
from newsroom.handover import lines, media
from newsroom.handover.lines import BadLine, Fields
from newsroom.handover.table import TABLE, Kind, Row, kinds
from newsroom.handover.writing import FORMAT, MANIFEST, content_hash

_LONGEST = 64 * 1024 * 1024  # bytes of a line


class BadExport(Exception):
    """The folder is no export, or not a whole one, or of a newer version; ``str()`` names file and line."""


class Held(NamedTuple):
    """The rows of one kind in an export, in `file` if there are any, with the fields that they have there."""

    kind: Kind
    fields: Fields
    file: Path
    rows: int
    sha256: str
    last_number: int

    def lines(self) -> Iterator[tuple[int, Row]]:
        """Each line's number and what it says. Raises `BadExport`."""
        if not self.rows:
            return
        with self.file.open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                try:
                    yield number, lines.read(line)
                except BadLine as bad:
                    raise self.bad(number, bad) from None

    def bad(self, line: int, why: object) -> BadExport:
        return BadExport(f"rows/{self.file.name}, line {line}: {why}.")


class Export(NamedTuple):
    folder: Path
    manifest: dict[str, Any]
    held: list[Held]

    @property
    def content(self) -> str:
        return str(self.manifest["content"])

    def files(self) -> Iterator[tuple[media.File, int, str]]:
        """Each file of the list with its size and its SHA-256. Raises `BadExport`."""
        with (self.folder / media.LIST).open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                try:
                    said = lines.read(line)
                    yield media.at(str(said["file"])), int(said["bytes"]), str(said["sha256"])
                except (BadLine, KeyError, TypeError, ValueError, FileNotFoundError) as bad:
                    raise BadExport(f"{media.LIST}, line {number}: {bad or 'this is no file of an export'}.") from None


def check(folder: Path) -> Export:
    """The export in `folder`, every sum of which is right. Raises `BadExport`, ``OSError``."""
    export = _opened(folder)
    for held in filter(lambda each: each.rows, export.held):
        if not held.file.is_file():
            raise BadExport(f"rows/{held.file.name} is missing.")
        if _sum(held.file) != held.sha256:
            raise _what_is_wrong(held)
    if not (folder / media.LIST).is_file():
        raise BadExport(f"{media.LIST} is missing.")
    said = export.manifest["media"]["sha256"]
    if _sum(folder / media.LIST) != said:
        list(export.files())  # names the line, if it is one
        raise BadExport(f"{media.LIST} was changed or cut off: its SHA-256 is another than {MANIFEST} says.")
    if content_hash({held.kind.name: held.sha256 for held in export.held}, said) != export.content:
        raise BadExport(f"{MANIFEST} was changed: its sums do not make the content hash that it says.")
    for file, size, sha256 in export.files():
        _check_file(folder / media.FOLDER / file.path, file.path, size, sha256)
    return export


def _opened(folder: Path) -> Export:
    path = folder / MANIFEST
    if not path.is_file():
        raise BadExport(f"There is no whole export in {folder}: {MANIFEST} is missing.")
    try:
        said = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise BadExport(f"{MANIFEST}, line {error.lineno}: this is no JSON ({error.msg}).") from None
    except ValueError as error:
        raise BadExport(f"{MANIFEST}: this is no JSON ({error}).") from None
    if not isinstance(said, dict) or said.get("what") != "newsroom export":
        raise BadExport(f"{MANIFEST} is not of an export of this program.")
    if said.get("format") != FORMAT:
        raise BadExport(
            f"{MANIFEST}: format {said.get('format')} is not known here, only {FORMAT}. Install a newer version first."
        )
    try:
        refuse_newer(said)
        held = [_held(folder, name, each) for name, each in said["kinds"].items()]
        files = {**said["media"], "sha256": str(said["media"]["sha256"])}
        return Export(folder, {**said, "content": str(said["content"]), "media": files}, held)
    except BadBackup as newer:
        raise BadExport(str(newer)) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadExport(f"{MANIFEST} is not whole: {error!r}") from None


def _held(folder: Path, name: str, said: dict[str, Any]) -> Held:
    known = {kind.name: kind for kind in kinds(with_readers=True)}
    if name not in known:
        why = "is not taken into a newsroom" if name in map(str.lower, TABLE) else "is of a newer version"
        raise BadExport(f"{MANIFEST}: {name} {why}.")
    kind = known[name]
    fields = {field.name: field for field in kind.fields}
    newer = [each for each in said["fields"] if each not in fields]
    if newer or said["fields"][:1] != [kind.fields[0].name]:
        raise BadExport(f"{MANIFEST}: {name} has fields that are not taken here ({', '.join(map(str, newer))}).")
    path = folder / "rows" / f"{name}.jsonl"
    return Held(
        kind, [fields[each] for each in said["fields"]], path, int(said["rows"]), str(said["sha256"]),
        int(said["last_number"]),
    )  # fmt: skip


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines of at most `_LONGEST` bytes: no file, however broken, fills the memory."""
    while line := file.readline(_LONGEST):
        yield line


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _what_is_wrong(held: Held) -> BadExport:
    """Where a file of rows with another sum is broken, as closely as can be told."""
    last, key = 0, None
    with held.file.open("rb") as file:
        for last, line in enumerate(_lines(file), start=1):
            try:
                said = lines.read(line)
                lines.row_of(held.kind, held.fields, said)
            except BadLine as bad:
                return held.bad(last, bad)
            if last > held.rows:
                return held.bad(last, f"there are more rows than the {held.rows} that were written")
            if lines.written(said) != line:
                return held.bad(last, "it was changed: the export wrote it in another form")
            if last > 1 and said[held.fields[0].name] == key:
                return held.bad(last, "the same row comes twice")
            key = said[held.fields[0].name]
    if last < held.rows:
        return held.bad(last, f"the file ends here, and {held.rows} rows were written")
    return BadExport(f"rows/{held.file.name} was changed: its SHA-256 is another than {MANIFEST} says.")


def _check_file(path: Path, name: str, size: int, sha256: str) -> None:
    if not path.is_file():
        raise BadExport(f"{media.FOLDER}/{name} is missing.")
    with path.open("rb") as file:
        if media.sum_of(media.read(file)) != (size, sha256):
            raise BadExport(f"{media.FOLDER}/{name} was changed or cut off: its SHA-256 is another.")
