"""The demo's pictures by the name of their scene, and its authors' portraits."""

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


def draw(scene: str, *, mirrored: bool = False, width: int = WIDE, language: str = "en") -> bytes:
    """A JPEG file, three to two, the same at every call; `scene` is a key of `SCENES`.

    `language` is that of the words in it, one of those that `content.labels` has for the scene, if it has any.
    """
    spoken = content.labels().get(scene, {})
    canvas = Canvas(
        scene, width=width, language=language, labels=spoken.get(language) or next(iter(spoken.values()), {})
    )
    SCENES[scene](canvas)
    return canvas.jpeg(mirrored=mirrored)


def portrait(author: str) -> bytes:
    """A square JPEG file of the author with that slug."""
    canvas = Canvas(author, width=480, shape=people.SHEET)
    people.portrait(canvas, people.LOOKS[author])
    return canvas.jpeg(grain=6)
