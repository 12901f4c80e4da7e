"""What the small tables of an export say of posts: tags, people, further fields.

An export may hold millions of such rows, before or behind the posts, so they wait in a temporary database on the disk,
which nobody else can open and which is gone when it is closed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, slug TEXT) WITHOUT ROWID;
CREATE TABLE tags (id TEXT PRIMARY KEY, name TEXT, slug TEXT, is_public INT) WITHOUT ROWID;
CREATE TABLE of_people (post TEXT, at INT, id TEXT, PRIMARY KEY (post, at, id)) WITHOUT ROWID;
CREATE TABLE of_tags (post TEXT, at INT, id TEXT, PRIMARY KEY (post, at, id)) WITHOUT ROWID;
CREATE TABLE meta (post TEXT PRIMARY KEY, fields TEXT) WITHOUT ROWID;
"""
_MOST = 2**62  # of a number in SQLite, about
_META = ("feature_image_alt", "feature_image_caption", "email_only")


class GhostTag(NamedTuple):
    name: str
    slug: str
    is_public: bool


class Relations:
    """`know` takes the rows of `TABLES` in any order; the others answer when all are known."""

    TABLES = ("users", "tags", "posts_authors", "posts_tags", "posts_meta")

    def __init__(self) -> None:
        self.rows = sqlite3.connect("")
        self.rows.executescript(_TABLES)

    def close(self) -> None:
        self.rows.close()

    def know(self, table: str, row: Mapping[str, Any]) -> None:
        number, post, order = text(row, "id"), text(row, "post_id"), row.get("sort_order")
        at = max(-_MOST, min(order, _MOST)) if isinstance(order, int) else 0
        if table == "users":
            self._keep("people", number, text(row, "name"), text(row, "slug"))
        elif table == "tags":
            name = text(row, "name")
            is_public = text(row, "visibility") != "internal" and not name.startswith("#")
            self._keep("tags", number, name, text(row, "slug"), is_public)
        elif table == "posts_authors":
            self._keep("of_people", post, at, text(row, "author_id"))
        elif table == "posts_tags":
            self._keep("of_tags", post, at, text(row, "tag_id"))
        elif table == "posts_meta":
            self._keep("meta", post, json.dumps({name: row.get(name) for name in _META if row.get(name)}))

    def _keep(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * len(values))
        self.rows.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)  # noqa: S608  # a name of ours

    def names_of(self, post: str, *, else_of: str) -> list[str]:
        """Who wrote it, in order; `else_of` is the person whom old exports name in the post itself."""
        found = self.rows.execute(
            "SELECT name FROM of_people JOIN people USING (id) WHERE post = ? ORDER BY at", [post]
        ).fetchall() or self.rows.execute("SELECT name FROM people WHERE id = ?", [else_of])
        return [name for (name,) in found]

    def tags_of(self, post: str) -> list[GhostTag]:
        """In order: the first is what Ghost calls the primary tag."""
        found = self.rows.execute(
            "SELECT name, slug, is_public FROM of_tags JOIN tags USING (id) WHERE post = ? ORDER BY at", [post]
        )
        return [GhostTag(name, slug, bool(is_public)) for name, slug, is_public in found if name]

    def lists(self, table: str) -> Iterator[tuple[str, str]]:
        """Slug and name of each of the ``tags`` or ``people``."""
        yield from self.rows.execute(f"SELECT slug, name FROM {table} WHERE slug > ''")  # noqa: S608  # a name of ours

    def meta_of(self, post: str) -> dict[str, Any]:
        found = self.rows.execute("SELECT fields FROM meta WHERE post = ?", [post]).fetchone()
        return dict(json.loads(found[0])) if found else {}


def text(row: Mapping[str, Any], name: str) -> str:
    """A field as text; "" for none. Old exports have numbers where newer ones have identifiers."""
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list, bool)) else str(value).strip()
