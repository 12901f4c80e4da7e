"""A row as a line of JSON, and back. The same row is the same line whatever database it lies in.

Times are UTC with microseconds (``2026-11-22T09:30:00.000000Z``), days ``2026-11-22``, a relation is the other row's
number, a file the name under which it lies. What is JSON in the database has its keys in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from newsroom.handover import witnesses
from newsroom.handover.table import Kind, Row

CHUNK = 500  # rows in memory at once
Fields = Sequence["models.Field[Any, Any]"]


class BadLine(Exception):
    """The line is no row of its kind; ``str()`` says why."""


def of(kind: Kind, fields: Fields) -> Iterator[bytes]:
    """The lines of a kind's rows with these fields, by their keys, in constant memory."""
    rows = kind.model._base_manager.filter(kind.taken.only).order_by("pk")
    names = [field.name for field in fields]
    ended = witnesses.not_allowed(kind.model)
    for values in rows.values_list(*(field.attname for field in fields)).iterator(chunk_size=CHUNK):
        row = dict(zip(names, values, strict=True))
        if row[names[0]] in ended:
            witnesses.end(row)
        yield written(_inside(row))


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _inside(row: Row) -> Row:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def read(line: bytes) -> Row:
    """What the line says, by names. Raises `BadLine`."""
    try:
        said = json.loads(line, parse_constant=_no_number)
    except ValueError as error:
        raise BadLine(f"this is no JSON ({error})") from None
    if not isinstance(said, dict):
        raise BadLine("this is no row")
    return said


def row_of(kind: Kind, fields: Fields, said: Row) -> models.Model:
    """The row that the line holds, not saved; what it does not say is made anew. Raises `BadLine`."""
    if said.keys() != {field.name for field in fields}:
        raise BadLine(f"its fields are not those of {kind.name}")
    values: Row = {}
    for field in fields:
        value = said[field.name]
        if value is None and not field.null:
            raise BadLine(f"“{field.name}” is missing")
        try:
            values[field.attname] = field.to_python(value)
        except ValidationError as error:
            raise BadLine(f"“{field.name}”: {error.messages[0]}") from None
        except (TypeError, ValueError, OverflowError) as error:
            raise BadLine(f"“{field.name}”: {error}") from None
    try:
        return kind.model(**values, **{name: made(said) for name, made in kind.taken.anew.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise BadLine(f"this is no row of {kind.name} ({error})") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
