"""Scenes from the river and the coast."""

import math

from articles.demo.drawing.canvas import HIGH, WIDE, Canvas, Colour, arc, mix, spread

NIGHT = ("#0a1626", "#10273c", "#1d4459")
MUD = ("#b8946a", "#97714a", "#6e5036")
ROOFS = ("#b0522f", "#8d3f2a", "#c56a3a", "#6f4a3a")
WALLS = ("#ead9bb", "#dcc39a", "#e7c9a4", "#cfd3c4")
LAMP = "#ffd28a"


def house(c: Canvas, x: float, ground: float, wide: float, tall: float, *, wall: Colour, roof: Colour) -> None:
    """A house with a pitched roof whose wall stands on `ground`."""
    top = ground - tall
    c.box(x, top, x + wide, ground, wall)
    c.box(x + wide * 0.62, top, x + wide, ground, mix(wall, "#5a4636", 0.22))
    for left in (0.12, 0.38, 0.72):
        c.box(x + wide * left, top + tall * 0.22, x + wide * (left + 0.13), top + tall * 0.55, "#43372f")
    c.shape(
        roof,
        (x - wide * 0.08, top + 6),
        (x + wide * 0.18, top - wide * 0.3),
        (x + wide * 0.84, top - wide * 0.3),
        (x + wide * 1.08, top + 6),
    )
    c.line(mix(roof, "#ffffff", 0.18), 3, (x + wide * 0.18, top - wide * 0.3), (x + wide * 0.84, top - wide * 0.3))


def palm(c: Canvas, x: float, ground: float, tall: float, colour: Colour, *, lean: float = 30) -> None:
    top = (x + lean, ground - tall)
    c.curve(colour, tall * 0.035, (x, ground), (x, ground - tall * 0.6), top)
    for turn in (-0.15, 0.35, 0.8, 1.35, 1.9, 2.45, 2.95, 3.4):
        reach = tall * 0.42
        tip = (top[0] + math.cos(turn) * reach, top[1] - math.sin(turn) * reach * 0.55 + reach * 0.22)
        bend = (top[0] + math.cos(turn) * reach * 0.5, top[1] - math.sin(turn) * reach * 0.8 - reach * 0.12)
        upper = arc(top, bend, tip)
        lower = arc(tip, (bend[0], bend[1] + tall * 0.085), top)
        c.shape(colour, *upper, *lower)


def boat(c: Canvas, x: float, y: float, long: float, colour: Colour, *, trim: Colour = "#e8c98f") -> None:
    """A narrow open boat, both ends drawn up, lying in the water at `y`."""
    rise, half = long * 0.1, long / 2
    deck = arc((x - half, y - rise), (x, y + rise * 0.5), (x + half, y - rise))
    keel = arc((x + half, y - rise), (x, y + long * 0.2), (x - half, y - rise))
    c.disc(x, y + long * 0.055, half * 0.8, "#00000038", high=long * 0.025)
    c.shape(colour, *deck, *keel)
    c.line(trim, long * 0.014, *deck)


def flood(c: Canvas) -> None:
    """Houses up to their windows in brown water under a clearing sky."""
    c.fade(0, 620, "#8fa7ab", "#c3cbc0", "#f0dcb8")
    c.glow(1180, 430, 520, "#fff1cf", 0.8)
    c.ridge(470, 26, "#8fa09a")
    c.ridge(520, 18, "#74877d", length=260)
    c.fade(555, HIGH, "#cbb28a", *MUD)
    for x, y, wide, n in ((120, 640, 150, 0), (1290, 626, 130, 2), (520, 612, 110, 1), (960, 606, 95, 3)):
        house(c, x, y, wide, wide * 0.5, wall=mix(WALLS[n], "#c9b896", 0.45), roof=mix(ROOFS[n], "#b9a284", 0.4))
        c.disc(x + wide / 2, y, wide * 0.75, "#b7997088", high=6)
    palm(c, 350, 680, 250, "#4c5a45", lean=-34)
    palm(c, 1490, 700, 300, "#43523f", lean=40)
    for x, y, wide, n in ((640, 800, 340, 0), (1120, 760, 250, 1), (190, 850, 300, 2)):
        house(c, x, y, wide, wide * 0.34, wall=WALLS[n], roof=ROOFS[n])
        c.mirror(y, wide * 0.5, left=x - wide * 0.08, right=x + wide * 1.08, strength=0.5)
        c.disc(x + wide / 2, y + 3, wide * 0.62, "#d9bd92aa", high=7)
    for x in (742, 800):  # two people on the roof
        c.person(x, 612, 96, ("#2f6f8f", "#c9a227")[x == 800], head="#5a3a28", scarf=("", "#f1ead9")[x == 800])
    boat(c, 1000, 935, 300, "#3b2d26")
    c.person(935, 940, 120, "#a23b2c", head="#4a2f22")
    c.line("#5a4632", 7, (962, 860), (900, 1005))
    c.box(1040, 890, 1085, 930, "#d9a441")
    c.ripples(640, HIGH, "#ecd9b566", 130)
    c.ripples(700, HIGH, "#5d432c55", 70)


