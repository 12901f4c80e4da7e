"""Exports as Ghost writes them, made for the tests: invented people, places and stories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SITE = "https://www.port-vela-times.example"
PEOPLE = [
    {
        "id": "1",
        "name": "Mira Okono",
        "slug": "mira",
        "email": "mira.private@mail.example",
        "password": "$2a$10$hashed",
    },
    {
        "id": "2",
        "name": "Rolf Tander",
        "slug": "rolf",
        "email": "rolf.private@mail.example",
        "password": "$2a$10$other",
    },
]
TAGS = [
    {"id": "t1", "name": "Harbour & Sea", "slug": "harbour", "visibility": "public"},
    {"id": "t2", "name": "Ferries", "slug": "ferries", "visibility": "public"},
    {"id": "t3", "name": "#desk-only", "slug": "hash-desk-only", "visibility": "internal"},
    {"id": "t4", "name": "Search", "slug": "search", "visibility": "public"},
]
SETTINGS = [
    {"id": "s1", "key": "title", "value": "Port Vela Times"},
    {"id": "s2", "key": "db_hash", "value": "7a1f0d7e-1111-4222-8333-944444444444"},
    {"id": "s3", "key": "timezone", "value": "Asia/Tokyo"},
]
MEMBERS = [{"id": "m1", "email": "reader.private@mail.example", "name": "Ines Abara"}]


def post(number: int, **fields: Any) -> dict[str, Any]:
    """A row of ``posts``, with ``tags``, ``authors`` and ``meta`` that `export` takes out of it."""
    return {
        "id": f"{number:024x}", "uuid": f"00000000-0000-4000-8000-{number:012d}", "title": "The ferry is back",
        "slug": f"story-{number}", "mobiledoc": None, "lexical": None,
        "html": "<p>The ferry left the north quay at noon.</p>", "status": "published", "visibility": "public",
        "type": "post", "published_at": "2016-05-04T20:30:00.000Z", "created_at": "2016-05-01T08:00:00.000Z",
        "custom_excerpt": None, "feature_image": None, "codeinjection_head": None, "canonical_url": None,
        "tags": ["t1"], "authors": ["1"], "meta": {}, **fields,
    }  # fmt: skip


def lexical(*children: dict[str, Any]) -> str:
    return json.dumps({"root": {"type": "root", "children": children}})


def export(*posts: dict[str, Any], is_bare: bool = False, **tables: Any) -> str:
    """As Ghost orders it: posts first, what belongs to them behind. `is_bare` without the ``db`` around it."""
    of_tags, of_authors, meta, rows = [], [], [], []
    for each in posts:
        row = dict(each)
        for order, tag in enumerate(row.pop("tags")):
            of_tags.append({"id": f"pt{len(of_tags)}", "post_id": row["id"], "tag_id": tag, "sort_order": order})
        for order, author in enumerate(row.pop("authors")):
            of_authors.append(
                {"id": f"pa{len(of_authors)}", "post_id": row["id"], "author_id": author, "sort_order": order}
            )
        if said := row.pop("meta"):
            meta.append({"id": f"pm{len(meta)}", "post_id": row["id"], **said})
        rows.append(row)
    data = {
        "posts": rows, "posts_authors": of_authors[::-1], "posts_meta": meta, "posts_tags": of_tags[::-1],
        "roles": [{"id": "r1", "name": "Owner"}], "settings": SETTINGS, "tags": TAGS, "users": PEOPLE,
        "members": MEMBERS, **tables,
    }  # fmt: skip
    whole = {"meta": {"exported_on": 1462400000000, "version": "5.80.0"}, "data": data}
    return json.dumps(whole if is_bare else {"db": [whole]}, ensure_ascii=False)


def write(folder: Path, *posts: dict[str, Any], **tables: Any) -> Path:
    path = folder / "port-vela.ghost.json"
    path.write_text(export(*posts, **tables), encoding="utf-8")
    return path
