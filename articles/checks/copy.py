"""A story's content as the checks read it: the body in blocks of plain text, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from articles.checks.marks import spoken
from articles.findings import Place
from articles.models.site import SiteSettings
from articles.tokens import INLINE

# As `markup.clean` writes it: no angle bracket stands in a text or in an attribute's value unless it is one.
_PIECE = re.compile(r"<(/?)(\w+)([^>]*)>|([^<]+)")
_HREF = re.compile(r' href="([^"]*)"')
_LANG = re.compile(r' lang="([^"]*)"')
_SPACE = re.compile(r"\s")
_SENTENCE_END = re.compile(r"(?<![.!?…؟۔])[.!?…؟۔]++[\"”’»“)\]]*+(?=\s|$)|[。！？]|\n")
EXCERPT = 120  # characters


@dataclass(frozen=True)
class Block:
    """One paragraph, heading, item, cell or caption: its words, where they start in the body, and what is in them."""

    tag: str
    text: str
    start: int
    language: str
    in_quotation: bool = False
    links: list[tuple[str, int, int]] = field(default_factory=list)  # address, start, end

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Starts and ends of the sentences."""
        ends = [match.end() for match in _SENTENCE_END.finditer(self.text)]
        if not ends or ends[-1] < len(self.text):
            ends.append(len(self.text))
        return list(zip([0, *ends], ends, strict=False))

    @cached_property
    def spoken(self) -> list[tuple[int, int]]:
        """Starts and ends of what stands between quotation marks."""
        return spoken(self.text)

    def is_spoken(self, start: int, end: int) -> bool:
        before = bisect_right(self.spoken, (start, len(self.text) + 1)) - 1
        return self.in_quotation or (before >= 0 and end <= self.spoken[before][1])

    def place(self, start: int, end: int) -> Place:
        """The place of text[start:end], without white space at its ends."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end = start + len(words.strip())
        return Place(
            self.start + start, self.start + end, _SPACE.sub(" ", self.text[start : min(end, start + EXCERPT)])
        )


@dataclass(frozen=True)
class Copy:
    """What every rule is given. `blocks` are the body's; `at` is the moment as of which it is judged.

    `place` chooses the story's address, where it is known how.
    """

    content: dict[str, Any]
    blocks: list[Block]
    site: SiteSettings
    number: int | None
    at: datetime
    flags: dict[str, bool]
    place: Callable[[], object] | None = None

    @property
    def today(self) -> date:
        """The day in the newsroom."""
        return self.at.astimezone(ZoneInfo(self.site.newsroom_time_zone)).date()

    @cached_property
    def word_count(self) -> int:
        return sum(len(block.text.split()) for block in self.blocks)


def read(content: Mapping[str, Any]) -> list[Block]:
    """The blocks of a cleaned body in order, those without words left out."""
    blocks: list[Block] = []
    open_tags: list[tuple[str, str]] = [("", content["language"])]  # of blocks, each with the language that holds in it
    words: list[str] = []
    length, start = 0, 0
    link: tuple[str, int] | None = None
    links: list[tuple[str, int, int]] = []

    def flush() -> None:
        nonlocal words, length, start, links
        text = "".join(words)
        if text.strip():
            tag, language = open_tags[-1]
            in_quotation = any(name in {"blockquote", "dd"} for name, _ in open_tags)
            blocks.append(Block(tag, text, start, language, in_quotation, links))
            start += len(text) + 1
        words, length, links = [], 0, []

    for closing, tag, attributes, text in _PIECE.findall(content["body"]):
        if text:
            words.append(unescape(text))
            length += len(words[-1])
        elif tag == "br":
            words.append("\n")
            length += 1
        elif tag == "a":
            if closing and link:
                links.append((link[0], link[1], length))
                link = None
            elif not closing and (href := _HREF.search(attributes)):
                link = (unescape(href[1]), length)
        elif tag not in INLINE:
            flush()
            link = None
            if closing:
                if len(open_tags) > 1:
                    open_tags.pop()
            elif tag != "hr":
                own = _LANG.search(attributes)
                open_tags.append((tag, own[1] if own else open_tags[-1][1]))
    flush()
    return blocks
