"""Drawings that are not scenes: a map, charts, and what goes with an argument."""

import math

from articles.demo.drawing.canvas import HIGH, WIDE, Canvas, Colour, arc, mix, spread

PAPER, INK, FAINT, RED, BLUE = "#f6f1e6", "#22303c", "#b9b3a4", "#b0392c", "#2f6f8f"


def head(c: Canvas) -> None:
    """A sheet of paper with a title, a line of explanation and the source; those begin where the language begins."""
    c.box(0, 0, WIDE, HIGH, PAPER)
    rtl = c.language == "ar"
    start, anchor = (WIDE - 90, "rs") if rtl else (90, "ls")
    c.box(WIDE - 170 if rtl else 90, 74, WIDE - 90 if rtl else 170, 84, RED)
    c.text(start, 160, c.labels["title"], 66, INK, anchor=anchor)
    c.text(start, 214, c.labels["note"], 42, "#5f6a72", anchor=anchor)
    c.text(start, 1030, c.labels["source"], 36, "#6b7278", anchor=anchor)


def river_map(c: Canvas) -> None:
    """The lower Balouk, from the dam to the sea."""
    c.box(0, 0, WIDE, HIGH, "#e9e2cd")
    for n, tint in enumerate(("#e1d8bd", "#d8ceaf", "#cec3a1")):
        c.disc(1330 - n * 10, 130, 560 - n * 140, tint, high=330 - n * 84)
        c.disc(560, 60, 330 - n * 90, tint, high=170 - n * 50)
    coast = [*arc((0, 560), (200, 640), (260, 800)), *arc((260, 800), (320, 960), (520, HIGH)), (0, HIGH)]
    c.shape("#a9c7cc", *coast)
    c.line("#7fa5ad", 5, *coast[:-1])
    for n in range(1, 4):
        c.line("#c3d8d8", 3, *[(x - n * 26, y + n * 20) for x, y in coast[:-1]])
    c.shape(
        "#5f9fb0",
        *arc((1160, 250), (1240, 40), (1480, 60)),
        *arc((1480, 60), (1600, 190), (1400, 230)),
        *arc((1400, 230), (1290, 330), (1160, 250)),
    )
    course = [
        *arc((1170, 256), (1060, 360), (960, 400)),
        *arc((960, 400), (800, 450), (740, 560)),
        *arc((740, 560), (660, 690), (500, 690)),
        *arc((500, 690), (380, 690), (270, 810)),
    ]
    for x, y in course[6:-12]:
        c.disc(x, y, 48, "#d3b687")
    c.line("#3f8498", 20, *course)
    c.line("#5f9fb0", 9, *course)
    c.line("#8a7a5c", 4, (620, HIGH), (880, 930), (1090, 810), (1200, 660), (1340, 560), (1600, 600))
    c.line("#2a3742", 20, (1140, 214), (1206, 296))
    words = c.labels
    c.text(1578, 366, words["dam"], 54, INK, anchor="rs")
    c.text(1578, 420, words["gates"], 42, RED, anchor="rs")
    places = ((985, 392, -1), (790, 490, 1), (690, 628, 1), (500, 690, 0))
    for (x, y, side), (name, note) in zip(places, words["towns"], strict=True):
        c.disc(x, y, 21, "#ffffff")
        c.disc(x, y, 15, RED)
        anchor, at, down = {1: ("ls", x + 64, 14), -1: ("rs", x - 60, -52), 0: ("ls", x + 10, 106)}[side]
        c.text(at, y + down, name, 54, INK, anchor=anchor)
        c.text(at, y + down + 50, note, 42, "#5f5a4c", anchor=anchor)
    for n, line in enumerate(words["sea"]):
        c.text(50, 900 + n * 50, line, 42, "#3a6471")
    c.text(1420, 150, words["lake"], 46, "#e9f3f2", anchor="mm")
    c.text(90, 130, words["title"], 78, INK)
    c.box(90, 160, 128, 190, "#c9a67c")
    c.text(146, 187, words["flooded"], 42, "#5f5a4c")
    c.line(INK, 5, (1080, 980), (1380, 980))
    for x in (1080, 1230, 1380):
        c.line(INK, 5, (x, 966), (x, 980))
    c.text(1080, 950, "0", 42, INK, anchor="ms")
    c.text(1380, 950, words["km"], 42, INK, anchor="ms")
    c.shape(INK, (1535, 880), (1558, 950), (1535, 934), (1512, 950))
    c.text(1535, 990, words["north"], 46, INK, anchor="ms")


