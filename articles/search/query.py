"""What somebody typed into the search, understood: words, "phrases", -exclusions, beginnings*. Any input is safe."""

from __future__ import annotations

import re
from dataclasses import dataclass

from articles.search.words import words

LONGEST = 200  # letters looked at
MOST = 12  # terms
# Marks of direction, which come along with what is copied: between a hyphen and its word they would hide it.
_UNSEEN = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_TERMS = re.compile(r'(-?)(?:["“”„«»]([^"“”„«»]*)["“”„«»]?|([^\s"“”„«»]+))')


@dataclass(frozen=True)
class Term:
    """Words that must stand side by side; of `is_prefix` the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False
    is_excluded: bool = False


@dataclass(frozen=True)
class Query:
    """`terms` are all wanted, but for those excluded. False when there is nothing to look for."""

    typed: str
    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return any(not term.is_excluded for term in self.terms)

    @property
    def wanted(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.is_excluded)


def understand(typed: str) -> Query:
    """Never raises. A hyphen inside a word, and marks of no meaning, part words that must stand side by side."""
    typed = " ".join(typed.replace("\0", " ").translate(_UNSEEN).split())[:LONGEST]
    terms: list[Term] = []
    for minus, phrase, word in _TERMS.findall(typed):
        found = tuple(each.text for each in words(phrase or word))
        if found:
            term = Term(found, is_prefix=bool(word) and word.endswith("*"), is_excluded=bool(minus))
            if term not in terms:
                terms.append(term)
    return Query(typed, tuple(terms[:MOST]))
