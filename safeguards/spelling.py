"""Text that is found however it is spelt: in capitals or not, with its accents or without, on every database alike.

``Picture.objects.filter(caption__spelt="etudiants")`` finds *Étudiants*; so does an admin's search with
``search_fields = ("caption__spelt",)``. SQLite by itself knows the capitals of ASCII alone, and no database forgives
accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

from django.db.models import Field
from django.db.models.lookups import Regex

# Signs above and below letters, of scripts that write or leave them at will; and the soft hyphen, which nobody sees.
MARKS = "\u00ad\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640\u0483-\u0487\u05b0-\u05c7"
# Between two letters one is as good as another; in Ukrainian it is part of the word (U+02BC above all).
APOSTROPHES = "'’ʼ`‘"
# Letters that Unicode does not take apart, and Arabic ones that are written one for another.
_SAME = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th",
    "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ə": "e", "\u00ad": "",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": "",
    "ґ": "г",
})  # fmt: skip
_DIGITS = {
    ord(digit): str(value) for zero in "٠۰०০" for value, digit in enumerate(map(chr, range(ord(zero), ord(zero) + 10)))
}
_LAST_CASED = 0x1F000  # beyond, no script has capitals
_LAST = 0x2000  # no letters with accents of their own lie above, but for those of width and ligature


def fold(text: str) -> str:
    """The text in small letters without accents; the same for all its spellings, and for itself."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.translate(_SAME)).translate(_DIGITS)


def pattern(typed: str) -> str:
    """A regular expression, for Python and PostgreSQL, that finds `typed` in any spelling."""
    folded, parts, at = fold(typed), [], 0
    while at < len(folded):
        pair = folded[at : at + 2]
        letters = _written(pair[0])
        if len(pair) == 2 and (both := _spellings().get(pair)):
            parts.append(f"(?:[{both}]|{letters}{_written(pair[1])})")
            at += 2
        else:
            parts.append(letters)
            at += 1
    return "".join(parts)


def _written(letter: str) -> str:
    """One folded letter in all its spellings, with whatever signs."""
    known = _spellings().get(letter)
    if known:
        return f"[{known}][{MARKS}]*"
    return f"[{APOSTROPHES}]" if letter in APOSTROPHES else re.escape(letter)


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """The letters and digits that are folded to a letter, or to two."""
    found: dict[str, str] = defaultdict(str)
    for letter in map(chr, range(_LAST)):
        if letter.isalnum() and (folded := fold(letter)).isalnum() and len(folded) <= 2:
            found[folded] += letter
    return dict(found)


def _in_any_case(letter: str) -> str:
    found = _cases().get(letter.casefold(), "")
    return f"[{found}]" if len(found) > 1 else re.escape(letter)


@lru_cache(maxsize=1)
def _cases() -> dict[str, str]:
    """The letters, small ones and capitals, that are the same letter."""
    found: dict[str, str] = defaultdict(str)
    for letter in map(chr, range(_LAST_CASED)):
        if letter.casefold() != letter:
            found[letter.casefold()] += letter
    return {small: small + others if len(small) == 1 else others for small, others in found.items()}


class Spelt(Regex):
    """The lookup ``spelt``: the text holds what is given, in any spelling. Reads every row, as ``icontains`` does."""

    def get_prep_lookup(self) -> str:
        return pattern(str(self.rhs))


class Named(Regex):
    """The lookup ``named``: the text is what is given, in small letters or capitals of any script. Reads every row.

    Of a list it is one of them, for the same reading. All capitals are in the expression: a PostgreSQL of the locale
    "C" knows those of ASCII alone.
    """

    def get_prep_lookup(self) -> str:
        names = self.rhs if isinstance(self.rhs, list) else [self.rhs]
        return f"^(?:{'|'.join(''.join(map(_in_any_case, str(name))) for name in names)})\\Z"


def register() -> None:
    """Called once, when the apps are ready."""
    Field.register_lookup(Spelt, "spelt")
    Field.register_lookup(Named, "named")