def levels(c: Canvas) -> None:
    """The level of the lake above and below its limit, day by day."""
    head(c)
    days = (
        210.6,
        210.9,
        211.3,
        211.6,
        212.0,
        212.3,
        212.7,
        213.0,
        213.2,
        213.5,
        213.9,
        214.2,
        214.4,
        214.6,
        213.1,
        211.9,
        211.0,
    )

    def at(day: float, level: float) -> tuple[float, float]:
        return 170 + day * 78, 900 - (level - 210) * 122

    for level in range(210, 216):
        x, y = at(0, level)
        c.line("#ddd6c6", 3, (x, y), (1440, y))
        c.text(x - 22, y, str(level), 42, "#5f6a72", anchor="rm")
    line = [at(day, level) for day, level in enumerate(days)]
    over = [at(4, 212), *line[4:15], at(15 - 0.08, 212)]
    c.shape("#b0392c2e", *over)
    c.line(RED, 5, at(0, 212), (1440, at(0, 212)[1]))
    c.text(180, at(0, 212)[1] - 16, c.labels["limit"], 42, RED)
    c.line(BLUE, 11, *line)
    x, y = line[13]
    c.disc(x, y, 19, PAPER)
    c.disc(x, y, 14, RED)
    c.text(x - 30, y - 26, c.labels["gates"], 46, INK, anchor="rs")
    c.disc(*line[4], 12, BLUE)
    c.disc(*line[16], 12, BLUE)
    c.text(line[4][0], 962, c.labels["before"], 42, "#5f6a72", anchor="ms")
    c.text(x, 962, c.labels["night"], 42, "#5f6a72", anchor="ms")


def routes(c: Canvas) -> None:
    """What arrives of 200 euros by four ways; the bars grow from where the language begins."""
    head(c)
    rtl = c.language == "ar"

    def at(x: float) -> float:
        return WIDE - x if rtl else x

    def bar(start: float, top: float, end: float, low: float, colour: Colour) -> None:
        c.box(min(at(start), at(end)), top, max(at(start), at(end)), low, colour)

    start, end = ("rm", "lm") if rtl else ("lm", "rm")
    for euros in range(0, 26, 5):
        c.line("#ddd6c6", 3, (at(600 + euros * 32), 330), (at(600 + euros * 32), 910))
        c.text(at(600 + euros * 32), 956, str(euros), 42, "#5f6a72", anchor="ms")
    for x, colour, words in ((600, BLUE, c.labels["fee"]), (800, "#d29a3a", c.labels["hidden"])):
        bar(x, 266, x + 32, 298, colour)
        c.text(at(x + 46), 282, words, 42, INK, anchor=start)
    rows = zip(c.labels["ways"], ((9.80, 588), (15.90, 598), (17.50, 601), (24.00, 607)), strict=True)
    for n, (name, (fee, rate)) in enumerate(rows):
        y, hidden = 350 + n * 142, 200 * (610 - rate) / 610
        c.text(at(576), y + 48, name, 40, INK, anchor=end)
        bar(600, y, 600 + fee * 32, y + 96, BLUE)
        bar(600 + fee * 32, y, 600 + (fee + hidden) * 32, y + 96, "#d29a3a")
        c.text(at(616 + (fee + hidden) * 32), y + 50, f"{fee + hidden:.2f}", 46, INK, anchor=start)
        c.text(at(622), y + 50, f"{fee:.2f}", 42, "#ffffff", anchor=start)


