"""Scenes that are closer than a street: rooms, and a gate."""

import math

from articles.demo.drawing.canvas import HIGH, WIDE, Canvas, arc, mix, spread
from articles.demo.drawing.town import COATS


def gate(c: Canvas) -> None:
    """A chained iron gate, and fire behind it."""
    c.fade(0, HIGH, "#1a0d12", "#5a1a16", "#c24a1d", "#f29a3a", "#ffd98a")
    c.glow(800, 800, 900, "#fff0b8", 0.9)
    for n in range(26):
        x, tall = c.random.uniform(-60, 1660), c.random.uniform(260, 720)
        tint = ("#e2601f77", "#f7a93c77", "#ffd77a66")[n % 3]
        sway = c.random.uniform(-90, 90)
        tip = (x + sway, 1010 - tall)
        c.shape(
            tint,
            *arc((x - 90, HIGH), (x - 80, 1010 - tall * 0.5), tip),
            *arc(tip, (x + 60, 1010 - tall * 0.4), (x + 90, HIGH)),
        )
    for _ in range(60):
        c.disc(c.random.uniform(0, WIDE), c.random.uniform(0, 900) ** 1.0, c.random.uniform(1.5, 5), "#ffdf9acc")
    for _ in range(9):
        x, y = c.random.uniform(0, WIDE), c.random.uniform(-40, 200)
        c.disc(x, y, c.random.uniform(180, 330), "#160b0f66", high=c.random.uniform(60, 130))
    iron, light = "#120c10", "#d8702a"
    for x in spread(40, 1560, 20):
        c.box(x - 13, 90, x + 13, HIGH, iron)
        c.line(light, 3, (x + 11, 120), (x + 11, HIGH))
        c.shape(iron, (x - 22, 96), (x, 30), (x + 22, 96))
    for y in (180, 560, 940):
        c.box(0, y, WIDE, y + 34, iron)
        c.line(light, 3, (0, y + 33), (WIDE, y + 33))
    c.box(774, 60, 826, HIGH, iron)
    c.line(light, 4, (800, 60), (800, HIGH))
    for n in range(13):
        x = 596 + n * 34
        y = 640 + 74 * math.sin(n / 12 * math.pi)
        c.disc(x, y, 25, "#8d8078", high=15 if n % 2 else 20)
        c.disc(x, y, 13, "#2a1a18", high=5 if n % 2 else 9)
    c.curve("#b9ada2", 18, (756, 760), (800, 640), (844, 760))
    c.box(730, 744, 870, 880, "#b98f3c", round_by=16)
    c.box(730, 744, 870, 772, "#d9b463", round_by=14)
    c.disc(800, 812, 16, "#2a1a18")
    c.box(793, 812, 807, 850, "#2a1a18")