def rescue(c: Canvas) -> None:
    """Searchers in a boat at dawn pass a school with a line of mud on its wall."""
    c.fade(0, 560, "#4c5c78", "#a9899a", "#f0b58c", "#fbdcab")
    c.glow(420, 520, 460, "#fff0c4", 0.95)
    c.disc(420, 516, 46, "#fff3d2")
    c.ridge(500, 20, "#7d7385")
    c.ridge(548, 12, "#5d5a6c", length=230)
    c.fade(560, HIGH, "#f2c795", "#b98f73", "#6d5a58", "#41404c")
    c.box(930, 330, 1480, 640, "#d8c3a2")
    c.box(930, 500, 1480, 640, "#9a7857")
    c.box(930, 496, 1480, 503, "#7b5b3f")
    c.shape("#7d4436", (890, 336), (990, 240), (1420, 240), (1520, 336))
    for x in spread(970, 1380, 5):
        c.box(x, 390, x + 62, 480, "#39404e")
        c.line("#d8c3a2", 5, (x + 31, 390), (x + 31, 480))
        c.line("#d8c3a2", 5, (x, 432), (x + 62, 432))
    c.box(1195, 540, 1265, 640, "#3b3230")
    palm(c, 820, 645, 330, "#3f3d49", lean=36)
    palm(c, 1540, 645, 380, "#35343f", lean=-30)
    c.mirror(642, 400, left=930, right=1480, strength=0.55)
    c.ripples(600, HIGH, "#ffe3b077", 110)
    c.ripples(640, HIGH, "#2a2c3a55", 80)
    boat(c, 560, 850, 560, "#d66a2c", trim="#ffe2b0")
    for x, coat, tall in ((420, "#20384f", 190), (550, "#e0a63a", 176), (690, "#20384f", 184)):
        c.person(x, 846, tall, coat, head="#4d3226")
    boat_front = arc((302, 808), (560, 892), (818, 808))
    c.shape("#c25a22", *boat_front, *arc((818, 808), (560, 966), (302, 808)))
    c.line("#ffe2b0", 8, *boat_front)
    c.line("#4a392e", 9, (352, 700), (262, 1010))


