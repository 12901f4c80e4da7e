"""Scenes from towns: streets, halls, yards."""

from articles.demo.drawing.canvas import HIGH, WIDE, Canvas, mix, spread
from articles.demo.drawing.river import LAMP

COATS = ("#2f5d7c", "#a8442f", "#d2a03a", "#4f6b4a", "#6b4a6e", "#33414f", "#c9773f")
HEADS = ("#5a3a28", "#3f2a20", "#7a5238", "#4d3226")


def row(c: Canvas, first: float, last: float, count: int, *, ground: float, tall: float) -> None:
    """People in a row, no two alike."""
    for n, x in enumerate(spread(first, last, count)):
        scarf = ("", "#e9dfc9", "", "", "#b86a52", "")[(n * 5 + 1) % 6]
        c.disc(x, ground, tall * 0.16, "#00000030", high=tall * 0.03)
        c.person(
            x + c.random.uniform(-6, 6), ground, tall * c.random.uniform(0.9, 1.06),
            COATS[(n * 3) % len(COATS)], head=HEADS[n % len(HEADS)], scarf=scarf,
        )  # fmt: skip


def stadium(c: Canvas) -> None:
    """A full stadium under floodlights."""
    c.fade(0, 480, "#0c1a33", "#1c3556", "#35587a")
    c.shape("#16263d", (0, 300), (800, 380), (1600, 300), (1600, 640), (0, 640))
    tints = ("#c9534a", "#e9dcc0", "#3f6d8f", "#d9a441", "#26374f", "#7d8b99")
    for line in range(17):
        y = 352.0 + line * 16
        sag = 70 - line * 4
        for x in spread(-10, 1610, 109):
            bend = sag * (1 - abs(x - 800) / 800) - 20
            corner = x > 1180 and 3 < line < 15 and x < 1500
            tint = c.random.choice(("#1f8a5b", "#f2c14e", "#1f8a5b")) if corner else c.random.choice(tints)
            c.disc(x + c.random.uniform(-3, 3), y + bend, 5.4, mix(tint, "#16263d", 0.25 + 0.3 * (line % 2)))
    c.shape("#0a1424", (0, 190), (800, 300), (1600, 190), (1600, 300), (800, 384), (0, 300))
    c.line("#42617f", 6, (0, 302), (800, 386), (1600, 302))
    c.box(0, 616, WIDE, 660, "#1a2c45")
    for n, x in enumerate(spread(0, 1400, 8)):
        c.box(x + 4, 622, x + 196, 656, ("#b5382f", "#e7ddc6", "#2f6f8f", "#e0a63a")[n % 4])
    c.fade(660, HIGH, "#2f7d4c", "#23693f", "#1a5434")
    for n in range(8):
        left = (n - 3.5) * 230 + 800
        if n % 2:
            c.shape(
                "#ffffff12",
                (800 + (left - 800) * 0.8, 660),
                (800 + (left + 230 - 800) * 0.8, 660),
                (800 + (left + 230 - 800) * 1.7, HIGH),
                (800 + (left - 800) * 1.7, HIGH),
            )
    white = "#eef3e6"
    c.line(white, 5, (0, 700), (WIDE, 700))
    c.line(white, 6, (350, 700), (210, 860), (1390, 860), (1250, 700))
    c.line(white, 5, (570, 700), (520, 760), (1080, 760), (1030, 700))
    c.curve(white, 6, (640, 860), (800, 950), (960, 860))
    c.line("#f7f7f2", 9, (640, 702), (640, 575), (960, 575), (960, 702))
    for x in spread(650, 950, 16):
        c.line("#ffffff44", 2, (x, 580), (x, 700))
    for y in spread(590, 690, 6):
        c.line("#ffffff44", 2, (640, y), (960, y))
    for x, y, tall, coat in (
        (560, 850, 170, "#1f8a5b"),
        (1010, 900, 190, "#1f8a5b"),
        (905, 820, 160, "#e7ddc6"),
        (700, 800, 155, "#e7ddc6"),
        (800, 730, 130, "#e0a63a"),
    ):
        c.disc(x, y, tall * 0.3, "#00000040", high=tall * 0.05)
        c.person(x, y, tall, coat, head=HEADS[round(x) % 4])
    c.disc(870, 652, 13, "#ffffff")
    for x, lean in ((130, 1), (1470, -1)):
        c.line("#2c425e", 16, (x, 420), (x, 110))
        c.box(x - 82, 50, x + 82, 126, "#22354f")
        for lamp in range(10):
            at = (x - 64 + (lamp % 5) * 32, 70 + lamp // 5 * 36)
            c.disc(*at, 12, "#fdfbe9")
        c.glow(x, 90, 330, "#f4f7e6", 0.85)
        c.shape("#f4f7e614", (x - 60, 120), (x + 60, 120), (x + lean * 1150, HIGH), (x + lean * 300, HIGH))


def queue(c: Canvas) -> None:
    """A queue at a consulate before dawn."""
    c.fade(0, 820, "#1c2b4a", "#4a4f76", "#b87f83", "#f0b98a")
    c.ridge(560, 14, "#6b5f7c", length=160)
    for x, wide, tall in ((0.0, 210, 330), (190, 150, 260), (330, 190, 380)):
        c.box(x, 820 - tall, x + wide, 820, "#3d3f5e")
        for n in range(8):
            if c.random.random() < 0.4:
                c.box(
                    x + 24 + n % 3 * 54,
                    850 - tall + n // 3 * 80,
                    x + 50 + n % 3 * 54,
                    890 - tall + n // 3 * 80,
                    "#f4cf8f",
                )
    c.box(860, 190, 1600, 830, "#d9cdb7")
    c.box(860, 150, 1600, 200, "#b9aa92")
    c.box(860, 500, 1600, 520, "#b9aa92")
    for x in (920.0, 1080, 1420):
        for y in (250.0, 570):
            c.box(x, y, x + 100, y + 180, "#8f8471")
            c.box(x + 8, y + 8, x + 92, y + 172, "#33425c" if (x + y) % 3 else "#f6d596")
            c.line("#8f8471", 6, (x + 50, y), (x + 50, y + 180))
    c.box(1230, 540, 1370, 830, "#4b3b33")
    c.box(1246, 560, 1354, 830, "#2a211e")
    c.box(1195, 512, 1405, 548, "#a8987e")
    c.line("#5d5347", 8, (1230, 420), (1130, 300))
    c.shape("#1f8a5b", (1134, 306), (1220, 290), (1224, 340), (1160, 352))
    c.shape("#f2c14e", (1160, 352), (1224, 340), (1228, 384), (1188, 394))
    c.fade(820, HIGH, "#77687a", "#574f66", "#3b3850")
    c.box(860, 826, 1600, 846, "#928777")
    c.glow(1300, 590, 260, LAMP, 0.75)
    c.disc(1300, 530, 11, "#fff1cf")
    for x in spread(80, 1160, 13):
        c.line("#2b2a3c", 5, (x, 800), (x, 900))
    c.line("#2b2a3c", 7, (80, 808), (1160, 808))
    row(c, 70, 1190, 16, ground=930, tall=230)
    row(c, 20, 900, 9, ground=1010, tall=264)
    c.line("#211f2e", 14, (690, HIGH), (690, 220))
    c.line("#211f2e", 10, (690, 226), (800, 208))
    c.glow(806, 224, 300, LAMP, 0.9)
    c.box(776, 204, 834, 222, "#fff1cf", round_by=8)


def market(c: Canvas) -> None:
    """A covered market in the evening, its gate open."""
    c.fade(0, 560, "#1d2140", "#4b3a62", "#a4586a", "#e99a6c")
    c.shape("#2a2437", (0, 230), (800, 120), (1600, 230), (1600, 330), (800, 220), (0, 330))
    for x in spread(0, 1600, 41):
        top = 230 - 110 * (1 - abs(x - 800) / 800)
        c.line("#3b3350", 4, (x, top), (x, top + 98))
    c.fade(520, HIGH, "#6b4746", "#55383c", "#3a2833")
    for x in (90, 440, 1160, 1510):
        c.box(x - 12, 230, x + 12, 780, "#241f30")
    for n, x in enumerate((10, 250, 490, 890, 1130, 1370)):
        cloth = ("#c4513f", "#2f7f7a", "#d9a441", "#7a4f86", "#c4513f", "#3f6d8f")[n]
        c.box(x, 430, x + 220, 640, mix(cloth, "#1d1826", 0.72))
        for stripe in range(6):
            left = x + stripe * 36.7
            tint = cloth if stripe % 2 else "#efe0c4"
            c.shape(tint, (left, 420), (left + 36.7, 420), (left + 36.7, 476), (left, 476))
            c.disc(left + 18.3, 476, 18.3, tint, high=12)
        c.box(x - 6, 612, x + 226, 700, "#4a3328")
        c.box(x - 6, 606, x + 226, 622, "#7d5a3e")
        for _ in range(28):
            fruit = c.random.choice(("#e0792f", "#d9b13a", "#a83a32", "#5f8a46", "#e9cf8a"))
            c.disc(x + c.random.uniform(12, 208), 600 - c.random.uniform(0, 22), 13, fruit)
        c.person(x + 110, 640, 170, COATS[n], head=HEADS[n % 4], scarf=("", "#efe0c4", "#d9a441")[n % 3])
        c.box(x - 6, 622, x + 226, 700, "#4a3328")
        for _ in range(28):
            fruit = c.random.choice(("#e0792f", "#d9b13a", "#a83a32", "#5f8a46", "#e9cf8a"))
            c.disc(x + c.random.uniform(12, 208), 612 - c.random.uniform(0, 16), 13, fruit)
        c.line("#15121f", 3, (x + 110, 330), (x + 110, 400))
        c.glow(x + 110, 410, 210, LAMP, 0.85)
        c.disc(x + 110, 408, 12, "#fff4da")
    c.shape("#8a5c4c66", (700, 640), (880, 640), (1180, HIGH), (420, HIGH))
    row(c, 640, 950, 3, ground=790, tall=210)
    row(c, 180, 520, 3, ground=900, tall=270)
    row(c, 1080, 1420, 3, ground=930, tall=280)


def lorries(c: Canvas) -> None:
    """A bulldozer before a row of lorries and a notice on a wall."""
    c.fade(0, 600, "#c9b48f", "#e6cf9f", "#f6e5bd")
    c.glow(1320, 210, 420, "#fffbe6", 1)
    c.ridge(520, 16, "#c3a578")
    c.box(1090, 250, 1150, 600, "#a68c68")
    c.box(1170, 200, 1230, 600, "#b1966f")
    c.shape("#a68c68", (1240, 600), (1240, 380), (1390, 330), (1390, 600))
    c.disc(1210, 150, 70, "#f4ead099", high=36)
    c.disc(1270, 116, 90, "#f4ead088", high=40)
    c.fade(580, HIGH, "#d1ac74", "#b98d58", "#8f683f")
    for n, x in enumerate((-60.0, 250, 560)):
        cab = ("#b5472f", "#2f6f7c", "#d49a33")[n]
        c.disc(x + 150, 772, 190, "#5b432a66", high=16)
        c.box(x, 470, x + 205, 730, mix(cab, "#4a3a2c", 0.45))
        for rib in spread(x + 20, x + 185, 6):
            c.line(mix(cab, "#2c231c", 0.6), 5, (rib, 480), (rib, 720))
        c.box(x + 210, 540, x + 300, 730, cab, round_by=12)
        c.shape("#33414a", (x + 224, 556), (x + 286, 556), (x + 292, 624), (x + 224, 624))
        c.box(x + 286, 690, x + 304, 712, "#fff1cf")
        for wheel in (x + 48, x + 128, x + 252):
            c.disc(wheel, 740, 36, "#2a241f")
            c.disc(wheel, 740, 15, "#8f8574")
    c.glow(1150, 800, 330, "#e9cfa0", 0.5)
    yellow, dark = "#e3a21f", "#2b251f"
    c.disc(1230, 924, 300, "#5b432a66", high=22)
    c.box(1040, 820, 1420, 916, dark, round_by=46)
    for x in spread(1090, 1370, 6):
        c.disc(x, 868, 30, "#5a5148")
        c.disc(x, 868, 11, dark)
    c.shape(yellow, (1070, 830), (1090, 720), (1240, 700), (1400, 720), (1400, 830))
    c.box(1230, 540, 1390, 730, yellow, round_by=10)
    c.shape("#33414a", (1246, 566), (1374, 566), (1374, 680), (1246, 680))
    c.line("#1f1a16", 16, (1140, 710), (1140, 600))
    c.shape("#8c6a1c", (1000, 846), (1080, 820), (1080, 850), (1000, 880))
    c.shape("#c98d17", (985, 730), (1012, 730), (1000, 940), (930, 950), (975, 850))
    for _ in range(26):
        x = c.random.uniform(730, 980)
        c.disc(
            x,
            c.random.uniform(880, 940),
            c.random.uniform(12, 34),
            c.random.choice(("#8f7350", "#a58a64", "#6f583c")),
            high=c.random.uniform(9, 22),
        )
    c.box(0, 850, 330, HIGH, "#cdb892")
    c.box(0, 842, 340, 862, "#a48f6c")
    c.box(120, 890, 240, 1050, "#f7f1e2")
    c.box(136, 908, 224, 920, "#a8442f")
    for y in spread(940, 1030, 7):
        c.line("#8b8577", 4, (136, y), (136 + c.random.uniform(50, 88), y))
    row(c, 420, 640, 3, ground=980, tall=230)


def tail(c: Canvas) -> None:
    """The tail of an airliner at a gate, with the sun going down."""
    c.fade(0, 720, "#2d4f7c", "#7fa0b8", "#f2c79a", "#ffe6b8")
    c.glow(300, 640, 560, "#fff2cc", 1)
    c.disc(300, 640, 60, "#fff8e2")
    for x, y, wide in ((300.0, 210, 330), (640, 300, 260), (1250, 120, 300)):
        c.disc(x, y, wide, "#ffffff33", high=16)
        c.disc(x + 90, y + 22, wide * 0.7, "#ffffff33", high=12)
    c.ridge(690, 14, "#8d97a3")
    c.box(60, 560, 96, 720, "#5f6f80")
    c.shape("#4a5a6c", (36, 560), (48, 500), (108, 500), (120, 560))
    c.box(44, 512, 112, 540, "#ffe6b8")
    c.fade(715, HIGH, "#b9ab98", "#8d8680", "#5d5c62")
    for x in spread(-100, 1500, 5):
        c.shape("#f2c14e99", (x, 960), (x + 190, 960), (x + 176, 974), (x - 14, 974))
    c.disc(1000, 930, 700, "#00000033", high=26)
    c.shape("#e9edf0", (120, 760), (700, 560), (1600, 520), (1600, 800), (900, 830), (400, 800))
    c.shape("#c4ccd4", (120, 760), (1600, 690), (1600, 800), (900, 830), (400, 800))
    c.shape("#146b4a", (520, 620), (300, 120), (480, 110), (860, 552))
    c.shape("#f2c14e", (414, 380), (362, 262), (560, 202), (640, 296))
    c.shape("#e9edf0", (442, 444), (414, 380), (640, 296), (690, 354))
    c.disc(470, 200, 40, "#f7f1dc")
    c.disc(486, 192, 34, "#146b4a")
    c.shape("#aab4bd", (330, 706), (60, 640), (150, 632), (640, 690))
    for n, x in enumerate(spread(900, 1560, 15)):
        c.box(x, 610 - n * 1.2, x + 20, 642 - n * 1.2, "#2d4f6c", round_by=8)
    c.box(800, 590, 852, 700, "#d3dae0", round_by=10)
    c.line("#98a3ad", 4, (800, 700), (852, 700))
    for x in (1180, 1290):
        c.box(x - 10, 800, x + 10, 900, "#6f7780")
        c.disc(x, 905, 36, "#22252c")
        c.disc(x, 905, 14, "#98a3ad")
    c.box(300, 860, 560, 900, "#d98a2b", round_by=8)
    for x, y, tint in ((310, 800, "#7a3b2e"), (372, 812, "#2f5d7c"), (430, 796, "#4f6b4a"), (496, 816, "#6b4a6e")):
        c.box(x, y, x + 54, 862, tint, round_by=6)
    for x in (340, 520):
        c.disc(x, 906, 22, "#22252c")
    c.person(640, 925, 170, "#e3a21f", head="#4d3226")


def cinema(c: Canvas) -> None:
    """The front of an old cinema on the night it opens again."""
    c.fade(0, 830, "#10142e", "#27234a", "#5a3560", "#96505f")
    for x, wide, tall in ((180.0, 170, 360), (1240, 140, 400), (0, 230, 470), (1330, 280, 520)):
        c.box(x, 800 - tall, x + wide, 830, "#1c1a38")
        for n in range(12):
            if c.random.random() < 0.35:
                left, top = x + 26 + n % (wide // 75) * 60, 840 - tall + n // 3 * 90
                c.box(left, top, left + 28, top + 46, "#e9b66a")
    c.box(330, 180, 1270, 810, "#a8443f")
    c.fade(180, 480, "#7c2f3c", "#b2504a", left=330, right=1270)
    for x in spread(360, 1240, 12):
        c.line("#8c3540", 7, (x, 190), (x, 470))
    c.shape("#d9a75a", (560, 190), (620, 90), (980, 90), (1040, 190))
    c.box(310, 176, 1290, 206, "#e0b66a")
    c.glow(800, 330, 420, "#ffd28a", 0.55)
    c.shape("#f6e3b4", (752, 420), (770, 240), (830, 240), (848, 420))
    c.box(744, 420, 856, 440, "#e0b66a")
    c.box(764, 200, 836, 240, "#ffe9b0", round_by=10)
    c.shape("#a8443f", (758, 200), (800, 160), (842, 200))
    for y in (280, 340):
        c.shape(
            "#c4513f",
            (766 - (y - 240) * 0.1, y),
            (834 + (y - 240) * 0.1, y),
            (836 + (y - 240) * 0.1, y + 28),
            (764 - (y - 240) * 0.1, y + 28),
        )
    for left in (1, -1):
        c.shape("#fff1c433", (800, 214), (800 + left * 900, 60), (800 + left * 900, 330))
    c.shape("#f4ead0", (290, 470), (1310, 470), (1350, 590), (250, 590))
    c.shape("#cdb98c", (250, 590), (1350, 590), (1340, 610), (260, 610))
    for x in spread(300, 1300, 27):
        c.disc(x, 470, 10, "#fff6d8")
        c.disc(800 + (x - 800) * 1.08, 596, 10, "#fff6d8")
    for n, x in enumerate(spread(400, 1200, 21)):
        tall = (44, 30, 52, 38)[n % 4]
        if n % 7 != 5:
            c.box(x - 13, 556 - tall, x + 13, 556, "#3a2430")
    c.glow(800, 640, 620, "#ffd28a", 0.7)
    c.box(330, 610, 1270, 830, "#5a2a34")
    for x in (380, 1090):
        c.box(x, 640, x + 130, 800, "#f0dcae")
        c.box(x + 10, 650, x + 120, 790, "#2f6f7c" if x < 500 else "#6b4a6e")
        c.disc(x + 65, 706, 36, "#f2c14e")
        c.shape("#1c1a38", (x + 10, 790), (x + 60, 716), (x + 120, 790))
    for x in (570, 690, 810, 930):
        c.box(x, 630, x + 100, 830, "#ffe2a6")
        c.line("#7c2f3c", 8, (x + 50, 630), (x + 50, 830))
        c.line("#7c2f3c", 8, (x, 630), (x, 830), (x + 100, 830), (x + 100, 630))
    c.fade(825, HIGH, "#8a5660", "#543a54", "#2b2440")
    c.mirror(830, 200, strength=0.35)
    row(c, 420, 1180, 8, ground=880, tall=190)
    row(c, 140, 1460, 8, ground=990, tall=250)
