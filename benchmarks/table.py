"""The one table that `make bench` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measure of ours beside its yardstick. `budget` bounds the ratio: "≥ 0.90", "≤ 1.30", or "" for none."""

    measure: str
    on: str
    ours: str
    yardstick: str
    ratio: float
    budget: str = ""

    @property
    def verdict(self) -> str:
        """ "met", "missed", or "" without a budget. What rounds to the budget meets it."""
        if not self.budget:
            return ""
        sign, bound = self.budget.split()
        ratio = round(self.ratio, 2)
        return "met" if (ratio >= float(bound) if sign == "≥" else ratio <= float(bound)) else "missed"


HEADS = ("measure", "on", "ours", "yardstick", "ratio", "budget", "")


def table(rows: Iterable[Row]) -> str:
    """The rows in columns, as Markdown has tables."""
    lines: list[tuple[str, ...]] = [
        HEADS,
        *((r.measure, r.on, r.ours, r.yardstick, f"{r.ratio:.2f}", r.budget, r.verdict) for r in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