def dam(c: Canvas) -> None:
    """A dam at night, four of its six gates open."""
    c.fade(0, 560, *NIGHT)
    for _ in range(150):
        c.disc(c.random.uniform(0, WIDE), c.random.uniform(0, 330), c.random.uniform(0.6, 1.9), "#dfe9f0aa")
    c.glow(1300, 150, 260, "#cfe2ee", 0.5)
    c.disc(1300, 150, 42, "#eef3ee")
    c.ridge(330, 70, "#0d1f30", length=520)
    c.shape("#122a3c", (0, 230), (170, 300), (260, 560), (0, 760))
    c.shape("#0f2435", (1600, 200), (1440, 290), (1350, 560), (1600, 760))
    c.fade(370, 800, "#7b8f98", "#566d79", "#33495a", left=190, right=1410)
    c.shape("#122a3c", (190, 370), (260, 800), (190, 800))
    c.shape("#0f2435", (1410, 370), (1340, 800), (1410, 800))
    c.box(170, 340, 1430, 374, "#93a4a8")
    c.box(170, 374, 1430, 384, "#2a3d4c")
    for n, x in enumerate(spread(300, 1140, 6)):
        c.box(x - 26, 300, x, 800, "#8fa1a7")
        c.box(x - 26, 300, x - 17, 800, "#a9b8ba")
        c.box(x, 400, x + 134, 560, "#1b2f40")
        if 0 < n < 5:
            c.fade(430, 860, "#eef6f4", "#cfe1e4", "#b9d3da", "#dfecec", left=x + 6, right=x + 128)
            for _ in range(16):
                at = x + c.random.uniform(12, 122)
                c.line("#86a9b866", 3, (at, 440), (at + c.random.uniform(-6, 6), 850))
        else:
            c.box(x + 6, 410, x + 128, 556, "#4b3a2e")
            c.line("#6b5443", 6, (x + 6, 480), (x + 128, 480))
    c.box(1274, 300, 1300, 800, "#8fa1a7")
    for x in spread(220, 1380, 9):
        c.line("#2c3f4c", 5, (x, 340), (x, 268))
        c.glow(x, 264, 95, LAMP, 0.75)
        c.disc(x, 264, 7, "#fff1cf")
    c.box(640, 236, 860, 340, "#24394a")
    for x in spread(660, 810, 4):
        c.box(x, 268, x + 28, 300, LAMP)
    c.fade(790, HIGH, "#b8d0d6", "#5f8796", "#22475b", "#123043")
    for _ in range(90):
        x, y = c.random.uniform(400, 1180), c.random.uniform(780, 880)
        c.disc(x, y, c.random.uniform(20, 60), "#e9f3f255", high=c.random.uniform(9, 22))
    c.ripples(850, HIGH, "#d6e7ea66", 130, longest=160)
    c.shape("#0a1826", (0, 720), (200, 790), (330, 900), (250, HIGH), (0, HIGH))
    c.shape("#0a1826", (1600, 700), (1420, 800), (1290, 910), (1390, HIGH), (1600, HIGH))


def gauge(c: Canvas) -> None:
    """A staff gauge in the river below a bridge."""
    c.fade(0, 520, "#9fc3c8", "#d7e3d2", "#f6e7c3")
    c.ridge(450, 34, "#91aa9a")
    c.ridge(500, 22, "#6f8f7c", length=270)
    c.fade(520, HIGH, "#c9c39c", "#8c9a86", "#56746f", "#38565a")
    c.box(0, 300, WIDE, 352, "#5d5a55")
    c.box(0, 292, WIDE, 304, "#8b867c")
    for x in spread(90, 1510, 15):
        c.line("#8b867c", 6, (x, 294), (x, 238))
    c.line("#8b867c", 8, (0, 240), (WIDE, 240))
    for x in (240, 1230):
        c.shape("#6e6a62", (x - 50, 352), (x + 50, 352), (x + 62, 640), (x - 62, 640))
        c.shape("#57534d", (x + 10, 352), (x + 50, 352), (x + 62, 640), (x + 14, 640))
        c.disc(x, 642, 120, "#e9e2c455", high=9)
    c.person(1010, 300, 118, "#7a3b2e", head="#4d3226")
    c.ripples(560, HIGH, "#f3ead077", 140)
    c.ripples(600, HIGH, "#22413f55", 80)
    c.box(648, 180, 682, 780, "#4a4038")
    c.box(682, 170, 842, 780, "#f6f2e6")
    for n in range(29):
        y, long = 190 + n * 20, (92, 44)[n % 5 > 0]
        c.box(842 - long, y, 842, y + 10, "#b3261e" if n < 12 else "#1d2b36")
    for n in range(6):
        c.text(700, 206 + n * 100, str(9 - n), 62, "#b3261e" if n < 2 else "#1d2b36", anchor="lm")
    c.fade(768, 950, "#87957f", "#56746f", left=640, right=850)
    c.mirror(768, 260, left=640, right=850, strength=0.7)
    c.disc(745, 772, 170, "#efe6c8aa", high=9)
    c.disc(745, 790, 240, "#efe6c844", high=12)


