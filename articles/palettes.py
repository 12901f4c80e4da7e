"""The paper's colours and typefaces as design tokens: what the style of every readers' page and our drawings take.

Every pair of colours that text is set in has a contrast of at least 4.5 to 1 (WCAG 2.2, AA), by day and by night.
"""

from __future__ import annotations

import colorsys
from dataclasses import asdict, dataclass

from articles.models.site import Faces, Palette

TEXT = 4.5  # the least contrast of text


@dataclass(frozen=True)
class Shades:
    """Colours as ``#rrggbb``: of the page, of boxes on it, of text, of rules, of links, of the head of the page."""

    paper: str
    tint: str
    ink: str
    quiet: str
    rule: str
    strong: str
    link: str
    focus: str
    mast: str
    mast_ink: str

    def css(self) -> str:
        """The declarations of custom properties, ``--mast-ink`` and so on."""
        # A band ends by itself; a head on the colour of the page ends with a line.
        tokens = {**asdict(self), "mast_rule": self.rule if self.mast == self.paper else self.mast}
        return "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in tokens.items())


def _shades(hexadecimal: str) -> Shades:
    return Shades(*(f"#{colour}" for colour in hexadecimal.split()))


@dataclass(frozen=True)
class Colours:
    """A palette by day and by night."""

    light: Shades
    dark: Shades


PALETTES: dict[str, Colours] = {
    Palette.BROADSHEET: Colours(
        _shades("fffdf9 f5f1e8 1b1a18 5c5850 d9d3c5 1b1a18 8b1e1e 1f5fae fffdf9 1b1a18"),
        _shades("15171a 1e2125 e9e6e0 aaa59b 383b40 8d887e f0a29b 8ab8f5 15171a e9e6e0"),
    ),
    Palette.HARBOUR: Colours(
        _shades("f8fafc e9eff4 101b26 4c5b69 cbd6df 17324d 0b5394 a34700 12324f ffffff"),
        _shades("0f161d 18222c e3eaf0 9fb0bf 2c3a47 6d8196 8cc4f5 ffc766 0a263e eaf3fb"),
    ),
    Palette.SAVANNA: Colours(
        _shades("fdf9ef f4ecd6 231f14 5f5844 ddd1b1 2f5d3a 874c06 1d6b3a f4ecd6 24502f"),
        _shades("171610 232118 ece6d5 b3ab94 3d392b 7f9c80 e6b566 9fd0a8 1b2a1d cfe8cf"),
    ),
    Palette.STUDIO: Colours(
        _shades("ffffff f5f3fa 17131f 5d5769 dfdae8 17131f 6b2fb3 0f62d6 ffffff 4b1d86"),
        _shades("131118 1e1b26 ece8f3 aaa3b8 393441 8d84a0 c9a9f7 8ab8f5 131118 d9c3fb"),
    ),
    Palette.SIGNAL: Colours(
        _shades("f6f6f4 e9e9e6 161616 555553 cdcdc8 161616 ad121c 0b5bd3 b8141c ffffff"),
        _shades("141414 1f1f1f ebebe9 a9a9a6 3a3a3a 8c8c88 ff9c94 8ab8f5 860f15 ffffff"),
    ),
}

_ARABIC_SERIF = '"Noto Naskh Arabic","Geeza Pro","Noto Sans Arabic"'
SERIF = f'"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,"Noto Serif",{_ARABIC_SERIF},serif'
SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Geeza Pro",Arial,sans-serif'
# (headlines, text); the small print is always without serifs.
FACES: dict[str, tuple[str, str]] = {
    Faces.CLASSIC: (SERIF, SERIF),
    Faces.MODERN: (SANS, SERIF),
    Faces.PLAIN: (SANS, SANS),
    Faces.OWN: (SERIF, SERIF),  # what stands behind the paper's own fonts until they have come
}


def colours(name: str) -> Colours:
    """The palette of that name; the first one for a name that is none (any longer)."""
    return PALETTES.get(name, PALETTES[Palette.BROADSHEET])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2: 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def readable(colour: str, *, on: tuple[str, ...], least: float = TEXT) -> str:
    """`colour` itself or the nearest shade of it, darker or lighter, that can be read on each of the grounds `on`."""
    towards = 0.0 if _luminance(on[0]) > 0.18 else 1.0
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in rgb(colour)))
    shade = colour
    for step in range(1, 41):
        if min(contrast(shade, ground) for ground in on) >= least:
            break
        nearer = lightness + (towards - lightness) * step / 40
        shade = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, nearer, saturation))
    return shade


def section_shades(colour: str, palette: Colours) -> tuple[str, str]:
    """A section's own colour as text, by day and by night."""
    light, dark = palette.light, palette.dark
    return readable(colour, on=(light.paper, light.tint)), readable(colour, on=(dark.paper, dark.tint))


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in rgb(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
