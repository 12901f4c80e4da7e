"""Words as the search sees them: small letters without accents, the same for what is written and what is looked for.

Accents are forgiven both ways: *Ọṣun* is found by "osun" and "osun" by *Ọṣun*; Arabic without its vowel signs and with
any alef; Ukrainian й as и. Chinese and Japanese, which do not part words, are taken letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 40  # letters of a word; what is longer is cut
COUNTED = 4  # letters from which on a word of headlines is counted, and one looked for may be taken for misspelt
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_RUN = re.compile(
    r"[^\W_]+(?:[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640\u0483-\u0487\u05b0-\u05c7]+[^\W_]*)*"
)
# Letters that Unicode does not take apart, and Arabic ones that are written one for another.
_SAME = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": "",
    "ґ": "г",
})  # fmt: skip
_DIGITS = {
    ord(digit): str(value) for zero in "٠۰०০" for value, digit in enumerate(map(chr, range(ord(zero), ord(zero) + 10)))
}


class Word(NamedTuple):
    """A folded word, and where it stands in the text it came from."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=8_192)
def fold(word: str) -> str:
    """The word as the index has it; "" when nothing is left."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.translate(_SAME)).translate(_DIGITS)[:LONGEST]


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
