"""The closed HTML profile of a story's body: any HTML goes in, its elements in the profile's shape come out.

One pass over the source's tags, without a tree and without recursion. The source's structure decides a path of the
profile's blocks (a quotation, a paragraph); blocks and inline elements are written when text for them arrives, so empty
and misnested ones cannot come about, and what a browser's parser would multiply stays linear.
"""

import re
from typing import NamedTuple

from articles import embeds
from articles import profile_blocks as rules
from articles.effects import HIDDEN, Effect, effects, language, link, written
from articles.profile_blocks import Block, kind, own, shown
from articles.tokens import BLOCKS, INLINE, Token, attributes, printable, tokens

# Stands for "&" in text until the sanitiser has run, which needs quadratic time for "&amp;". A noncharacter.
AMPERSAND = "\ufdd0"
_DEEPEST_LIST = 4
_LOOK_BACK = 64

_SPACE = " \t\n\r\f\u00a0"
_SPACES = re.compile(r"[ \t\n\r\f\u00a0]{2,}|[\t\n\r\f\u00a0]")
_FOREIGN_PASTE = re.compile(r"""docs-internal-guid|class=["']?Mso|selectable-text""")
_WORD_ITEM = re.compile(r"mso-list:\s*l\d+ level(\d)")
_WORD_MARKER = re.compile(r"mso-list:\s*Ignore[^>]*>(?:<[^>]*>|\s)*(\(?\w{1,5}[.)])?")


def profiled(source: str) -> str:
    """The source in the profile's shape, "&" in text written as `AMPERSAND`. For `markup.clean`, which sanitises it."""
    return _Builder(printable(source)).build()


def _space(gap: str, before: str, after: str) -> str:
    """One ordinary space, or the no-break space that the gap is if it stands where typography wants one."""
    wanted = after in ";:!?»›%‰°€£$" or before in "«‹" or (before.isdigit() and after.isalnum())
    return "\u00a0" if gap == "\u00a0" and wanted else " "


class _Open(NamedTuple):
    """An open element of the source: where its text goes, and what it says of language for blocks yet to come."""

    tag: str
    path: tuple[Block, ...]
    spare: dict[str, str]
    block: Block | None
    inline: list[tuple[str, tuple[Effect, ...]]]


