"""HTML as tags and text, read in one pass: for whoever must not trust the source to be well formed, short or honest."""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

INLINE = frozenset({"strong", "b", "em", "i", "cite", "s", "strike", "del", "sub", "sup", "a", "span", "font"})
BLOCKS = frozenset({
    "p", "div", "section", "article", "aside", "header", "main", "nav", "figure", "figcaption", "address", "center",
    "details", "summary", "dl", "dt", "dd", "fieldset", "form", "legend", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
    "ul", "ol", "menu", "li", "blockquote", "footer", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th",
    "hr",
})  # fmt: skip
_ATTRIBUTE = r"""([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s>]*)))?"""
_ATTRIBUTES = re.compile(_ATTRIBUTE, re.ASCII)
_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*>?|</(?![a-zA-Z])[^>]*>?|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[\s/]+|"
    + re.sub(r"\((?!\?)", "(?:", _ATTRIBUTE)
    + r")*)>?",
    re.ASCII | re.DOTALL,
)
_NOT_COPY = frozenset({
    "script", "style", "title", "textarea", "iframe", "noscript", "noembed", "noframes", "xmp", "xml", "template",
})  # fmt: skip
_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
_REFERENCE = re.compile(r"&(?:#\w{1,8}|\w{2,32});", re.ASCII)
_UNWANTED: dict[int, str | None] = {
    **dict.fromkeys([*range(9), 11, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFE, 0xFFFF, *range(0xFDD0, 0xFDF0)]),
    0x85: "\n", 0x2028: "\n", 0x2029: "\n",
}  # fmt: skip


class Token(NamedTuple):
    """A piece of source: text (decoded, `name` empty) or a tag; `end` is its place in the source."""

    text: str
    name: str
    closing: bool
    attributes: str
    end: int


def tokens(source: str) -> Iterator[Token]:
    """Text and tags of any HTML in order; comments, scripts, styles and the like are left out. Linear in time.

    Of a frame there is the start tag and nothing that is in it.
    """
    position = 0
    while match := _TAG.search(source, position):
        if match.start() > position:
            yield Token(_decoded(source[position : match.start()]), "", False, "", match.start())
        position = match.end()
        name = (match["name"] or "").lower()
        if name in _NOT_COPY and not match["end"]:
            if name == "iframe":
                yield Token("", name, False, match["attributes"], position)
            closer = re.compile(rf"</{name}(?![a-z0-9])", re.I).search(source, position)
            position = closer.start() if closer else len(source)
        elif name:
            yield Token("", name, bool(match["end"]), match["attributes"], position)
    if position < len(source):
        yield Token(_decoded(source[position:]), "", False, "", len(source))


def printable(text: str) -> str:
    """The text without surrogates, control characters and noncharacters; Unicode's line ends become "\\n"."""
    return text.encode("utf-8", "ignore").decode().translate(_UNWANTED)


def _decoded(text: str) -> str:
    # html.unescape turns digits of any length into an int, which Python refuses for very long ones.
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text)).translate(_UNWANTED) if "&" in text else text


def attributes(source: str) -> dict[str, str]:
    """The attributes of a `Token`, names in lower case, values decoded; of two with one name the first."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTES.findall(source):
        # As in browsers, an unended reference stays as it is: "?a=1&copy=2" has no © in it.
        value = _REFERENCE.sub(lambda match: html.unescape(match[0]), "".join(values))
        found.setdefault(name.lower(), value.translate(_UNWANTED))
    return found
