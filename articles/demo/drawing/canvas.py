"""A sheet to draw on, in units of a picture 1600 wide, with the few shapes that all scenes share."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Colour = str  # "#rrggbb" or "#rrggbbaa"
Point = tuple[float, float]
WIDE, HIGH = 1600, 1067
FONTS = Path(__file__).parents[2] / "fonts"


class Canvas:
    """Drawn at twice the size and reduced at the end, so that edges are smooth. The seed decides all chance in it."""

    def __init__(
        self, seed: str, *, width: int = WIDE, shape: Point = (WIDE, HIGH), language: str = "en",
        labels: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.labels, self.language = labels or {}, language
        self.random = Random(seed)  # noqa: S311  # chance in a drawing, nothing secret
        self.wide, self.high = shape
        self._size = (width, round(width * shape[1] / shape[0]))
        self._scale = 2 * width / shape[0]
        self._sheet = Image.new("RGB", (self._size[0] * 2, self._size[1] * 2))

    @cached_property
    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self._sheet, "RGBA")

    def _at(self, *points: Point) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, *, round_by: float = 0) -> None:
        corners = self._at((left, top), (right, bottom))
        if round_by:
            self._pen.rounded_rectangle(corners, round_by * self._scale, fill=colour)
        else:
            self._pen.rectangle(corners, fill=colour)

    def shape(self, colour: Colour, *points: Point) -> None:
        self._pen.polygon(self._at(*points), fill=colour)

    def disc(self, x: float, y: float, across: float, colour: Colour, *, high: float | None = None) -> None:
        """An ellipse around a centre; `across` and `high` are half its width and height."""
        high = across if high is None else high
        self._pen.ellipse(self._at((x - across, y - high), (x + across, y + high)), fill=colour)

    def line(self, colour: Colour, thick: float, *points: Point) -> None:
        self._pen.line(self._at(*points), fill=colour, width=max(1, round(thick * self._scale)), joint="curve")

    def curve(self, colour: Colour, thick: float, start: Point, bend: Point, end: Point) -> None:
        self.line(colour, thick, *arc(start, bend, end))

    def text(self, x: float, y: float, words: str, size: float, colour: Colour, *, anchor: str = "ls") -> None:
        # The letters of the one look larger than those of the other.
        name, share = ("NotoNaskhArabic-Bold.ttf", 1.12) if self.language == "ar" else ("NotoSerif-Bold.ttf", 0.92)
        font = ImageFont.truetype(FONTS / name, size * self._scale * share)
        self._pen.text((x * self._scale, y * self._scale), words, fill=colour, font=font, anchor=anchor)

    def fade(self, top: float, bottom: float, *colours: Colour, left: float = 0, right: float | None = None) -> None:
        """A band in which the colours run into each other from top to bottom."""
        strip = Image.new("RGB", (1, len(colours)))
        for row, colour in enumerate(colours):
            strip.paste(colour, (0, row, 1, row + 1))
        (x, y), (far, low) = self._at((left, top), (self.wide if right is None else right, bottom))
        size = (max(1, round(far) - round(x)), max(1, round(low) - round(y)))
        # From the middle of the first colour to the middle of the last.
        column = strip.resize((1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, len(colours) - 0.5))
        self._sheet.paste(column.resize(size, Image.Resampling.NEAREST), (round(x), round(y)))

    def glow(self, x: float, y: float, reach: float, colour: Colour, strength: float = 1.0) -> None:
        """Light around a point, strongest in the middle."""
        size = max(2, round(reach * 2 * self._scale))
        # The gradient has come to 180 where its circle touches the sides; beyond that nothing may show.
        fall = Image.radial_gradient("L").point([round(strength * 255 * max(0, 1 - n / 180) ** 2) for n in range(256)])
        mask = fall.resize((size, size), Image.Resampling.BILINEAR)
        left, top = self._at((x - reach, y - reach))[0]
        self._sheet.paste(colour, (round(left), round(top)), mask)

    def mirror(
        self, y: float, deep: float, *, left: float = 0, right: float | None = None, strength: float = 0.6
    ) -> None:
        """What stands above `y` shows in the water below it, fainter the deeper."""
        (start, line), (end, low) = self._at((left, y), (self.wide if right is None else right, y + deep))
        x, middle, high = round(start), round(line), round(low - line)
        above = self._sheet.crop((x, middle - high, round(end), middle)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        mask = Image.linear_gradient("L").point([round(strength * (255 - n)) for n in range(256)]).resize(above.size)
        self._sheet.paste(above, (x, middle), mask)

    def ridge(self, y: float, swing: float, colour: Colour, *, length: float = 400) -> None:
        """Hills: everything below a wavy line is filled."""
        phases = [self.random.uniform(0, 7) for _ in range(3)]
        points = []
        for x in range(0, round(self.wide) + 20, 20):
            wave = sum(math.sin(x / (length / n) + phase) / n for n, phase in enumerate(phases, 1))
            points.append((float(x), y - swing * wave))
        self.shape(colour, (0, self.high), *points, (self.wide, self.high))

    def ripples(self, top: float, bottom: float, colour: Colour, count: int, *, longest: float = 120) -> None:
        """Strokes of light on water, longer and thicker the nearer they are."""
        for _ in range(count):
            near = self.random.random() ** 1.4
            x, y = self.random.uniform(-40, self.wide), top + (bottom - top) * near
            self.disc(x, y, longest * (0.15 + 0.85 * near) * self.random.uniform(0.3, 1), colour, high=0.8 + 2.6 * near)

    def person(self, x: float, y: float, tall: float, coat: Colour, *, head: Colour, scarf: Colour = "") -> None:
        """A figure that stands with its feet at (x, y)."""
        u = tall / 100
        for side in (-1, 1):
            self.line("#23222b", 9 * u, (x + side * 6 * u, y - 48 * u), (x + side * 7 * u, y - 2 * u))
        self.shape(
            coat,
            (x - 11 * u, y - 82 * u), (x + 11 * u, y - 82 * u), (x + 17 * u, y - 74 * u),
            (x + 16 * u, y - 36 * u), (x - 16 * u, y - 36 * u), (x - 17 * u, y - 74 * u),
        )  # fmt: skip
        self.disc(x, y - 91 * u, 8 * u, head, high=9.5 * u)
        if scarf:
            self.shape(
                scarf,
                (x - 10 * u, y - 94 * u),
                (x + 10 * u, y - 94 * u),
                (x + 14 * u, y - 72 * u),
                (x - 14 * u, y - 72 * u),
            )
            self.disc(x, y - 94 * u, 10.5 * u, scarf, high=9.5 * u)
            self.disc(x + 1.5 * u, y - 90 * u, 6 * u, head, high=6.5 * u)
        else:
            self.disc(x, y - 96 * u, 8.2 * u, "#23222b", high=6 * u)

    def jpeg(self, *, grain: int = 9, mirrored: bool = False) -> bytes:
        """The finished picture, as a JPEG file."""
        picture = self._sheet.reduce(2)
        if mirrored:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        noise = Image.frombytes("L", picture.size, self.random.randbytes(picture.width * picture.height))
        dark = noise.point([round(grain * n / 255) for n in range(256)])
        picture.paste("#10131c", (0, 0), dark)
        out = BytesIO()
        picture.save(out, "JPEG", quality=90)
        return out.getvalue()


Scene = Callable[[Canvas], None]


def arc(start: Point, bend: Point, end: Point, steps: int = 24) -> list[Point]:
    """Points of a curve from `start` to `end`, drawn towards `bend`."""
    shares = [step / steps for step in range(steps + 1)]
    x, y = ([(1 - t) ** 2 * start[n] + 2 * t * (1 - t) * bend[n] + t * t * end[n] for t in shares] for n in range(2))
    return list(zip(x, y, strict=True))


def spread(first: float, last: float, count: int) -> Iterator[float]:
    """`count` numbers from `first` to `last`, evenly apart."""
    for step in range(count):
        yield first + (last - first) * step / max(1, count - 1)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two."""
    pairs: Sequence[tuple[int, int]] = [(int(one[n : n + 2], 16), int(other[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