def mangrove(c: Canvas) -> None:
    """Trees planted in five years, and those of them that live."""
    head(c)
    for x, colour, words in ((170, "#c7bda4", c.labels["planted"]), (640, "#2f8a6b", c.labels["alive"])):
        c.box(x, 266, x + 32, 298, colour)
        c.text(x + 46, 282, words, 42, INK, anchor="lm")
    for level in range(0, 21, 5):
        y = 880 - level * 27
        c.line("#ddd6c6", 3, (170, y), (1510, y))
        c.text(148, y, str(level), 42, "#5f6a72", anchor="rm")
    for n, (planted, alive) in enumerate(((6, 0.4), (9, 2.1), (12, 6.8), (16, 10.9), (18, 13.2))):
        left = 200.0 + n * 266
        c.box(left, 880 - planted * 27, left + 110, 880, "#c7bda4")
        c.box(left + 116, 880 - alive * 27, left + 226, 880, "#2f8a6b")
        c.text(left + 55, 866 - planted * 27, f"{planted}", 42, INK, anchor="ms")
        c.text(left + 171, 866 - alive * 27, f"{alive}".replace(".", ","), 42, "#1f6a50", anchor="ms")
        c.text(left + 113, 936, f"{c.labels['year']} {n + 1}", 42, "#5f6a72", anchor="ms")
    c.line(INK, 4, (170, 880), (1510, 880))


def hemicycle(c: Canvas) -> None:
    """A hundred and sixty seats, eight of them lit."""
    c.fade(0, HIGH, "#243447", "#1c2836")
    c.glow(800, 900, 800, "#3f5a74", 0.9)
    seats = []
    for ring, count in enumerate((14, 18, 21, 24, 25, 28, 30)):
        reach = 270 + ring * 74
        seats += [(math.pi * share, reach) for share in spread(0.02, 0.98, count)]
    seats.sort()
    lit = {n for n, (turn, _reach) in enumerate(seats) if n >= 152}
    for n, (turn, reach) in enumerate(seats):
        x, y = 800 - math.cos(turn) * reach, 930 - math.sin(turn) * reach
        size = 17 + reach * 0.014
        c.disc(x, y + 5, size, "#00000055")
        if n in lit:
            c.glow(x, y, 74, "#ffcf6a", 0.7)
        c.disc(x, y, size, "#f2b53a" if n in lit else ("#70859a", "#62778c")[n % 2])
        c.disc(x, y - size * 0.25, size * 0.62, "#ffd98a" if n in lit else "#8da0b2")
    c.box(690, 880, 910, 1000, "#a8442f", round_by=14)
    c.box(670, 862, 930, 890, "#c9604a", round_by=8)
    c.disc(800, 820, 34, "#e9dcc0")
    c.shape("#e9dcc0", (752, 866), (772, 842), (828, 842), (848, 866))
    c.box(0, 996, WIDE, HIGH, "#141d28")


def ballot(c: Canvas) -> None:
    """A hand drops a folded paper into a ballot box."""
    c.fade(0, HIGH, "#2f6f72", "#24565e", "#1d4450")
    c.glow(800, 420, 720, "#7fb8a8", 0.8)
    c.disc(800, 1000, 560, "#00000044", high=40)
    c.shape("#e9dcc0", (430, 560), (1170, 560), (1140, 1010), (460, 1010))
    c.shape("#cdbb98", (1010, 560), (1170, 560), (1140, 1010), (1000, 1010))
    c.shape("#f6edd8", (430, 560), (530, 480), (1070, 480), (1170, 560))
    c.shape("#33414a", (640, 528), (960, 528), (950, 508), (650, 508))
    c.shape("#ffffff", (690, 300), (900, 260), (930, 516), (676, 518))
    c.shape("#dfe6e4", (800, 279), (900, 260), (930, 516), (806, 517))
    for y in (350, 390, 430):
        c.line("#9fb0ae", 6, (712, y), (790, y - 14))
    skin, cuff = "#6b452f", "#d29a3a"
    c.shape(cuff, (1010, -20), (1330, -20), (1180, 140), (990, 90))
    c.shape(skin, (1000, 80), (1160, 124), (1010, 300), (880, 250))
    for n, x in enumerate((900, 936, 972)):
        c.line(mix(skin, "#000000", 0.07 * n), 40, (x + 40, 220), (x - 36, 318 + n * 8))
        c.disc(x - 36, 318 + n * 8, 20, mix(skin, "#000000", 0.07 * n))
    c.curve(skin, 44, (940, 170), (840, 200), (812, 296))
    c.disc(812, 296, 22, skin)
    c.box(590, 660, 900, 900, "#2f6f72", round_by=10)
    c.line("#f6edd8", 34, (660, 780), (724, 846), (836, 706))
    c.box(748, 560, 800, 590, "#a8442f", round_by=5)


