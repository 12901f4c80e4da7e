"""The demo's pictures by the name of their scene, and its authors' portraits."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from articles.demo import content
from articles.demo.drawing import paper, people, river, rooms, town
from articles.demo.drawing.canvas import WIDE, Canvas, Scene

SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        river.boatyard, river.dam, river.flood, river.gauge, river.harbour, river.patch, river.pirogues, river.rescue,
        river.sail,
        town.cinema, town.lorries, town.market, town.queue, town.stadium, town.tail,
        rooms.classroom, rooms.corridor, rooms.gate, rooms.timber,
        paper.ballot, paper.hemicycle, paper.languages, paper.levels, paper.messages, paper.money, paper.river_map,
        paper.routes, paper.mangrove,
    )
}  # fmt: skip


def draw_all(rows: Iterable[dict[str, Any]], *, width: int = WIDE) -> dict[str, bytes]:
    """Key -> JPEG file, three to two, of rows as `content.pictures` gives them: the same at every call.

    Rows of one scene with the same words share a drawing; the grain is each one's own, so that no two files are alike.
    """
    files: dict[str, bytes] = {}
    for (scene, language), alike in groupby(sorted(rows, key=_drawing), key=_drawing):
        canvas = _draw(scene, width=width, language=language)
        files |= {row["key"]: canvas.jpeg(mirrored=row["mirrored"]) for row in alike}
    return files


def draw(scene: str, *, mirrored: bool = False, width: int = WIDE, language: str = "en") -> bytes:
    """One such file; `scene` is a key of `SCENES`.

    `language` is that of the words in it, one of those that `content.labels` has for the scene, if it has any.
    """
    return _draw(scene, width=width, language=language).jpeg(mirrored=mirrored)


def _drawing(row: dict[str, Any]) -> tuple[str, str]:
    return row["scene"], row.get("language", "en")


def _draw(scene: str, *, width: int, language: str) -> Canvas:
    spoken = content.labels().get(scene, {})
    canvas = Canvas(
        scene, width=width, language=language, labels=spoken.get(language) or next(iter(spoken.values()), {})
    )
    SCENES[scene](canvas)
    return canvas


def portrait(author: str) -> bytes:
    """A square JPEG file of the author with that slug."""
    canvas = Canvas(author, width=480, shape=people.SHEET)
    people.portrait(canvas, people.LOOKS[author])
    return canvas.jpeg(grain=6)
