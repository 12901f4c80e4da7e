"""What differs between two texts: word by word, and between two bodies block by block. Knows no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from articles import markup
from articles.tokens import tokens

Op = Literal["same", "removed", "added"]

Opcode = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]
_LONE = (
    r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # no spaces between words
)
_MARKS = r".,;:!?…()\[\]{}«»“”„\"'‘’،؛؟。、，！？—–/"
_LETTER = rf"[^\s{_MARKS}{_LONE}]"
_WORD = re.compile(rf"({_LETTER}+(?:['’]{_LETTER}+|[.,]\d+)*|\S)\s*")
_SPEEDY, _MOST = 1_000, 30_000  # words: from here on common ones are no anchors; from there on nothing is compared
_ALIKE, _PAIRS = 0.35, 2_500
_VOID = {"hr", "br"}


@dataclass(frozen=True)
class Pair:
    """A block of a body as it was and as it is: of one removed or added the other side is ""."""

    op: Literal["same", "changed", "removed", "added"]
    old: str
    new: str

    def words(self) -> list[tuple[Op, str]]:
        """The block's words as `words` gives them; a change of markup alone leaves them all the same."""
        return words(markup.plain(self.old), markup.plain(self.new))


def words(old: str, new: str) -> list[tuple[Op, str]]:
    """Two plain texts as runs of words that stayed, went and came; spaces do not count.

    What stayed and what came give the new text, what stayed and what went the old one, but for spaces.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    shown_before, shown_after = _pieces(old), _pieces(new)
    runs: list[tuple[Op, str]] = []
    if max(len(before), len(after)) > _MOST and before != after:
        whole: list[tuple[Op, str]] = [("removed", old), ("added", new)]
        return [(op, text) for op, text in whole if text]
    for op, low, high, start, end in opcodes(before, after, autojunk=max(len(before), len(after)) > _SPEEDY):
        if op == "equal":
            runs.append(("same", "".join(shown_after[start:end])))
            continue
        if high > low:
            runs.append(("removed", "".join(shown_before[low:high])))
        if end > start:
            runs.append(("added", "".join(shown_after[start:end])))
    return runs


def blocks(old: str, new: str) -> list[Pair]:
    """Two cleaned bodies as their blocks in order; one that was rewritten stands beside what it became."""
    before, after = split(old), split(new)
    pairs: list[Pair] = []
    for op, low, high, start, end in opcodes(before, after):
        if op == "equal":
            pairs += [Pair("same", block, block) for block in after[start:end]]
        else:
            pairs += _aligned(before[low:high], after[start:end])
    return pairs


def split(body: str) -> list[str]:
    """The blocks of a cleaned body, each with all that is in it: joined again they are the body.

    Space between blocks, as brought in copy has it and the editor has not, means nothing and goes.
    """
    found, start, depth = [], 0, 0
    for token in tokens(body):
        if token.name and token.name not in _VOID:
            depth += -1 if token.closing else 1
        if depth <= 0 and token.name:
            found.append(body[start : token.end].strip())
            start, depth = token.end, 0
    rest = body[start:].strip()
    return [*found, rest] if rest else found


def opcodes(old: Sequence[str], new: Sequence[str], *, autojunk: bool = False) -> list[Opcode]:
    """As difflib gives them: ("equal" and others, from and to in the old, from and to in the new)."""
    return SequenceMatcher(None, old, new, autojunk=autojunk).get_opcodes()


def _pieces(text: str) -> list[str]:
    """The words of a text with the space that follows each."""
    return [match[0] for match in _WORD.finditer(text)]


def _aligned(old: list[str], new: list[str]) -> list[Pair]:
    """Blocks that differ, those alike side by side and the others removed or added, in an order that reads well."""
    if not old or not new or len(old) * len(new) > _PAIRS:
        return [Pair("removed", block, "") for block in old] + [Pair("added", "", block) for block in new]
    bags = [[Counter(_WORD.findall(markup.plain(block).lower())) for block in side] for side in (old, new)]
    # best[i][j]: how much alike what is left from old[i] and new[j] on can be made to stand side by side.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    alike = [[_alike(one, other) for other in bags[1]] for one in bags[0]]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j])
    pairs, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            pairs.append(Pair("changed", old[i], new[j]))
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or best[i][j] == best[i + 1][j]):
            pairs.append(Pair("removed", old[i], ""))
            i += 1
        else:
            pairs.append(Pair("added", "", new[j]))
            j += 1
    return pairs


def _alike(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that two blocks have in common; 0 when it is too small to call one a change of the other."""
    total = one.total() + other.total()
    share = 2 * (one & other).total() / total if total else 1.0
    return share if share >= _ALIKE else 0.0
