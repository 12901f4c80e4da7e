"""A post of another system in our words: all that the move needs to know of it, whichever system it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

# Within these, a moment can be told by any clock of the world, and its year has four digits.
_FIRST, _LAST = datetime(1000, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


def bounded(moment: datetime) -> datetime:
    """The moment in UTC, moved into the years that every clock and address of ours can tell. It says its zone."""
    return max(_FIRST, min(moment, _LAST)).astimezone(UTC)


class Asked(NamedTuple):
    """A picture that a text names: by the old site's number ("" if it does not say), by address, with its words."""

    number: str
    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""


class Written(NamedTuple):
    """A text as HTML without the old system's own signs, and how often which of them was taken out (name → number).

    ``is_restricted``: a part of it was, by its name, not for everybody. ``is_raw``: a part is Markdown, with its signs.
    """

    html: str
    dropped: Counter[str]
    is_restricted: bool = False
    is_raw: bool = False


class Place(NamedTuple):
    """A section's path in the making: slugs and names from the top, at most two; ``lists`` are the addresses at which
    the old site listed the stories of each, "" where it had none."""

    slugs: tuple[str, ...]
    names: tuple[str, ...]
    lists: tuple[str, ...]


@dataclass(frozen=True)
class Post:
    """One story or page. ``at`` is in UTC, None where it has none; so is ``changed``, when the old site saved it last.

    ``name`` never changes on the old site: by it a second run knows the post. ``number`` is the old site's own number
    or identifier. ``gone`` is the state in which it was never to be seen ("trash"), "" for all others; ``why`` the code
    (of `articles.moving.report.CODES`) for which a post that is not ``is_out`` stays at the desk, "" for plain drafts.
    ``addresses`` are those under which readers knew it, as `articles.addresses.as_stored` has them. ``told`` are
    further lines of the report: code and detail. ``in_feeds`` is the name (GUID) by which the old site's feeds knew it.
    """

    number: str
    name: str
    title: str
    slug: str
    line: int
    at: datetime | None
    written: Callable[[], Written]
    is_page: bool = False
    is_out: bool = True
    why: str = ""
    gone: str = ""
    standfirst: str = ""
    place: Place | None = None
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    lead: Asked | None = None
    language: str = ""
    group: str = ""
    is_hidden_from_search: bool = False
    addresses: tuple[str, ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    changed: datetime | None = None
    in_feeds: str = ""