def money(c: Canvas) -> None:
    """Coins travel from a telephone across the sea."""
    c.fade(0, HIGH, "#f3dcb0", "#eebf8c", "#d98f6f")
    c.glow(800, 330, 560, "#fff3d0", 1)
    c.disc(800, 340, 90, "#fff6dd")
    c.fade(640, HIGH, "#3f8490", "#24606f", "#17414f")
    c.ripples(650, HIGH, "#f6e2b877", 110)
    c.shape("#6b4a52", (1180, 650), *arc((1180, 650), (1380, 540), (1600, 600)), (1600, 660))
    for n, x in enumerate(spread(1260, 1540, 6)):
        c.box(x, 560 - n % 3 * 26, x + 44, 640, ("#f3e2c0", "#e0b98a", "#c9735a")[n % 3])
        c.box(x + 14, 580 - n % 3 * 22, x + 28, 600 - n % 3 * 22, "#6b4a52")
    way = arc((470, 420), (900, -60), (1370, 490), 40)
    for point in way[1:-1:2]:
        c.disc(*point, 5, "#7a4a3c88")
    for n, share in enumerate((6, 14, 22, 30)):
        x, y = way[share]
        size = 62 - n * 8
        c.disc(x + 5, y + 7, size, "#7a4a3c55")
        c.disc(x, y, size, "#c98a24")
        c.disc(x - 3, y - 3, size * 0.9, "#f2c14e")
        c.disc(x - 3, y - 3, size * 0.68, "#dca530")
        c.box(x - 3 - size * 0.09, y - 3 - size * 0.4, x - 3 + size * 0.09, y - 3 + size * 0.4, "#f9e3a0", round_by=4)
        c.box(x - 3 - size * 0.3, y - 3 - size * 0.09, x - 3 + size * 0.3, y - 3 + size * 0.09, "#f9e3a0", round_by=4)
    skin = "#7a5238"
    c.shape(skin, (232, 860), (500, 820), *arc((600, 790), (590, 920), (500, HIGH)), (240, HIGH))
    c.shape("#2f4a6b", (215, 1010), (540, 990), (580, HIGH), (200, HIGH))
    c.box(214, 350, 506, 900, "#1d2a38", round_by=40)
    c.box(232, 376, 488, 874, "#f7f1e2", round_by=24)
    c.box(232, 420, 488, 520, BLUE)
    c.disc(360, 470, 34, "#f7f1e2")
    c.shape(BLUE, (346, 454), (382, 470), (346, 486))
    for y, right in ((566, 420), (600, 450), (634, 390)):
        c.box(262, y, right, y + 14, FAINT, round_by=7)
    c.box(262, 760, 458, 826, "#2f8a5b", round_by=30)
    c.shape("#f7f1e2", (346, 776), (378, 793), (346, 810))
    for n, (x, y) in enumerate(((214, 640), (210, 700), (214, 758))):
        c.line(mix(skin, "#000000", 0.05 * n), 40, (x - 20, y + 8), (x + 22, y))
        c.disc(x - 20, y + 8, 20, mix(skin, "#000000", 0.05 * n))
        c.disc(x + 22, y, 20, mix(skin, "#000000", 0.05 * n))
    c.curve(skin, 62, (555, 900), (560, 800), (492, 720))
    c.disc(492, 720, 31, skin)


def bubble(c: Canvas, left: float, top: float, colour: Colour, *, tail: float) -> None:
    """A speech bubble; `tail` is where its point comes out below, as a share of the width."""
    wide, high = 450, 280
    at = left + wide * tail
    c.box(left + 10, top + 14, left + wide + 10, top + high + 14, "#00000022", round_by=84)
    c.box(left, top, left + wide, top + high, colour, round_by=84)
    c.shape(
        colour,
        (at - 40, top + high - 6),
        (at + 44, top + high - 6),
        (at - 60 if tail < 0.5 else at + 60, top + high + 74),
    )