def pirogues(c: Canvas) -> None:
    """Fishing boats on a river at sunrise."""
    c.fade(0, 540, "#3d4a72", "#a3688a", "#ee9a78", "#fcd29a")
    c.glow(860, 500, 560, "#ffe9b8", 1)
    c.disc(860, 480, 88, "#fff2cc")
    c.ridge(500, 20, "#8a5f7a")
    c.ridge(535, 10, "#5c486a", length=200)
    c.fade(545, HIGH, "#fbcf98", "#d98a79", "#79587c", "#343a5c")
    for y in range(560, 1050, 15):
        reach = 40 + (y - 560) * 0.32
        c.disc(860 + c.random.uniform(-20, 20), y, reach * c.random.uniform(0.4, 1), "#fff0c8aa", high=3.2)
    c.ripples(580, HIGH, "#ffd7a255", 90)
    c.ripples(600, HIGH, "#2b2f5055", 80)
    for x, y, long in ((300.0, 640, 150), (1290, 622, 120), (1130, 660, 170)):
        boat(c, x, y, long, "#3c3052", trim="#d98a79")
        c.person(x + 10, y, long * 0.5, "#2d2745", head="#2d2745")
    boat(c, 560, 830, 620, "#231f38", trim="#f0a878")
    c.person(470, 842, 250, "#2b2440", head="#1d1a30")
    c.line("#1d1a30", 8, (505, 670), (350, 1000))
    net = arc((500, 660), (760, 560), (900, 790))
    c.line("#1d1a30", 3, *net)
    for x in spread(560, 900, 9):
        c.curve("#1d1a3099", 2, (x, 640 + (x - 560) * 0.3), (x + 20, 760), (x - 30 + (x - 560) * 0.2, 850))
    palm(c, 1470, 1080, 640, "#1c1a30", lean=-90)


def harbour(c: Canvas) -> None:
    """Cranes and masts of a harbour at sunrise."""
    c.fade(0, 600, "#27496b", "#6d87a0", "#eeb68d", "#ffe0ae")
    c.glow(520, 560, 520, "#ffe9bd", 1)
    c.disc(520, 560, 64, "#fff3d4")
    c.ridge(560, 22, "#6f7f94")
    c.fade(600, HIGH, "#f6cc9d", "#8d93a0", "#3a5a75", "#1d3850")
    for x, tall in ((950, 380), (1160, 430), (1390, 400)):
        colour = "#1d3850"
        c.line(colour, 14, (x, 620), (x + 34, 620 - tall))
        c.line(colour, 14, (x + 120, 620), (x + 86, 620 - tall))
        c.line(colour, 10, (x + 14, 470), (x + 106, 470))
        c.line(colour, 12, (x - 190, 620 - tall - 40), (x + 190, 620 - tall + 20))
        c.line(colour, 5, (x + 60, 620 - tall - 90), (x - 190, 620 - tall - 40))
        c.line(colour, 5, (x + 60, 620 - tall - 90), (x + 190, 620 - tall + 20))
        c.line(colour, 9, (x + 60, 620 - tall - 90), (x + 60, 620 - tall))
        c.line(colour, 3, (x - 120, 620 - tall - 30), (x - 120, 480))
    for row in range(3):
        for n, x in enumerate(range(880 + row * 50, 1480 - row * 60, 74)):
            c.box(
                x, 580 - row * 34, x + 70, 612 - row * 34, ("#8c4a3c", "#375d6e", "#c08a4a", "#52606e")[(n + row) % 4]
            )
    c.box(820, 612, WIDE, 640, "#16293b")
    c.ripples(640, HIGH, "#ffe3b877", 130)
    c.ripples(660, HIGH, "#12283c66", 90)
    c.shape("#16293b", (120, 700), (760, 690), (700, 800), (190, 800))
    c.box(200, 600, 380, 700, "#e7ded0")
    c.box(220, 622, 360, 646, "#27496b")
    c.line("#16293b", 12, (560, 695), (560, 430))
    c.line("#16293b", 5, (560, 440), (740, 690))
    c.line("#16293b", 5, (560, 440), (390, 600))
    c.box(120, 724, 750, 740, "#b0522f")


