"""Words drawn into pictures: in any script that a font is at hand for, joined and ordered as the script asks.

Two fonts come with us (Latin, Greek, Cyrillic; Arabic); for other scripts the Noto fonts of the system are used if it
has them. Arabic needs Pillow's Raqm, which its wheels have.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont, features
from PIL.ImageDraw import ImageDraw

from articles import languages

_FONTS = Path(__file__).resolve().parent / "fonts"
_OURS = (_FONTS / "NotoSerif-Bold.ttf", _FONTS / "NotoNaskhArabic-Bold.ttf")
_SYSTEM = tuple(
    Path("/usr/share/fonts") / folder for folder in ("truetype/noto", "opentype/noto", "noto", "google-noto")
)
_HAN = {"cjk", "hiragana", "katakana", "hangul", "ideographic"}
_SHAPES = features.check("raqm")
_NO_GLYPH = "\U0010fffd"
_SPACE = 0.27  # of the size


class Piece(NamedTuple):
    """Letters of one font and one direction, and how many pixels wide they are."""

    text: str
    font: ImageFont.FreeTypeFont
    direction: str
    width: float


class Lines(NamedTuple):
    """A text set in lines that fit; `height` is that of a line, in pixels."""

    size: int
    height: int
    rows: list[list[str]]


def is_drawable(text: str) -> bool:
    """Whether each of its letters is in a font at hand, and can be joined and ordered as it should be."""
    if not _SHAPES and any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text):
        return False
    return all(_file_for(letter) for letter in text if not letter.isspace() and not _follows(letter))


def fit(text: str, *, width: int, height: int, sizes: range, language: str) -> Lines:
    """The text in the largest of `sizes` (downwards) in which it fits the box; the rest is cut off if it never does."""
    tall = 1.42 if languages.direction(language) == "rtl" else 1.2
    for size in sizes:
        high = round(size * tall)
        rows = _rows(text, width, size, language)
        if len(rows) * high <= height:
            return Lines(size, high, rows)
    kept = rows[: max(1, height // high)]
    kept[-1] = [*kept[-1][:-1], "…"] if len(kept[-1]) > 1 else ["…"]
    return Lines(size, high, kept)


def draw_line(canvas: ImageDraw, words: list[str], *, at: tuple[int, int], size: int, fill: str, language: str) -> None:
    """Draws words on a baseline. `at` is where the line begins: its left end, or its right end from right to left."""
    base = languages.direction(language)
    x, y = at
    if base == "rtl":
        x -= round(_width(words, size, language))
    # Runs against the stream of the line keep their own order: a Latin name in an Arabic headline.
    runs = [(way, list(run)) for way, run in groupby(words, key=lambda word: _direction(word, base))]
    for way, run in runs if base == "ltr" else reversed(runs):
        for word in run if way == "ltr" else reversed(run):
            for piece in _pieces(word, size, way, language):
                canvas.text(
                    (x, y),
                    piece.text,
                    fill,
                    piece.font,
                    anchor="ls",
                    direction=way if _SHAPES else None,
                    language=language if _SHAPES else None,
                )
                x += round(piece.width)
            x += round(size * _SPACE)


def draw_centred(canvas: ImageDraw, letter: str, *, centre: tuple[int, int], size: int, fill: str) -> None:
    """Draws one letter in the middle of things, by its ink and not by its line."""
    font = _font(_file_for(letter) or _OURS[0], size)
    left, top, right, bottom = font.getbbox(letter)
    x, y = centre[0] - (left + right) / 2, centre[1] - (top + bottom) / 2
    canvas.text((x, y), letter, fill, font)


def _rows(text: str, width: int, size: int, language: str) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    for word in _words(text, lambda part: _width([part], size, language) <= width):
        if rows[-1] and _width([*rows[-1], word], size, language) > width:
            rows.append([])
        rows[-1].append(word)
    return rows


def _words(text: str, is_short: Callable[[str], bool]) -> list[str]:
    """Words, and the parts of those that are longer than a line (some scripts have no spaces)."""
    words = []
    for whole in text.split():
        word = whole
        while not is_short(word) and len(word) > 1:
            cut = next((end for end in range(len(word) - 1, 1, -1) if is_short(word[:end])), 1)
            words.append(word[:cut])
            word = word[cut:]
        words.append(word)
    return words


def _width(words: list[str], size: int, language: str) -> float:
    base = languages.direction(language)
    letters = sum(piece.width for word in words for piece in _pieces(word, size, _direction(word, base), language))
    return letters + size * _SPACE * (len(words) - 1)


def _pieces(word: str, size: int, direction: str, language: str) -> list[Piece]:
    """A word in pieces of one font each, from left to right."""
    files: list[Path] = []
    for letter in word:
        previous = files[-1] if files else None
        keeps = previous is not None and (_follows(letter) or _covers(previous, letter))
        files.append(previous if keeps and previous else _file_for(letter) or _OURS[0])
    pieces = []
    for file, run in groupby(zip(files, word, strict=True), key=lambda pair: pair[0]):
        font, text = _font(file, size), "".join(letter for _file, letter in run)
        pieces.append(
            Piece(
                text,
                font,
                direction,
                font.getlength(text, direction=direction if _SHAPES else None, language=language if _SHAPES else None),
            )
        )
    return pieces if direction == "ltr" else pieces[::-1]


def _direction(word: str, base: str) -> str:
    kinds = {unicodedata.bidirectional(letter) for letter in word}
    if kinds & {"R", "AL"}:
        return "rtl"
    return "ltr" if kinds & {"L", "EN", "AN"} else base


def _follows(letter: str) -> bool:
    """Marks and joiners go with the letter before them."""
    return unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"}


@lru_cache(maxsize=4096)
def _file_for(letter: str) -> Path | None:
    places = [*_OURS]
    script = unicodedata.name(letter, "").partition(" ")[0].lower()
    if script in _HAN:
        places += [folder / "NotoSansCJK-Bold.ttc" for folder in _SYSTEM]
    elif script.isalpha():
        places += [folder / f"NotoSans{script.title()}-Bold.ttf" for folder in _SYSTEM]
    return next((place for place in places if place.is_file() and _covers(place, letter)), None)


@lru_cache(maxsize=8192)
def _covers(file: Path, letter: str) -> bool:
    font = _font(file, 24)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_NO_GLYPH))


@lru_cache(maxsize=64)
def _font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)
