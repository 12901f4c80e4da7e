"""Words as the search sees them: small letters without accents, the same for what is written and what is looked for.

Accents are forgiven both ways: *Ọṣun* is found by "osun" and "osun" by *Ọṣun*; Arabic without its vowel signs and with
any alef; Ukrainian й as и. Chinese and Japanese, which do not part words, are taken letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from safeguards import spelling

LONGEST = 40  # letters of a word; what is longer is cut
COUNTED = 4  # letters from which on a word of headlines is counted, and one looked for may be taken for misspelt
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# A sign above a letter is part of its word, and in Cyrillic an apostrophe: Ukrainian has words with one.
_RUN = re.compile(
    rf"[^\W_ʼ]+(?:(?:[{spelling.MARKS}]+|(?<=[\u0400-\u04ff])[{spelling.APOSTROPHES}](?=[\u0400-\u04ff]))[^\W_ʼ]*)*"
)
_APOSTROPHES = str.maketrans("", "", spelling.APOSTROPHES)


class Word(NamedTuple):
    """A folded word, and where it stands in the text it came from."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=8_192)
def fold(word: str) -> str:
    """The word as the index has it; "" when nothing is left."""
    return spelling.fold(word.translate(_APOSTROPHES))[:LONGEST]


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order; an elision (*l’eau*, *don't*) parts words, a hyphen too."""
    for run in _RUN.finditer(text):
        start, letters = run.start(), run[0]
        for piece in (letters,) if letters.isascii() else _pieces(letters):
            folded = fold(piece)
            if folded:
                yield Word(folded, start, start + len(piece))
            start += len(piece)


def _pieces(run: str) -> Iterator[str]:
    """A run of letters, its Chinese and Japanese letters one by one."""
    last = 0
    for letter in _CJK.finditer(run):
        if letter.start() > last:
            yield run[last : letter.start()]
        yield letter[0]
        last = letter.end()
    if last < len(run):
        yield run[last:]


def folded(text: str) -> str:
    """The words of a text with a space between them, for the index."""
    return " ".join(word.text for word in words(text))
