"""The closed HTML profile of a story's body: any HTML goes in, its elements in the profile's shape come out.

One pass over the source's tags, without a tree and without recursion. The source's structure decides a path of the
profile's blocks (a quotation, a paragraph); blocks and inline elements are written when text for them arrives, so empty
and misnested ones cannot come about, and what a browser's parser would multiply stays linear.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from articles.effects import HIDDEN, Effect, effects, language, written
from articles.tokens import BLOCKS, INLINE, Token, attributes, printable, tokens

# Stands for "&" in text until the sanitiser has run, which needs quadratic time for "&amp;". A noncharacter.
AMPERSAND = "\ufdd0"
_RENAMED = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "tfoot": "tbody", "menu": "ul"}
_LISTS = frozenset({"ul", "ol"})
_ROWS = frozenset({"thead", "tbody"})
_CELLS = frozenset({"td", "th"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SECTIONS = frozenset({"thead", "tbody", "tfoot", "caption"})
# What a start tag closes before it, and what it must not reach across to do so.
_IMPLIED_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _LISTS | _CELLS | {"menu"}),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **dict.fromkeys(_CELLS, (_CELLS, frozenset({"table"}))),
    **dict.fromkeys(_SECTIONS, (_SECTIONS, frozenset({"table"}))),
}
_PARENTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("h2", "h3", "blockquote", "table", "figure", "hr"), frozenset({""})),
    **dict.fromkeys(("caption", "thead", "tbody"), frozenset({"table"})),
    **dict.fromkeys(("footer", "cite"), frozenset({"blockquote"})),
    **dict.fromkeys(_CELLS, frozenset({"tr"})),
    "tr": _ROWS,
    "li": _LISTS,
    "figcaption": frozenset({"figure"}),
}
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


def _number(value: str, low: int, high: int) -> str:
    return str(int(value)) if re.fullmatch(r"[0-9]{1,18}", value) and low <= int(value) <= high else ""


def _space(gap: str, before: str, after: str) -> str:
    """One ordinary space, or the no-break space that the gap is if it stands where typography wants one."""
    wanted = after in ";:!?»›%‰°€£$" or before in "«‹" or (before.isdigit() and after.isalnum())
    return "\u00a0" if gap == "\u00a0" and wanted else " "


@dataclass(eq=False, slots=True)
class _Block:
    """A block of the profile. `at`: where its start tag lies in the output, -1 until then."""

    tag: str
    attributes: dict[str, str]
    at: int = -1
    filled: bool = False
    last: "_Block | None" = None  # of a list its newest item, of a quotation its attribution, of a figure its caption


class _Open(NamedTuple):
    """An open element of the source: where its text goes, and what it says of language for blocks yet to come."""

    tag: str
    path: tuple[_Block, ...]
    spare: dict[str, str]
    block: _Block | None
    inline: list[tuple[str, tuple[Effect, ...]]]


class _Builder:
    def __init__(self, source: str) -> None:
        self.source = source
        self.foreign = bool(_FOREIGN_PASTE.search(source))
        self.out: list[str] = []
        self.stack = [_Open("", (), {}, None, [])]
        self.inline: list[tuple[str, tuple[Effect, ...]]] = []
        self.written: tuple[_Block, ...] = ()
        self.opened: list[Effect] = []
        self.paragraph: _Block | None = None
        self.word: list[tuple[_Block, _Block]] = []
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

    def _target(self) -> tuple[_Block, ...]:
        """The path of blocks that text goes to now; makes the paragraph, item or cell that the source left out."""
        path = self.stack[-1].path
        tail = path[-1].tag if path else ""
        if tail in _ROWS | {"table", "tr"}:
            self._start("td", {})
            return self.stack[-1].path
        if tail in _LISTS:
            path[-1].last = path[-1].last or _Block("li", {})
            path = (*path, path[-1].last)
        if tail == "figure":
            path[-1].last = path[-1].last or _Block("figcaption", self.stack[-1].spare)
            path = (*path, path[-1].last)
        if path and path[0].tag == "blockquote":
            footer = path[0].last
            if footer and footer.at >= 0 and footer not in path:
                # Words after the attribution begin a new quotation.
                self._sync(())
                path[0].last = None
        if tail in {"", "blockquote"}:
            if self.paragraph is None or self.breaks > 1:
                self.paragraph = _Block("p", self.stack[-1].spare)
            path = (*path, self.paragraph)
        return path

    def _close_inline(self, kept: int) -> None:
        self.out += [f"</{tag}>" for tag, _ in reversed(self.opened[kept:])]
        del self.opened[kept:]

    def _sync(self, path: tuple[_Block, ...]) -> None:
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
            names = _HEADINGS if token.name in _HEADINGS else frozenset({token.name})
            barriers = _CELLS | {"caption", "table"} | (_LISTS if token.name == "li" else frozenset())
            self._close(names, frozenset({"table"}) if token.name in _SECTIONS | _CELLS | {"tr", "table"} else barriers)
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
            if gone.block and gone.tag in _CELLS:
                self._sync(gone.path)  # an empty cell still holds its column
                self.inline = gone.inline
            elif gone.block and gone.tag == "table":
                self._sync(())
                if not gone.block.filled and gone.block.at >= 0:
                    del self.out[gone.block.at :]

    def _start(self, tag: str, found: dict[str, str]) -> None:
        self._boundary()
        if self.stack[-1].tag == "p" or (tag in _HEADINGS and self.stack[-1].tag in _HEADINGS):
            self._pop_to(len(self.stack) - 1)
        if tag in _IMPLIED_ENDS:
            self._close(*_IMPLIED_ENDS[tag])
        path = self._room_for(_RENAMED.get(tag, tag))
        own = language(found, foreign=self.foreign)
        if tag == "hr":
            if path is not None:
                self._sync(())
                self.out.append("<hr>")
            return
        spare = {**self.stack[-1].spare, **own}
        if tag == "figure":
            self._figure(path, found, spare)
            return
        if path is None:
            path = self.stack[-1].path
            if path and path[-1].at < 0:
                path[-1].attributes.update(own)
            self.stack.append(_Open(tag, path, spare, None, []))
        else:
            block = _Block("footer" if tag == "cite" else _RENAMED.get(tag, tag), {**spare, **self._own(tag, found)})
            if block.tag in {"li", "footer", "figcaption"}:
                path[-1].last = block
            self.stack.append(_Open(tag, (*path, block), {}, block, list(self.inline)))
        self.preformatted += tag == "pre"

    def _figure(self, path: tuple[_Block, ...] | None, found: dict[str, str], spare: dict[str, str]) -> None:
        """A picture of the library is named by its number, and is there without a word; of others the caption stays."""
        image = _number(found.get("data-image", ""), 1, 10**18)
        block = _Block("figure", {"data-image": image}) if path is not None and image else None
        path = self.stack[-1].path if block is None else (block,)
        self.stack.append(_Open("figure", path, spare, block, []))
        if block:
            self._sync(path)

    def _room_for(self, tag: str) -> tuple[_Block, ...] | None:
        """The path that a block of this kind may be put into here, with the list item or row it needs, or None."""
        path = self.stack[-1].path
        tail = path[-1].tag if path else ""
        if tag in _LISTS:
            depth = sum(block.tag in _LISTS for block in path)
            if tail not in _LISTS | {"", "blockquote", "li"} or depth >= _DEEPEST_LIST:
                return None
            if tail in _LISTS:
                path[-1].last = path[-1].last or _Block("li", {})
                path = (*path, path[-1].last)
            return path
        if tag in _CELLS and tail in _ROWS | {"table"}:
            self._start("tr", {})
            return self.stack[-1].path
        if tag == "tr" and tail == "table":
            self._start("tbody", {})
            return self.stack[-1].path
        if tag == "caption" and tail == "table" and path[-1].at >= 0:
            return None
        if tag == "figcaption" and tail == "figure" and path[-1].last:
            return None
        return path if tail in _PARENTS.get(tag, ()) else None

    def _word_item(self, level: int, kind: str, found: dict[str, str]) -> None:
        self._boundary()
        while self.stack[-1].tag == "p":
            self._pop_to(len(self.stack) - 1)
        if self.stack[-1].path:
            self._start("p", found)
            return
        levels = self.word[:level]
        while len(levels) < level:
            levels.append((_Block(kind, {}), _Block("li", {})))
        parent = levels[-1][0] if levels[-1][0].tag == kind else _Block(kind, {})
        levels[-1] = (parent, _Block("li", language(found, foreign=self.foreign)))
        self.word = levels
        path = tuple(block for pair in levels for block in pair)
        self.stack.append(_Open("p", path, {}, None, []))

    def _own(self, tag: str, found: dict[str, str]) -> dict[str, str]:
        """What the profile lets this block carry besides language and direction."""
        if tag == "blockquote":
            return {"class": "pull"} if "pull" in found.get("class", "").split() else {}
        if tag == "ol":
            return {"start": _number(found.get("start", ""), 2, 99999)}
        if tag in _CELLS:
            scope = found.get("scope", "").lower()
            return {
                "scope": scope if tag == "th" and scope in {"col", "row", "colgroup", "rowgroup"} else "",
                "colspan": _number(found.get("colspan", ""), 2, 100),
                "rowspan": _number(found.get("rowspan", ""), 2, 100),
            }
        return {}