def corridor(c: Canvas) -> None:
    """A hospital corridor at night, with a mop and a bucket."""
    c.box(0, 0, WIDE, HIGH, "#cfded6")
    c.shape("#e9f0ea", (0, 0), (WIDE, 0), (960, 330), (640, 330))
    c.shape("#a9c3ba", (0, 0), (640, 330), (640, 610), (0, HIGH))
    c.shape("#b6cdc3", (WIDE, 0), (960, 330), (960, 610), (WIDE, HIGH))
    c.shape("#d9cfae", (0, HIGH), (640, 610), (960, 610), (WIDE, HIGH))
    c.shape("#7fa79d", (0, 760), (640, 520), (640, 610), (0, HIGH))
    c.shape("#8bb1a6", (WIDE, 760), (960, 520), (960, 610), (WIDE, HIGH))
    c.box(640, 330, 960, 610, "#dfe9e0")
    for x in (690, 806):
        c.box(x, 390, x + 106, 610, "#6f98a0")
        c.disc(x + 53, 456, 30, "#d9f0ee")
    c.box(740, 346, 860, 378, "#2f7d5a", round_by=6)
    c.shape("#ffffff", (776, 362), (800, 350), (800, 374))
    c.box(800, 357, 830, 367, "#ffffff")
    for near, far in ((0.1, 0.3), (0.45, 0.58), (0.7, 0.79)):
        for side in (-1, 1):
            corners = []
            for depth, head in ((near, 1), (far, 1), (far, 0), (near, 0)):
                ceiling, floor = 330 * depth, HIGH - 457 * depth
                corners.append((800 + side * (800 - 640 * depth), ceiling + (floor - ceiling) * (0.3 if head else 1)))
            c.shape("#5d868c", *corners)
    for far in (0.04, 0.36, 0.64):
        y, wide = 300 * far + 12, 300 * (1 - far)
        c.shape(
            "#ffffff",
            (800 - wide, y),
            (800 + wide, y),
            (800 + wide * 0.86, y + 60 * (1 - far)),
            (800 - wide * 0.86, y + 60 * (1 - far)),
        )
        c.glow(800, y + 30, 420 * (1 - far) + 80, "#ffffff", 0.55)
        c.disc(800, 640 + (1 - far) * 330, wide * 0.7, "#ffffff55", high=34 * (1 - far))
    c.disc(560, 985, 180, "#00000022", high=20)
    c.shape("#d9a01f", (450, 800), (660, 800), (632, 985), (478, 985))
    c.disc(555, 800, 105, "#f0c04a", high=24)
    c.disc(555, 802, 88, "#6f98a0", high=17)
    c.line("#b98a1a", 8, (452, 806), (470, 700), (640, 700), (658, 806))
    c.line("#8a5f3a", 15, (575, 800), (800, 200))
    for n in range(11):
        c.curve("#f1ede0", 15, (578, 790), (520 + n * 12, 800), (505 + n * 13, 860 + (n % 3) * 12))
    c.person(800, 640, 150, "#3a7f8f", head="#4d3226")


def classroom(c: Canvas) -> None:
    """A classroom full of families' bundles, its desks stacked."""
    c.fade(0, 640, "#d7c9a4", "#e6d8b4")
    c.box(0, 470, WIDE, 640, "#7f9d8c")
    c.box(0, 462, WIDE, 474, "#5f7d6e")
    c.fade(640, HIGH, "#b08a62", "#8c6847")
    for x in spread(-400, 2000, 13):
        c.line("#7a583b66", 3, (800 + (x - 800) * 0.6, 640), (800 + (x - 800) * 1.4, HIGH))
    c.box(380, 130, 1080, 500, "#6f5238")
    c.box(398, 148, 1062, 482, "#24423b")
    c.glow(700, 310, 165, "#3f6657", 0.5)
    c.text(470, 290, "Dar Simbo", 92, "#e9ece0dd")
    c.text(470, 400, "64", 84, "#e9ece0dd")
    c.text(640, 400, "61", 70, "#e9ece066")
    c.line("#e9ece099", 6, (632, 386), (728, 356))
    c.box(398, 482, 1062, 500, "#8c6b4b")
    c.box(1180, 110, 1480, 430, "#8a6a48")
    c.fade(122, 418, "#a9c9d2", "#f1e6c4", left=1192, right=1468)
    c.line("#8a6a48", 12, (1330, 110), (1330, 430))
    c.line("#8a6a48", 12, (1180, 270), (1480, 270))
    c.shape("#fff3cf2e", (1192, 122), (1468, 122), (1080, HIGH), (560, HIGH))
    for n in range(5):
        x, y = 60 + n % 2 * 26, 690 - n * 106
        c.box(x, y, x + 260, y + 24, ("#c08a4a", "#b57f42")[n % 2])
        for leg in (x + 18, x + 232):
            c.line("#4a4540", 9, (leg, y + 24), (leg, y + 104))
    for n, (x, y, wide) in enumerate(
        ((450, 760, 190), (690, 740, 170), (900, 800, 230), (1330, 820, 220), (380, 960, 260), (1130, 990, 250))
    ):
        cloth = COATS[n]
        c.disc(x, y + 6, wide * 0.6, "#4a342255", high=wide * 0.09)
        if n % 2:
            c.box(x - wide / 2, y - wide * 0.3, x + wide / 2, y, cloth, round_by=wide * 0.15)
            c.disc(x + wide * 0.37, y - wide * 0.15, wide * 0.13, mix(cloth, "#ffffff", 0.35), high=wide * 0.15)
            c.disc(x + wide * 0.37, y - wide * 0.15, wide * 0.06, cloth, high=wide * 0.07)
            for strap in (-0.22, 0.1):
                c.line("#3b3028", 6, (x + wide * strap, y - wide * 0.3), (x + wide * strap, y))
        else:
            c.shape(
                cloth,
                *arc((x - wide * 0.45, y), (x - wide * 0.62, y - wide * 0.55), (x, y - wide * 0.62)),
                *arc((x, y - wide * 0.62), (x + wide * 0.62, y - wide * 0.55), (x + wide * 0.45, y)),
            )
            c.shape(
                mix(cloth, "#ffffff", 0.25),
                (x - wide * 0.16, y - wide * 0.78),
                (x, y - wide * 0.58),
                (x + wide * 0.18, y - wide * 0.76),
                (x, y - wide * 0.5),
            )
    c.person(1130, 690, 220, "#2f5d7c", head="#4d3226", scarf="#e9dfc9")
    c.person(1205, 690, 130, "#d2a03a", head="#5a3a28")
    c.person(300, 800, 240, "#a8442f", head="#5a3a28")
    c.person(1050, 860, 270, "#4f6b4a", head="#3f2a20")
    c.person(1500, 900, 280, "#6b4a6e", head="#5a3a28", scarf="#e0b27a")


