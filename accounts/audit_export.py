"""The audit log as CSV, written row by row, so that a million rows cost no memory."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from accounts.models import AuditRow

HEAD = ("at (UTC)", "who", "did what", "kind of thing", "number", "to what", "detail")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, text: str) -> str:
        return text


def safe(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    text = str(value)
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text


def lines(rows: Iterable[AuditRow]) -> Iterator[str]:
    """CSV, its first line the names of the columns, the first character a byte order mark for spreadsheets."""
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEAD)
    for row in rows:
        detail = "; ".join(f"{name}: {value}" for name, value in row.detail.items())
        cells = (
            row.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            row.actor.email if row.actor else "", row.verb, row.thing, row.thing_number, row.label, detail,
        )  # fmt: skip
        yield writer.writerow([safe(cell) for cell in cells])
