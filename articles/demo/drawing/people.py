"""Portraits of people who do not exist: no faces, only what one knows a colleague by from across the room."""

from typing import NamedTuple

from articles.demo.drawing.canvas import Canvas, Colour, arc, mix


class Look(NamedTuple):
    ground: Colour
    skin: Colour
    clothes: Colour
    hair: Colour
    cut: str  # bob, short, crown, bald, scarf, long or curls
    glasses: bool = False
    beard: bool = False


LOOKS = {
    "nadia-sakkour": Look("#c9604a", "#9a6a48", "#22303c", "#2a211e", "bob", glasses=True),
    "tobias-menkara": Look("#3f6d8f", "#5a3a28", "#e9dcc0", "#1c1716", "short", beard=True),
    "efua-marchetti": Look("#d2a03a", "#4a2f22", "#a8442f", "#1c1716", "crown"),
    "samir-okonde": Look("#4f7f6b", "#6b452f", "#2f3f5a", "#3a3230", "bald", glasses=True, beard=True),
    "grace-temwani": Look("#6b4a6e", "#5a3a28", "#e0b27a", "#8d8680", "curls", glasses=True),
    "helene-barassa": Look("#8fae9a", "#b07f5a", "#7a2f3c", "#5a2f22", "long"),
    "mathieu-dioure": Look("#b98a5a", "#3f2a20", "#4f6b4a", "#1c1716", "curls", beard=True),
    "layla-haddawi": Look("#2f7f7a", "#a8774f", "#22303c", "#e6cf9f", "scarf"),
}
SHEET = (640.0, 640.0)


def portrait(c: Canvas, look: Look) -> None:
    """Head and shoulders on a plain ground."""
    shade = mix(look.skin, "#000000", 0.16)
    c.fade(0, 640, mix(look.ground, "#ffffff", 0.18), look.ground)
    c.disc(320, 290, 232, mix(look.ground, "#ffffff", 0.26))
    if look.cut == "long":
        c.shape(
            look.hair,
            *arc((190, 270), (170, 90), (320, 92)),
            *arc((320, 92), (470, 90), (452, 270)),
            (470, 500),
            (170, 500),
        )
    elif look.cut == "curls":
        for x, y, across in (
            (220, 250, 66),
            (232, 172, 70),
            (300, 128, 74),
            (380, 140, 72),
            (424, 206, 68),
            (424, 268, 60),
        ):
            c.disc(x, y, across, look.hair)
    elif look.cut == "bob":
        c.box(186, 120, 454, 396, look.hair, round_by=120)
    elif look.cut == "crown":
        c.disc(320, 150, 150, look.hair, high=112)
        c.disc(320, 92, 92, look.hair, high=70)
    elif look.cut == "scarf":
        c.shape(
            look.hair,
            *arc((176, 330), (140, 90), (320, 88)),
            *arc((320, 88), (500, 90), (464, 330)),
            (500, 560),
            (140, 560),
        )
    c.shape(look.clothes, *arc((70, 640), (80, 480), (250, 456)), *arc((390, 456), (560, 480), (570, 640)))
    c.shape(shade, (268, 380), (372, 380), (384, 470), (320, 512), (256, 470))
    if look.cut == "scarf":
        c.disc(320, 446, 158, look.hair, high=86)
        c.curve(mix(look.hair, "#000000", 0.14), 9, (176, 430), (300, 560), (452, 420))
    if look.cut in ("short", "bald", "curls"):
        c.disc(210, 296, 20, look.skin, high=28)
        c.disc(430, 296, 20, shade, high=28)
    c.disc(320, 280, 108, look.skin, high=132)
    c.shape(
        shade,
        *arc((330, 150), (430, 200), (428, 286)),
        *arc((428, 286), (420, 390), (330, 411)),
        *arc((330, 411), (390, 330), (330, 150)),
    )
    if look.beard:
        c.shape(
            mix(look.hair, look.skin, 0.12),
            *arc((213, 296), (216, 440), (320, 440)),
            *arc((320, 440), (424, 440), (427, 296)),
            *arc((427, 296), (400, 360), (320, 356)),
            *arc((320, 356), (240, 360), (213, 296)),
        )
    fringe = {"bob": 214, "long": 206, "curls": 196, "short": 200, "crown": 206}.get(look.cut)
    if fringe:
        c.shape(
            look.hair,
            *arc((210, 270), (196, 120), (320, 128)),
            *arc((320, 128), (444, 120), (430, 270)),
            *arc((430, 270), (410, fringe), (320, fringe)),
            *arc((320, fringe), (230, fringe), (210, 270)),
        )
    if look.cut == "crown":
        c.curve(look.clothes, 26, (206, 190), (320, 110), (434, 190))
    if look.cut == "scarf":
        c.shape(
            look.hair,
            *arc((212, 250), (220, 140), (320, 146)),
            *arc((320, 146), (420, 140), (428, 250)),
            (440, 150),
            (320, 100),
            (200, 150),
        )
    if look.glasses:
        for x in (270, 370):
            c.disc(x, 282, 44, "#1d1a1c")
            c.disc(x, 282, 36, mix(look.skin, "#ffffff", 0.32))
        c.line("#1d1a1c", 8, (312, 276), (328, 276))
    if look.cut == "scarf":
        return
    c.shape(mix(look.clothes, "#ffffff", 0.16), (240, 458), (320, 560), (290, 470))
    c.shape(mix(look.clothes, "#ffffff", 0.16), (400, 458), (320, 560), (350, 470))
