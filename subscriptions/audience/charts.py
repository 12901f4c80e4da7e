"""Charts as numbers for SVG: the page beside them draws rectangles and lines, and shows the same as a table.

No script and no picture: colours are the stylesheet's, so that dark mode and print follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext

from subscriptions.models.audience import DailyFigure
from subscriptions.models.letters import Edition
from subscriptions.opens import Figures

WIDTH, HEIGHT, FOOT = 720, 200, 28
EDGE = 48  # room for the numbers at the side
DAYS, WEEKS = 30, 26
LETTERS = 20

Name = DailyFigure.Name


@dataclass(frozen=True)
class Bar:
    """One rectangle, in the chart's own units; ``kind`` is its class, ``title`` what a pointer is told."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True)
class Chart:
    """Bars that stand on each other above a base line. ``marks``: where on the height which number stands."""

    bars: list[Bar]
    labels: list[tuple[float, str]]
    marks: list[tuple[float, int]]
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    base: int = HEIGHT


@dataclass(frozen=True)
class Period:
    """A day or a week (from its Monday) by what happened in it."""

    begin: date
    confirmed: int = 0
    left: int = 0
    bounced: int = 0
    active: int | None = None


def periods(*, until: date, weekly: bool) -> list[Period]:
    """The last days or weeks, the newest last; days of which nothing is written down count as nothing."""
    begins = _begins(until, weekly)
    found: dict[date, dict[str, Any]] = {begin: {} for begin in begins}
    rows = DailyFigure.objects.filter(day__gte=begins[0], day__lte=until).order_by("day")
    for day, name, count in rows.values_list("day", "name", "count"):
        of_it = found[day - timedelta(days=day.weekday()) if weekly else day]
        of_it[name] = count if name == Name.ACTIVE else of_it.get(name, 0) + count
    return [Period(begin, **values) for begin, values in found.items()]


def _begins(until: date, weekly: bool) -> list[date]:
    if weekly:
        monday = until - timedelta(days=until.weekday())
        return [monday - timedelta(weeks=number) for number in reversed(range(WEEKS))]
    return [until - timedelta(days=number) for number in reversed(range(DAYS))]


def growth(rows: Sequence[Period]) -> Chart:
    """Who came, above; who left or bounced is drawn beside it, so that both are read from the same base line."""
    words = {"confirmed": Name.CONFIRMED.label, "left": Name.LEFT.label, "bounced": Name.BOUNCED.label}
    columns = [
        (
            date_format(row.begin, "SHORT_DATE_FORMAT"),
            [{"confirmed": row.confirmed}, {"left": row.left, "bounced": row.bounced}],
        )
        for row in rows
    ]
    return _chart(columns, words)


def letters(rows: Iterable[Edition]) -> Chart:
    """Each letter by what became of it, the oldest first."""
    words = {"sent": gettext("Sent"), "failed": gettext("Refused"), "skipped": gettext("Left out")}
    columns = [
        (date_format(row.created_at, "SHORT_DATE_FORMAT"), [{name: getattr(row, name) for name in words}])
        for row in rows
    ]
    return _chart(columns, words)


def opened(rows: Iterable[tuple[Edition, Figures]]) -> Chart:
    """Each letter by the readers of it who agreed to be counted, beside them who opened it, and who followed a link."""
    words = {"agreed": gettext("Agreed"), "opened": gettext("Opened"), "followed": gettext("Followed a link")}
    columns = [
        (date_format(row.created_at, "SHORT_DATE_FORMAT"), [{name: getattr(figures, name)} for name in words])
        for row, figures in rows
    ]
    return _chart(columns, words)


def last_letters() -> QuerySet[Edition]:
    """The newest that were addressed, the newest first."""
    return Edition.objects.exclude(prepared_at=None).order_by("-created_at", "-pk")[:LETTERS]


def _chart(columns: Sequence[tuple[str, list[dict[str, int]]]], words: dict[str, Any]) -> Chart:
    """Columns of stacks, each stack a bar of parts; the highest stack reaches the top."""
    most = max([1, *(sum(stack.values()) for _label, stacks in columns for stack in stacks)])
    step = (WIDTH - EDGE) / max(1, len(columns))
    bars: list[Bar] = []
    labels: list[tuple[float, str]] = []
    every = max(1, -(-len(columns) // 6))
    for place, (label, stacks) in enumerate(columns):
        width = step * 0.8 / len(stacks)
        for number, stack in enumerate(stacks):
            y = float(HEIGHT)
            for kind, count in stack.items():
                height = round(count / most * (HEIGHT - 16), 2)
                y -= height
                x = round(EDGE + place * step + step * 0.1 + number * width, 2)
                if count:
                    title = f"{label}: {words[kind]} {count}"
                    bars.append(Bar(x, round(y, 2), round(width * 0.94, 2), height, kind, title))
        if place % every == 0:
            labels.append((round(EDGE + place * step + step * 0.1, 2), label))
    marks = sorted({most, most // 2} - {0})
    return Chart(bars, labels, [(round(HEIGHT - mark / most * (HEIGHT - 16), 2), mark) for mark in marks])