def boatyard(c: Canvas) -> None:
    """The ribs of a hull on a beach in the morning."""
    c.fade(0, 520, "#7fb0c0", "#c6dcd2", "#fbe7bd")
    c.glow(300, 430, 460, "#fff6da", 1)
    c.disc(300, 430, 56, "#fffaea")
    c.fade(480, 700, "#6fa7ad", "#3f7f8c")
    c.ripples(490, 640, "#e9f3e2aa", 60, longest=90)
    for x, y in ((620.0, 500.0), (1330, 496)):
        c.shape("#f7efdc", (x, y - 10), (x, y - 110), (x + 64, y - 20))
        c.shape("#4a3a30", (x - 40, y - 8), (x + 70, y - 8), (x + 48, y + 10), (x - 24, y + 10))
    c.shape("#f3ead0", (0, 640), *arc((0, 650), (800, 600), (WIDE, 634)), (WIDE, 700), (0, 700))
    c.fade(660, HIGH, "#ead2a0", "#d9b980", "#b8925e")
    c.disc(830, 960, 640, "#6b4f3244", high=34)
    keel = arc((190, 660), (820, 1180), (1450, 640), 40)
    for n in range(4, 37, 2):
        (x, y), lift = keel[n], 330 - abs(n - 20) * 5
        c.curve("#8a5f3a", 15, (x, y - 14), (x + 60, y - lift * 0.55), (x + 34, y - lift - 40))
    for step in range(3):
        plank = arc((200 + step * 8, 690 + step * 34), (820, 1108 + step * 30), (1440 - step * 8, 670 + step * 34), 40)
        c.line(("#b57f4a", "#a8733f", "#9a6636")[step], 40, *plank)
        c.line("#6f4526", 4, *[(x, y + 19) for x, y in plank])
        for x, y in plank[3:-3]:
            c.line("#f1e2bd", 4, (x - 4, y + 8), (x + 4, y + 30))
    for n in range(4, 37, 2):
        (x, y), lift = keel[n], 330 - abs(n - 20) * 5
        c.curve("#c58f56", 20, (x, y - 60), (x - 58, y - lift * 0.5), (x - 36, y - lift + 20))
        c.curve("#e0b27a", 5, (x - 6, y - 60), (x - 64, y - lift * 0.5), (x - 42, y - lift + 20))
    c.line("#7a4d2a", 30, *keel)
    c.line("#7a4d2a", 34, keel[0], (150, 560))
    c.line("#7a4d2a", 34, keel[-1], (1494, 540))
    for x in (440, 820, 1200):
        c.shape("#5a4030", (x - 50, 1000), (x + 50, 1000), (x + 30, 900), (x - 30, 900))
    for _ in range(50):
        x, y = c.random.gauss(820, 330), c.random.uniform(985, HIGH)
        c.curve("#f0dcb0", 3, (x, y), (x + 10, y - 9), (x + 18, y + 2))
    c.person(1500, 1010, 330, "#2f5d7c", head="#4d3226")
    c.line("#c58f56", 22, (1380, 800), (1590, 840))


def patch(c: Canvas) -> None:
    """Pale boards sewn with cord into a dark hull."""
    for n in range(9):
        y = n * 124.0 - 20
        base = ("#7a4a2c", "#84512f", "#70442a", "#8a5734")[n % 4]
        c.fade(y, y + 124, mix(base, "#ffffff", 0.1), base, mix(base, "#000000", 0.25))
        for _ in range(16):
            x, up = c.random.uniform(-200, WIDE), y + c.random.uniform(12, 112)
            c.curve("#4a2c1a55", 3, (x, up), (x + 180, up + c.random.uniform(-14, 14)), (x + 380, up))
        c.line("#3a2216", 6, (0, y + 122), (WIDE, y + 122))
        for x in spread(30, 1584, 22):
            c.line("#d8c49a", 7, (x, y + 104), (x + 16, y + 142))
    edge = ((470, 250), (1120, 216), (1190, 540), (1110, 850), (520, 880), (430, 560))
    c.shape("#2a180f88", *((x + 14, y + 20) for x, y in edge))
    c.shape("#e3c08a", *edge)
    for n in range(5):
        y = 250 + n * 124
        left, right = 470 - 40 * math.sin(n * 0.8), 1120 + 66 * math.sin(n * 0.78)
        for _ in range(9):
            x, up = c.random.uniform(left + 20, right - 330), y + c.random.uniform(16, 100)
            c.curve("#b98f5699", 3, (x, up), (x + 150, up + c.random.uniform(-14, 14)), (x + 300, up))
        if n:
            c.line("#9a7440", 5, (left - 12, y), (right + 12, y - 6))
    for x, y in ((640, 410), (940, 700)):
        c.disc(x, y, 26, "#a8763f", high=16)
        c.disc(x, y, 12, "#7a5230", high=7)
    for (x, y), (far, low) in zip(edge, (*edge[1:], edge[0]), strict=True):
        count = round(math.hypot(far - x, low - y) / 40)
        for at, up in zip(spread(x, far, count), spread(y, low, count), strict=True):
            out = math.atan2(up - 550, at - 800) + 0.35
            reach = (math.cos(out) * 32, math.sin(out) * 32)
            c.disc(at + reach[0], up + reach[1], 8, "#24140c")
            c.disc(at - reach[0], up - reach[1], 8, "#24140c")
            c.line("#f7edd2", 11, (at - reach[0], up - reach[1]), (at + reach[0], up + reach[1]))
    c.curve("#f7edd2", 11, (1150, 820), (1330, 900), (1290, 1080))


