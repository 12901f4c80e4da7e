"""Two frozen copies of a story side by side: fields by their words, the text block by block, pictures as pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import Any, Literal

from django.utils.translation import gettext

from articles import comparing, figures, markup
from articles.admin import labels
from articles.embeds import recognise
from articles.models.desk import Article
from images.models import Picture, Video

Content = Mapping[str, Any]
Op = Literal["same", "removed", "added"]
# Of these a change of one word is no change of a word: the value is another one.
_WHOLE = {"section", "series", "kind", "language", "noindex", "original"}
_AROUND = 1  # blocks that are shown before and after a change, though they are the same
_FIGURE = re.compile(r'<figure data-(image|video|embed)="([^"]*)">')


@dataclass(frozen=True)
class Field:
    """A field that differs: the words that stayed, went and came."""

    name: str
    label: str
    words: list[tuple[comparing.Op, str]]


@dataclass(frozen=True)
class Thing:
    """A picture, a video or a post: `thumb` is a path, "" where there is nothing to show."""

    kind: str
    label: str
    thumb: str = ""
    href: str = ""


@dataclass(frozen=True)
class Row:
    """A block of the text. `is_markup`: its words are the same, but not what is done with them."""

    op: str
    words: list[tuple[comparing.Op, str]]
    things: list[Thing]
    is_markup: bool = False


@dataclass
class Stretch:
    """Blocks in a row that belong together: `is_folded` ones are all the same on both sides."""

    is_folded: bool
    rows: list[Row] = field(default_factory=list)


class Differences:
    """Between two contents as `articles.snapshots` makes them. Ten queries for names, two for pictures and videos."""

    def __init__(self, old: Content, new: Content) -> None:
        self.old, self.new = old, new

    @cached_property
    def fields(self) -> list[Field]:
        before, after = _shown(self.old), _shown(self.new)
        return [
            Field(name, label, _words(name, before[name][1], value))
            for name, (label, value) in after.items()
            if value != before[name][1]
        ]

    @cached_property
    def lead(self) -> list[tuple[Op, Thing]]:
        """The lead picture that went and the one that came; empty when it is the same."""
        went, came = self.old.get("lead_picture"), self.new.get("lead_picture")
        if went == came:
            return []
        sides: list[tuple[Op, int | None]] = [("removed", went), ("added", came)]
        return [(op, self._thing("image", str(number))) for op, number in sides if number]

    @cached_property
    def things(self) -> list[tuple[Op, Thing]]:
        """Pictures, videos and posts that stand in one text and not in the other."""
        before, after = _things_in(self.old["body"]), _things_in(self.new["body"])
        sides: list[tuple[Op, list[tuple[str, str]]]] = [
            ("removed", [key for key in before if key not in after]),
            ("added", [key for key in after if key not in before]),
        ]
        return [(op, self._thing(*key)) for op, keys in sides for key in keys]

    @cached_property
    def text(self) -> list[Stretch]:
        """The text's blocks in order; long stretches without a change are folded. Empty when nothing changed."""
        pairs = comparing.blocks(self.old["body"], self.new["body"])
        near = {
            index + step
            for index, pair in enumerate(pairs)
            if pair.op != "same"
            for step in range(-_AROUND, _AROUND + 1)
        }
        stretches: list[Stretch] = []
        for index, pair in enumerate(pairs if near else []):
            is_folded = index not in near
            if not stretches or stretches[-1].is_folded != is_folded:
                stretches.append(Stretch(is_folded))
            stretches[-1].rows.append(self._row(pair))
        return stretches

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.lead or self.text)

    def _row(self, pair: comparing.Pair) -> Row:
        words = pair.words()
        things = [self._thing(*key) for key in _things_in(pair.new or pair.old)]
        is_markup = pair.op == "changed" and all(op == "same" for op, _text in words)
        return Row(pair.op, words, things, is_markup)

    def _thing(self, kind: str, key: str) -> Thing:
        if kind == "embed":
            found = recognise(key)
            return Thing(kind, found.provider if found else key, href=key)
        known: Mapping[int, Picture | Video] = self._pictures if kind == "image" else self._videos
        thing = known.get(int(key))
        if thing is None:
            return Thing(kind, gettext("no longer in the library"))
        shown = thing if isinstance(thing, Picture) else thing.poster
        return Thing(kind, str(thing), figures.thumbnail(shown) if shown else "")

    @cached_property
    def _pictures(self) -> dict[int, Picture]:
        leads = {content.get("lead_picture") for content in (self.old, self.new)} - {None}
        return Picture.objects.in_bulk(leads | self._numbers("image"))

    @cached_property
    def _videos(self) -> dict[int, Video]:
        return Video.objects.select_related("poster").in_bulk(self._numbers("video"))

    def _numbers(self, kind: str) -> set[Any]:
        return {number for content in (self.old, self.new) for number in figures.numbers_in(content["body"], kind)}


def words_changed(old: Content | None, new: Content) -> tuple[int, int]:
    """How many words went and how many came, whatever their order: cheap enough for a list."""
    before, after = _bag(old) if old else Counter(), _bag(new)
    return (before - after).total(), (after - before).total()


def _bag(content: Content) -> Counter[str]:
    text = f"{content['headline']} {content['standfirst']} {markup.plain(content['body'])}"
    return Counter(text.split())


def _things_in(body: str) -> list[tuple[str, str]]:
    return list(dict.fromkeys((match[1], unescape(match[2])) for match in _FIGURE.finditer(body)))


def _shown(content: Content) -> dict[str, tuple[str, str]]:
    """Label and value of every field but the text and the lead picture, which is shown."""
    shown = labels.shown(content)
    del shown["lead_picture"]
    label = str(Article._meta.get_field("noindex").verbose_name)
    return {**shown, "noindex": (label, gettext("Yes") if content.get("noindex") else gettext("No"))}


def _words(name: str, old: str, new: str) -> list[tuple[comparing.Op, str]]:
    return list(_replaced(old, new)) if name in _WHOLE else comparing.words(old, new)


def _replaced(old: str, new: str) -> Iterator[tuple[comparing.Op, str]]:
    if old:
        yield "removed", old
    if new:
        yield "added", new