def languages(c: Canvas) -> None:
    """A child says one thing in three voices."""
    c.fade(0, HIGH, "#f3e4c4", "#efd3a4")
    c.disc(800, 1180, 620, "#e3b878", high=420)
    bubble(c, 80, 210, "#2f6f8f", tail=0.75)
    bubble(c, 575, 80, "#a8442f", tail=0.5)
    bubble(c, 1070, 210, "#2f8a6b", tail=0.25)
    for n, (x, y) in enumerate(((305, 350), (800, 225), (1295, 350))):
        if n == 0:
            c.disc(x, y, 84, "#f7f1e2")
            c.disc(x, y, 52, "#2f6f8f")
            c.disc(x, y, 22, "#f7f1e2")
        elif n == 1:
            c.shape("#f7f1e2", (x, y - 96), (x + 96, y + 70), (x - 96, y + 70))
            c.shape("#a8442f", (x, y - 36), (x + 44, y + 42), (x - 44, y + 42))
        else:
            c.box(x - 80, y - 80, x + 80, y + 80, "#f7f1e2", round_by=12)
            c.box(x - 42, y - 42, x + 42, y + 42, "#2f8a6b", round_by=6)
    c.shape("#d2a03a", *arc((560, HIGH), (560, 860), (800, 850)), *arc((800, 850), (1040, 860), (1040, HIGH)))
    c.box(750, 770, 850, 890, "#6b452f", round_by=40)
    c.disc(800, 680, 128, "#7a5238", high=142)
    c.shape(
        "#2a211e",
        *arc((668, 690), (660, 510), (800, 516)),
        *arc((800, 516), (940, 510), (932, 690)),
        *arc((932, 690), (900, 600), (800, 604)),
        *arc((800, 604), (700, 600), (668, 690)),
    )
    for side in (-1, 1):
        c.disc(800 + side * 120, 548, 62, "#2a211e")
        c.disc(800 + side * 52, 688, 11, "#2a211e")
        c.disc(800 + side * 84, 736, 24, "#a8644688", high=16)
    c.curve("#3a2218", 9, (760, 752), (800, 784), (840, 752))


def messages(c: Canvas) -> None:
    """One message, passed on from telephone to telephone."""
    c.fade(0, HIGH, "#20344a", "#182838")
    c.glow(800, 520, 700, "#3f6d8f", 0.7)
    for n, (x, y, size) in enumerate(((1330, 300, 0.62), (1080, 380, 0.78), (800, 480, 0.95), (470, 600, 1.2))):
        wide, high = 250 * size, 470 * size
        c.box(
            x - wide / 2 + 12, y - high / 2 + 20, x + wide / 2 + 12, y + high / 2 + 20, "#00000055", round_by=34 * size
        )
        c.box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, "#0d151f", round_by=34 * size)
        c.box(x - wide / 2 + 11, y - high / 2 + 20, x + wide / 2 - 11, y + high / 2 - 20, "#e9e2d0", round_by=18 * size)
        left, right = x - wide * 0.4, x + wide * 0.4
        for step in range(4):
            top = y - high * 0.4 + step * high * 0.2
            loud = step == 3 - n % 2
            own = step % 2
            tint = "#c4513f" if loud else ("#9fc4a4" if own else "#ffffff")
            c.box(
                left + (wide * 0.18 if own else 0),
                top,
                right - (0 if own else wide * 0.18),
                top + high * 0.15,
                tint,
                round_by=16 * size,
            )
            for text in range(2):
                at = left + (wide * 0.24 if own else wide * 0.06)
                c.box(
                    at,
                    top + high * (0.04 + text * 0.05),
                    at + wide * (0.46 - text * 0.14),
                    top + high * (0.062 + text * 0.05),
                    "#ffffffcc" if loud else "#33414a55",
                    round_by=4,
                )
    for n in range(3):
        x, y = ((640, 330), (940, 250), (1200, 190))[n]
        c.curve("#f2b53a", 12, (x - 90, y + 40), (x, y - 60), (x + 90, y - 14))
        c.shape("#f2b53a", (x + 124, y + 14), (x + 74, y - 46), (x + 62, y + 20))