def sail(c: Canvas) -> None:
    """A sewn boat under a patched sail goes out over the bar."""
    c.fade(0, 560, "#4f7f9c", "#a9c3bf", "#f3d7a2", "#f9e3b4")
    c.glow(1180, 500, 520, "#fff3cf", 1)
    c.disc(1180, 500, 62, "#fffaf0")
    for x, y, wide in ((260.0, 180, 300), (820, 120, 220), (1420, 240, 260)):
        c.disc(x, y, wide, "#ffffff3d", high=18)
        c.disc(x + 80, y + 24, wide * 0.6, "#ffffff3d", high=12)
    c.ridge(552, 10, "#7f9a98", length=220)
    c.fade(556, HIGH, "#8fb3a6", "#3f8490", "#1f5a6a", "#164452")
    c.glow(1180, 600, 300, "#fff3cf", 0.7)
    c.ripples(566, HIGH, "#fdf0d07a", 150)
    c.line("#5a3a24", 14, (640, 800), (700, 150))
    c.line("#5a3a24", 10, (520, 350), (1010, 120))
    cloth, patch = "#a4572f", "#c98a4b"
    c.shape(cloth, (526, 352), *arc((526, 352), (560, 600), (500, 760)), *arc((500, 760), (800, 770), (1020, 690)),
            *arc((1020, 690), (1080, 380), (1006, 126)))  # fmt: skip
    for share in (0.25, 0.5, 0.75):
        top = (526 + 480 * share, 352 - 226 * share)
        c.curve("#7f3f22", 5, top, (top[0] + 60, 540), (510 + 500 * share, 766 - 60 * share))
    c.shape(patch, (720, 420), (846, 396), (860, 540), (734, 556))
    c.shape("#8a6a4a", (880, 560), (966, 546), (970, 640), (884, 650))
    for x, y in ((726, 430), (760, 424), (794, 418), (828, 412), (744, 548), (778, 544), (812, 540), (846, 536)):
        c.line("#f2dfb8", 4, (x, y - 9), (x + 5, y + 9))
    c.shape("#3a2618", *arc((330, 770), (420, 880), (560, 884)), (990, 884), *arc((990, 884), (1110, 880), (1220, 740)),
            *arc((1220, 740), (800, 850), (330, 770)))  # fmt: skip
    c.curve("#7a5030", 12, (332, 772), (800, 852), (1218, 744))
    c.curve("#7a5030", 4, (400, 836), (800, 880), (1130, 826))
    for x in spread(420, 1120, 26):
        bend = 1 - ((x - 770) / 450) ** 2
        c.line("#d9b98a", 3, (x, 800 + 26 * bend), (x + 5, 822 + 26 * bend))
    c.person(470, 822, 170, "#2f5d7c", head="#4d3226")
    c.person(1060, 812, 150, "#d9a441", head="#6b452f", scarf="#e9dcc0")
    c.line("#5a3a24", 9, (452, 740), (300, 940))
    for n in range(5):
        c.disc(760 + n * 14, 902 + n * 26, 470 - n * 70, "#10364233", high=16)
    for x in spread(360, 1180, 12):
        c.disc(x, 886 + c.random.uniform(-4, 8), 46, "#f4efdc66", high=7)