class _Builder:
    def __init__(self, source: str) -> None:
        self.source = source
        self.foreign = bool(_FOREIGN_PASTE.search(source))
        self.out: list[str] = []
        self.stack = [_Open("", (), {}, None, [])]
        self.inline: list[tuple[str, tuple[Effect, ...]]] = []
        self.written: tuple[Block, ...] = ()
        self.opened: list[Effect] = []
        self.paragraph: Block | None = None
        self.word: list[tuple[Block, Block]] = []
        self.preformatted = 0
        self.breaks = 0
        self.gap = ""
        self.before = ""  # the last character of the block being written; empty at its start

    def build(self) -> str:
        for token in tokens(self.source):
            if not token.name:
                self._text(token.text)
            elif token.name in INLINE:
                self._inline(token)
            elif token.name in BLOCKS:
                self._block(token)
            elif token.name == "br":
                self.breaks += 1
            elif token.name == "q":
                self._line('"')
            elif token.name == "iframe" and not token.closing:
                self._frame(attributes(token.attributes))
            elif token.name == "img":
                self._emoji(attributes(token.attributes).get("alt", ""))
        self._pop_to(1)
        self._sync(())
        return "".join(self.out)

    def _emoji(self, alt: str) -> None:
        """WhatsApp and WordPress show emoji as pictures whose alternative text is the emoji."""
        if len(alt) <= 8 and alt.isprintable() and not alt.isascii() and not any(map(str.isalpha, alt)):
            self._text(alt)

    # Inline elements ---------------------------------------------------------------------------------------------

    def _inline(self, token: Token) -> None:
        if token.name == "cite" and self._attribution(token):
            return
        if token.closing or token.name == "a":
            for index in range(len(self.inline) - 1, -1, -1):
                if self.inline[index][0] == token.name:
                    del self.inline[index]
                    break
        if not token.closing:
            found = attributes(token.attributes)
            self.inline.append((token.name, tuple(effects(token.name, found, foreign=self.foreign))))
            del self.inline[:-_LOOK_BACK]

    def _wanted(self) -> list[Effect]:
        wanted: list[Effect] = []
        for _, asked in self.inline:
            for effect in asked:
                same = [each for each in wanted if each[0] == effect[0]]
                if not same or (effect[0] == "span" and same[-1] != effect and len(same) < 3):
                    wanted.append(effect)
        return wanted

    # Text ---------------------------------------------------------------------------------------------------------

    def _text(self, text: str) -> None:
        if not self.preformatted:
            self._line(text)
            return
        for number, line in enumerate(text.split("\n")):
            self.breaks += bool(number)
            self._line(line)

    def _line(self, text: str) -> None:
        core = text.strip(_SPACE)
        if not core:
            self.gap = (self.gap + text)[:2]
            return
        if core.startswith("http") and self._bare_figure() and self._card(embeds.recognise(core)):
            return
        wanted = self._wanted()
        if HIDDEN in wanted:
            return
        self._sync(self._target())
        for block in self.written:
            block.filled = True
        kept = 0
        while kept < min(len(wanted), len(self.opened)) and wanted[kept] == self.opened[kept]:
            kept += 1
        self._close_inline(kept)
        start = text.index(core[0])
        gap = self.gap + text[:start]
        if self.before and self.breaks:
            self.out.append("<br>")
        elif self.before and gap:
            self.out.append(_space(gap, self.before, core[0]))
        self.out += [f"<{tag}{attributes}>" for tag, attributes in wanted[kept:]]
        self.opened = wanted
        core = _SPACES.sub(lambda match: _space(match[0], core[match.start() - 1], core[match.end()]), core)
        self.out.append(core.replace("&", AMPERSAND).replace("<", "&lt;").replace(">", "&gt;"))
        self.before, self.breaks = core[-1], 0
        self.gap = text[start + len(text[start:].rstrip(_SPACE)) :][:2]

    def _target(self) -> tuple[Block, ...]:
        """The path of blocks that text goes to now; makes the paragraph, item or cell that the source left out."""
        path = self.stack[-1].path
        tail = path[-1].tag if path else ""
        if tail in rules.ROWS | {"table", "tr"}:
            self._start("td", {})
            return self.stack[-1].path
        if tail in rules.LISTS:
            path[-1].last = path[-1].last or Block("li", {})
            path = (*path, path[-1].last)
        if tail == "figure":
            path[-1].last = path[-1].last or Block("figcaption", self.stack[-1].spare)
            path = (*path, path[-1].last)
        if tail == "dl":
            path, tail = self._answer(path), "dd"
        if path and path[0].tag == "blockquote":
            footer = path[0].last
            if footer and footer.at >= 0 and footer not in path:
                # Words after the attribution begin a new quotation.
                self._sync(())
                path[0].last = None
        if tail in rules.WITH_PARAGRAPHS:
            if self.paragraph is None or self.breaks > 1:
                self.paragraph = Block("p", self.stack[-1].spare)
            path = (self.paragraph,) if tail == "section" else (*path, self.paragraph)
        return path

    def _answer(self, path: tuple[Block, ...]) -> tuple[Block, ...]:
        """Text straight in questions and answers is an answer."""
        if path[-1].last is None or path[-1].last.tag == "dt":
            path[-1].last = Block("dd", self.stack[-1].spare)
        return (*path, path[-1].last)

    def _close_inline(self, kept: int) -> None:
        self.out += [f"</{tag}>" for tag, _ in reversed(self.opened[kept:])]
        del self.opened[kept:]

    def _sync(self, path: tuple[Block, ...]) -> None:
        """Writes end and start tags until exactly the blocks of `path` are open."""
        if path == self.written:
            return
        common = 0
        while common < min(len(path), len(self.written)) and path[common] is self.written[common]:
            common += 1
        self._close_inline(0)
        self.out += [f"</{block.tag}>" for block in reversed(self.written[common:])]
        for block in path[common:]:
            block.at = len(self.out)
            self.out.append(f"<{block.tag}{written(block.attributes)}>")
        self.written = path
        self.before, self.gap, self.breaks = "", "", 0

    # Blocks -------------------------------------------------------------------------------------------------------

    def _block(self, token: Token) -> None:
        if token.closing:
            self._boundary()
            self._close(*rules.ends(token.name))
            return
        found = attributes(token.attributes)
        level = _WORD_ITEM.search(found.get("style", "")) if token.name == "p" else None
        if level:
            # The marker before the item's text tells a numbered list from a bulleted one.
            marker = _WORD_MARKER.search(self.source, token.end, token.end + 400)
            self._word_item(min(int(level[1]), _DEEPEST_LIST) or 1, "ol" if marker and marker[1] else "ul", found)
        else:
            self.word = []
            self._start(token.name, found)

    def _attribution(self, token: Token) -> bool:
        """WordPress writes the attribution of a quotation as <cite> straight in the <blockquote>."""
        if token.closing:
            if self.stack[-1].tag != "cite":
                return False
            self._boundary()
            self._pop_to(len(self.stack) - 1)
            return True
        if self.stack[-1].tag != "blockquote" or self.stack[-1].block is None or self.paragraph is not None:
            return False
        self._start("cite", attributes(token.attributes))
        return True

    def _boundary(self) -> None:
        self.paragraph = None
        self.breaks = max(self.breaks, 1)

    def _close(self, names: frozenset[str], barriers: frozenset[str]) -> None:
        for index in range(len(self.stack) - 1, max(0, len(self.stack) - _LOOK_BACK), -1):
            tag = self.stack[index].tag
            if tag in names:
                self._pop_to(index)
                return
            if tag in barriers:
                return

    def _pop_to(self, length: int) -> None:
        while len(self.stack) > length:
            gone = self.stack.pop()
            self.preformatted -= gone.tag == "pre"
            if gone.block and gone.tag in rules.CELLS:
                self._sync(gone.path)  # an empty cell still holds its column
                self.inline = gone.inline
            elif gone.block and gone.tag == "table":
                self._sync(())
                if not gone.block.filled and gone.block.at >= 0:
                    del self.out[gone.block.at :]

    def _start(self, tag: str, found: dict[str, str]) -> None:
        self._boundary()
        if self.stack[-1].tag == "p" or (tag in rules.HEADINGS and self.stack[-1].tag in rules.HEADINGS):
            self._pop_to(len(self.stack) - 1)
        if tag in rules.IMPLIED_ENDS:
            self._close(*rules.IMPLIED_ENDS[tag])
        name = kind(tag, found)
        path = self._room_for(name)
        here = language(found, foreign=self.foreign)
        if tag == "hr":
            if path is not None:
                self._sync(())
                self.out.append("<hr>")
            return
        spare = {**self.stack[-1].spare, **here}
        if name == "figure":
            self._figure(path, found, spare)
            return
        if path is None:
            path = self.stack[-1].path
            if path and path[-1].at < 0 and path[-1].tag not in rules.NOT_SPOKEN_FOR:
                path[-1].attributes.update(here)
            self.stack.append(_Open(tag, path, spare, None, []))
        else:
            name = "h3" if name == "h2" and path else name
            if name in rules.WITHOUT_LANGUAGE:
                block = Block(name, own(name, found))
            else:
                block, spare = Block(name, {**spare, **own(name, found)}), {}
            if block.tag in {"li", "footer", "figcaption"} | rules.ENTRIES:
                path[-1].last = block
            self.stack.append(_Open(tag, (*path, block), spare, block, list(self.inline)))
        self.preformatted += tag == "pre"

    # Figures ------------------------------------------------------------------------------------------------------

    def _figure(self, path: tuple[Block, ...] | None, found: dict[str, str], spare: dict[str, str]) -> None:
        """What it shows is named by an attribute, and is there without a word; of other figures the caption stays."""
        what = shown(found)
        if path and (path[-1].tag == "aside" or "data-image" not in what):
            path = ()
        block = Block("figure", what) if path is not None and what else None
        if not block and (url := what.get("data-embed") or found.get("data-embed")):
            self._link(url)
        path = self.stack[-1].path if block is None else (*(path or ()), block)
        self.stack.append(_Open("figure", path, spare, block, []))
        if block:
            self._sync(path)

    def _frame(self, found: dict[str, str]) -> None:
        """Others show posts and videos in frames; some scripts keep the address aside until it is seen."""
        for name in ("src", "data-src", "data-lazy-src"):
            if embed := embeds.recognise(found.get(name, "")):
                if not self._card(embed):
                    self._link(embed.url)
                return

    def _bare_figure(self) -> int:
        """Where in the stack an open figure is that shows nothing of ours; 0 if text does not stand straight in one."""
        for index in range(len(self.stack) - 1, max(0, len(self.stack) - _LOOK_BACK), -1):
            if self.stack[index].block:
                return 0
            if self.stack[index].tag == "figure":
                return index
        return 0

    def _card(self, embed: embeds.Embed | None) -> bool:
        """Puts a figure in for a post or video elsewhere, or makes the source's own figure it; False without room."""
        if embed is None or self._room_for("figure") is None:
            return False
        block = Block("figure", {"data-embed": embed.url})
        if index := self._bare_figure():
            self.stack[index:] = [each._replace(path=(block,)) for each in self.stack[index:]]
        self._boundary()
        self._sync((block,))
        return True

    def _link(self, url: str) -> None:
        if effect := link(url):
            self._boundary()
            self.inline.append(("a", (effect,)))
            self._line(url)
            self.inline.pop()
            self._boundary()

    # Room ---------------------------------------------------------------------------------------------------------

    def _room_for(self, tag: str) -> tuple[Block, ...] | None:
        """The path that a block of this kind may be put into here, with the list item or row it needs, or None."""
        path = self.stack[-1].path
        tail = path[-1].tag if path else ""
        if tag in rules.LISTS:
            depth = sum(block.tag in rules.LISTS for block in path)
            if tail == "dl":
                return self._answer(path)
            if tail not in rules.LISTS | {"", "blockquote", "li", "aside", "dd"} or depth >= _DEEPEST_LIST:
                return None
            if tail in rules.LISTS:
                path[-1].last = path[-1].last or Block("li", {})
                path = (*path, path[-1].last)
            return path
        if tag in rules.CELLS and tail in rules.ROWS | {"table"}:
            self._start("tr", {})
            return self.stack[-1].path
        if tag == "tr" and tail == "table":
            self._start("tbody", {})
            return self.stack[-1].path
        if tail == "aside" and tag in {"h2", "h3"}:
            return path if path[-1].at < 0 else None
        if tag == "caption" and tail == "table" and path[-1].at >= 0:
            return None
        if tag == "figcaption" and tail == "figure" and path[-1].last:
            return None
        return path if tail in rules.PARENTS.get(tag, ()) else None

    def _word_item(self, level: int, kind: str, found: dict[str, str]) -> None:
        self._boundary()
        while self.stack[-1].tag == "p":
            self._pop_to(len(self.stack) - 1)
        if self.stack[-1].path:
            self._start("p", found)
            return
        levels = self.word[:level]
        while len(levels) < level:
            levels.append((Block(kind, {}), Block("li", {})))
        parent = levels[-1][0] if levels[-1][0].tag == kind else Block(kind, {})
        levels[-1] = (parent, Block("li", language(found, foreign=self.foreign)))
        self.word = levels
        path = tuple(block for pair in levels for block in pair)
        self.stack.append(_Open("p", path, {}, None, []))
