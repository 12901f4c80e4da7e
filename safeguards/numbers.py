"""Whole numbers out of what somebody sends: never an error, never more than a database takes."""

from __future__ import annotations


def whole(given: object, *, digits: int = 18) -> int | None:
    """The number written in at most so many digits (0 to 9); None for anything else.

    Eighteen digits fit every key, nine every smaller column.
    """
    text = str(given)
    return int(text) if len(text) <= digits and text.isascii() and text.isdecimal() else None