def timber(c: Canvas) -> None:
    """Strips of pale timber under clamps, in the curve of a hull."""
    c.fade(0, 700, "#8c6f52", "#a98a66", "#c4a57c")
    for x in spread(-20, 1620, 15):
        c.line("#7a5f45", 5, (x, 0), (x, 690))
    c.box(930, 110, 1420, 420, "#dfeaea")
    c.fade(110, 420, "#bfe0e6", "#f3ead0", left=946, right=1404)
    c.fade(330, 420, "#5fa3ad", "#3f8490", left=946, right=1404)
    for x in (1168, 1182):
        c.line("#6b4e37", 9, (x, 110), (x, 420))
    c.line("#6b4e37", 16, (930, 110), (1420, 110), (1420, 420), (930, 420), (930, 110))
    for x, size in ((180.0, 92), (400, 78), (610, 86)):
        c.line("#4f3a29", 8, (x, 90), (x, 150))
        for ring in range(5):
            c.disc(x, 150 + size, size - ring * 11, ("#f4ecd6", "#d9ccab")[ring % 2], high=(size - ring * 11) * 1.15)
        c.disc(x, 150 + size, size - 58, "#9b7d5b", high=(size - 58) * 1.15)
    c.glow(1180, 340, 700, "#fff1cf", 0.5)
    c.fade(690, HIGH, "#7c5d42", "#5c432f", "#3f2d20")
    for n in range(90):
        x, y = c.random.uniform(0, WIDE), c.random.uniform(880, HIGH)
        c.curve(("#e9d3a4", "#cfae78")[n % 2], 4, (x, y), (x + 16, y - 18), (x + 30, y + 4))
    for n in range(9):
        tint = ("#ecd6a6", "#dfc38c", "#e6cc98")[n % 3]
        c.curve(tint, 25, (120, 560 + n * 25), (800, 960 + n * 24), (1490, 500 + n * 25))
        c.curve("#b8945f", 3, (120, 572 + n * 25), (800, 972 + n * 24), (1490, 512 + n * 25))
    for x, y in ((250.0, 615), (480, 712), (800, 752), (1120, 690), (1370, 570)):
        c.box(x - 26, y - 40, x + 26, y + 250, "#2b3440", round_by=8)
        c.box(x - 74, y - 66, x + 74, y - 26, "#33414d", round_by=8)
        c.box(x - 74, y + 226, x + 74, y + 262, "#33414d", round_by=8)
        c.line("#a8442f", 13, (x - 54, y - 96), (x + 54, y - 96))
        c.box(x - 9, y - 110, x + 9, y - 50, "#8f9aa3")
    for x in (210, 1400):
        c.box(x - 26, 800, x + 26, HIGH, "#4a3526")
    for n in range(7):
        c.disc(1330 - n * 3, 1010 - n * 6, 92 - n * 11, ("#f4ecd6", "#d9ccab")[n % 2], high=34 - n * 4)
