"""Two people changed one story: what each did, and one text out of both. Knows no rows; contents are as snapshots hold.

What I changed is never dropped: where both changed the same, mine stands unless I choose otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from articles.comparing import opcodes, split

Content = Mapping[str, Any]
# Who changed something since the version that I began from. "both": differently; "nobody": both have the same now.
Changer = Literal["nobody", "mine", "theirs", "both"]
TOGETHER, MINE, THEIRS = "together", "mine", "theirs"
_NEITHER = object()


@dataclass(frozen=True)
class Passage:
    """Blocks of a body that stand for one another: in what both began from, in mine and in theirs."""

    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def changer(self) -> Changer:
        return _changer(self.base, self.mine, self.theirs)


@dataclass(frozen=True)
class Marks:
    """What is set around passages that stand twice, each a block of its own."""

    mine: str
    theirs: str
    end: str


def changes(base: Content | None, mine: Content, theirs: Content) -> dict[str, Changer]:
    """Who changed which field. Without `base` (it is no longer kept) every difference counts as made by both."""
    return {
        name: _changer(base.get(name) if base is not None else _NEITHER, mine[name], theirs.get(name)) for name in mine
    }


def passages(base: str | None, mine: str, theirs: str) -> list[Passage]:
    """Three cleaned bodies cut where all agree; the passages in order make up each of them whole."""
    mine_blocks, theirs_blocks = split(mine), split(theirs)
    if base is None:  # what is common to both is the best guess of what they began from
        equal = [range(low, high) for op, low, high, _, _ in opcodes(mine_blocks, theirs_blocks) if op == "equal"]
        base_blocks = [mine_blocks[place] for places in equal for place in places]
    else:
        base_blocks = split(base)
    return list(_cut(base_blocks, mine_blocks, theirs_blocks))


def body(found: list[Passage], *, marks: Marks, choices: Mapping[int, str] | None = None) -> str:
    """One body out of both. `choices`: for the passages that both changed, by their place among `found`, whose stands;
    those not chosen stand twice, mine first, within `marks`."""
    blocks: list[str] = []
    for place, passage in enumerate(found):
        choice = (choices or {}).get(place, TOGETHER)
        if passage.changer == "theirs" or (passage.changer == "both" and choice == THEIRS):
            blocks += passage.theirs
        elif passage.changer != "both" or choice == MINE:
            blocks += passage.mine
        else:
            blocks += [marks.mine, *passage.mine, marks.theirs, *passage.theirs, marks.end]
    return "".join(blocks)


def settled(
    base: Content | None,
    mine: Content,
    theirs: Content,
    *,
    marks: Marks,
    choices: Mapping[str, str] | None = None,
    passage_choices: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """One content out of both: what one side alone changed is taken, and of what both did what `choices` say by field.

    Not chosen, mine stands; of the body, both do (`body`); of tags those of either side can (`TOGETHER`).
    """
    chosen = choices or {}
    result = dict(mine)
    for name, changer in changes(base, mine, theirs).items():
        choice = chosen.get(name, TOGETHER if name == "body" else MINE)
        if name == "body" and choice == TOGETHER:
            began = base["body"] if base is not None else None
            result[name] = body(passages(began, mine[name], theirs[name]), marks=marks, choices=passage_choices)
        elif changer == "theirs" or (changer == "both" and choice == THEIRS):
            result[name] = theirs.get(name)
        elif changer == "both" and choice == TOGETHER and name == "tags":
            result[name] = sorted({*mine[name], *theirs[name]})
    return result


def _changer(base: Any, mine: Any, theirs: Any) -> Changer:
    base, mine, theirs = base or None, mine or None, theirs or None  # older revisions lack what was added later
    if mine == theirs:
        return "nobody"
    if mine == base:
        return "theirs"
    return "mine" if theirs == base else "both"


def _cut(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[Passage]:
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    b = m = t = 0
    for place in [place for place in range(len(base)) if place in in_mine and place in in_theirs]:
        if in_mine[place] < m or in_theirs[place] < t:
            continue
        yield from _finer(base[b:place], mine[m : in_mine[place]], theirs[t : in_theirs[place]])
        b, m, t = place + 1, in_mine[place] + 1, in_theirs[place] + 1
        yield Passage((base[place],), (base[place],), (base[place],))
    yield from _finer(base[b:], mine[m:], theirs[t:])


def _finer(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[Passage]:
    """Neighbouring paragraphs that were each rewritten by another are no quarrel: block stands for block."""
    if len(base) == len(mine) == len(theirs):
        for one in zip(base, mine, theirs, strict=True):
            yield Passage(*((block,) for block in one))
    else:
        yield Passage(tuple(base), tuple(mine), tuple(theirs))


def _places(base: list[str], other: list[str]) -> dict[int, int]:
    """Where the blocks of `base` that were left alone stand in `other`."""
    return {
        low + step: start + step
        for op, low, high, start, _ in opcodes(base, other)
        if op == "equal"
        for step in range(high - low)
    }
