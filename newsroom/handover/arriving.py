"""Makes a newsroom of an export, in an empty one. Nothing is mailed, posted or published by it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models.sql import InsertQuery

from newsroom.backups import database, restoring, standing
from newsroom.handover import lines, media, reading, snapshot
from newsroom.handover.lines import CHUNK, BadLine
from newsroom.handover.making_anew import NoRevision, make_anew
from newsroom.handover.reading import BadExport, Export, Held
from newsroom.handover.table import TABLE
from newsroom.handover.writing import EVERY, content_hash, own_keys
from safeguards import stores
from subscriptions.models.people import Suppression

Tells = Callable[[str], object]
# What tables hold without anybody having done anything.
THERE_ANYWAY = {"contenttypes.ContentType", "auth.Permission", "jobs.Chore", "safeguards.Tally", "pagecache.Purge"}
_log = logging.getLogger(__name__)


class Arrived(NamedTuple):
    """`held`: a line for each kind of thing that had fallen due and stands still now."""

    content: str
    rows: int
    files: int
    held: list[str]


def bring(folder: Path, *, accepts_other_keys: bool = False, tells: Tells) -> Arrived:
    """Rows under their own numbers, files under their own names, then all that is made of them; the same content hash.

    All in one transaction. Raises `BadExport`, with nothing changed, for what is no whole export, is of newer code,
    finds something there, or comes out as something else than what was exported; ``OSError`` (a full disk).
    """
    _refuse_witnesses_files()
    is_without_tables = database.is_empty()
    if not is_without_tables:
        _refuse_what_is_there()
    tells("Reading the export through, before anything is written …")
    export = reading.check(folder)
    if not accepts_other_keys:
        _refuse_other_keys(export)
    if is_without_tables:
        call_command("migrate", interactive=False, verbosity=0)
    restoring.clear_pages(Path(settings.DATA_DIR))
    with ExitStack() as taken_back, transaction.atomic():
        rows = sum(_take(held, tells) for held in export.held)
        for held in export.held:
            snapshot.give_on_from(held.kind.model, held.last_number)
        try:
            connection.check_constraints()
        except DatabaseError as error:
            raise BadExport(f"Rows of this export lead to rows that it does not hold: {error}") from error
        placing = _Placing(export)
        taken_back.callback(placing.take_back)
        placing.place()
        try:
            make_anew(tells)
        except NoRevision as missing:
            raise BadExport(f"rows/articles.publishedarticle.jsonl: {missing}.") from None
        tells("Comparing what is here now with the export …")
        _compare(export)
        held_now = standing.hold_only(standing.AFTER_IMPORT)  # it has perhaps happened where the newsroom was
        taken_back.pop_all()
    _log.info("newsroom imported", extra={"rows": rows, "files": placing.count})
    return Arrived(export.content, rows, placing.count, held_now)


def _refuse_witnesses_files() -> None:
    if next(stores.reports().files(), None):
        raise BadExport(
            "There are files of witnesses in the store of reports, and no export holds the rows of the reports that"
            " they belong to: this newsroom would delete them all within the hour. Import into a DATA_DIR, or buckets,"
            " of its own."
        )


def _refuse_what_is_there() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise BadExport("The tables of this database are not up to date: run `manage.py migrate` first.")
    for label in TABLE.keys() - THERE_ANYWAY:
        if apps.get_model(label)._base_manager.exists():
            raise BadExport(
                f"There is a newsroom in this database ({label}). An export is imported into an empty one: before the"
                " first start of `serve`."
            )


def _refuse_other_keys(export: Export) -> None:
    name = Suppression._meta.label_lower
    count = next((held.rows for held in export.held if held.kind.name == name), 0)
    if count and export.manifest.get("keys") != own_keys():
        raise BadExport(
            f"This export holds {count} addresses that must never be written to, as keyed hashes: they are recognised"
            " only with the PEPPER of the newsroom that they come from. Set PEPPER, or put its secrets/pepper into"
            " DATA_DIR; or pass over this with --other-keys, and those readers can be written to again."
        )


def _take(held: Held, tells: Tells) -> int:
    """Inserts the rows of a kind; how many."""
    count = 0
    batch: list[models.Model] = []
    number = 0
    for number, said in held.lines():
        try:
            batch.append(lines.row_of(held.kind, held.fields, said))
        except BadLine as bad:
            raise held.bad(number, bad) from None
        if len(batch) == CHUNK:
            count += _insert(held, batch, number)
            batch = []
            if count % EVERY == 0:
                tells(f"{held.kind.name}: {count} …")
    return count + (_insert(held, batch, number) if batch else 0)


def _insert(held: Held, rows: list[models.Model], last_line: int) -> int:
    """As they are: no default, no ``auto_now``, no signal."""
    fields = list(held.kind.model._meta.concrete_fields)
    at_once = connection.ops.bulk_batch_size(fields, rows)
    for start in range(0, len(rows), at_once):
        query = InsertQuery(held.kind.model)
        query.insert_values(fields, rows[start : start + at_once], raw=True)
        try:
            query.get_compiler(connection.alias).execute_sql()
        except DatabaseError as error:
            first = last_line - len(rows) + 1 + start
            raise held.bad(first, f"this row, or one soon after it, is not taken by the database ({error})") from error
    return len(rows)


class _Placing:
    """Puts files where the newsroom looks for them, and reads them again there; `count` are in their places."""

    def __init__(self, export: Export) -> None:
        self.export, self.count = export, 0
        self._written: list[media.File] = []  # here and now: what lay there before is not ours to delete

    def place(self) -> None:
        for file, *said in self.export.files():
            came = self.export.folder / media.FOLDER / file.path
            if not file.store.exists(file.key):
                self._written.append(file)
                mode = 0o644 if file.store is stores.public() else 0o600
                with stores.writing(file.store, file.key) as draft, came.open("rb") as source:
                    media.copy(media.read(source), draft, mode=mode)
            if [*media.sum_of(file.pieces())] != said:
                raise BadExport(
                    f"{media.FOLDER}/{file.path}: another file lies under its name in the newsroom already."
                )
            self.count += 1

    def take_back(self) -> None:
        for file in self._written:
            file.store.delete(file.key)


def _compare(export: Export) -> None:
    """Raises `BadExport` unless what is in the database now is what was exported."""
    sums = {}
    for held in export.held:
        digest = hashlib.sha256()
        for line in lines.of(held.kind, held.fields):
            digest.update(line)
        sums[held.kind.name] = digest.hexdigest()
        if sums[held.kind.name] != held.sha256:
            raise BadExport(f"rows/{held.file.name} is not the same in this database, so nothing was kept.")
    if content_hash(sums, export.manifest["media"]["sha256"]) != export.content:
        raise BadExport("The content hash is another than that of the export, so nothing was kept.")
