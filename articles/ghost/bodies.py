"""A post's text as HTML: Ghost's own where it has made any, else from what it would have made it of."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from articles.ghost import cards
from articles.moving.posts import Written
from articles.moving.texts import without_code

_PORTAL = re.compile(r"""<a\b[^<>]*\bhref\s*=\s*["'][^"'<>]*#/portal[^"'<>]*["'][^<>]*>([^<]*)</a\s*>""", re.IGNORECASE)
# Lexical's formats, as the bits of a number; underlining says nothing to readers but "link".
_FORMATS = ((1, "strong"), (2, "em"), (4, "s"), (32, "sub"), (64, "sup"))
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h3", "h5": "h3", "h6": "h3"}
_BLOCKS = {"paragraph": "p", "quote": "blockquote", "extended-quote": "blockquote", "aside": "blockquote"}
# A part that Ghost shows to some alone, in its own HTML; we put the same sign before such a node of Lexical.
_GATED = re.compile(
    r"(<!--kg-gated-block:begin(?![^<>]{0,200}\bnonMember:true).*?)(?:<!--kg-gated-block:end|\Z)", re.DOTALL
)
_TEXTS = {"text", "extended-text", "tk"}
_MARKUPS = {"strong", "b", "em", "i", "s", "sub", "sup", "code"}
_SECTIONS = {"p", "h2", "h3", "blockquote", "ul", "ol"}


def written(row: Mapping[str, Any]) -> Written:
    """The text of a row of ``posts``: ``html``, else ``lexical``, else ``mobiledoc``, else ``markdown``."""
    dropped: Counter[str] = Counter()
    html = _text(row, "html")
    for name, make in (("lexical", _of_lexical), ("mobiledoc", _of_mobiledoc)):
        if not html.strip() and _text(row, name):
            try:
                html = make(json.loads(_text(row, name)), dropped)
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                dropped[name] += 1  # is not what it says that it is
    if not html.strip():  # before version 1
        html = cards.of_data("markdown", {"markdown": _text(row, "markdown")}, dropped)
    is_raw = bool(dropped.pop(cards.MARKDOWN, 0))
    html = html.replace("\0", "").encode("utf-8", "replace").decode()  # as JSON within the JSON it had what it liked
    gated = (cards.without_cards(without_code(part, Counter()), Counter()) for part in _GATED.findall(html))
    is_restricted = any(part.strip() for part in gated)  # before the cards are made new, which may take out signs
    html = cards.without_cards(without_code(html, dropped), dropped)
    return Written(_PORTAL.sub(lambda found: _portal(found[1], dropped), html), dropped, is_restricted, is_raw)


def _text(row: Mapping[str, Any], name: str) -> str:
    """Addresses of the old site are those of its own root."""
    value = row.get(name)
    return value.replace("__GHOST_URL__", "") if isinstance(value, str) else ""


def _portal(words: str, dropped: Counter[str]) -> str:
    """The words of a link to Ghost's sign-up, which is not here."""
    dropped["#/portal"] += 1
    return words


# Lexical --------------------------------------------------------------------------------------------------------------


def _of_lexical(document: Any, dropped: Counter[str]) -> str:
    return _children(document["root"], dropped)


def _children(node: Mapping[str, Any], dropped: Counter[str]) -> str:
    return "".join(_node(child, dropped) for child in node.get("children", ()))


def _node(node: Mapping[str, Any], dropped: Counter[str]) -> str:
    html = _shown(node, dropped)
    return f"<!--kg-gated-block:begin-->{html}<!--kg-gated-block:end-->" if html and _is_gated(node) else html


def _is_gated(node: Mapping[str, Any]) -> bool:
    """Whether visitors of the site did not see it, in the words that Ghost has for it, and in its older ones."""
    seen = node.get("visibility")
    if not isinstance(seen, Mapping):
        return False
    if isinstance(web := seen.get("web"), Mapping):
        return not web.get("nonMember", True)
    return bool(seen.get("emailOnly")) or not seen.get("showOnWeb", not seen.get("showOnEmail"))


def _shown(node: Mapping[str, Any], dropped: Counter[str]) -> str:
    kind = str(node.get("type", ""))
    if kind in _TEXTS:
        return _formatted(str(node.get("text", "")), int(node.get("format") or 0))
    if kind == "linebreak":
        return "<br>"
    if kind in {"tab", "zwnj"}:
        return " " if kind == "tab" else ""
    if kind in {"link", "autolink"}:
        return f'<a href="{escape(str(node.get("url", "")))}">{_children(node, dropped)}</a>'
    if kind == "list":
        return _wrapped("ol" if node.get("listType") == "number" else "ul", _children(node, dropped))
    if kind == "listitem":
        return _wrapped("li", _children(node, dropped))
    if kind in {"heading", "extended-heading"}:
        return _wrapped(_HEADINGS.get(str(node.get("tag")), "h2"), _children(node, dropped))
    if kind in _BLOCKS:
        return _wrapped(_BLOCKS[kind], _children(node, dropped))
    if "children" in node:
        return _children(node, dropped)
    return cards.of_data(kind, node, dropped)


def _formatted(text: str, bits: int) -> str:
    html = escape(text)
    for bit, tag in _FORMATS:
        if bits & bit:
            html = _wrapped(tag, html)
    return html


def _wrapped(tag: str, html: str) -> str:
    return f"<{tag}>{html}</{tag}>"


# Mobiledoc ------------------------------------------------------------------------------------------------------------


def _of_mobiledoc(document: Any, dropped: Counter[str]) -> str:
    return "".join(_section(section, document, dropped) for section in document["sections"])


def _section(section: list[Any], document: Mapping[str, Any], dropped: Counter[str]) -> str:
    """Markup, picture, list or card: kinds 1, 2, 3 and 10 of the format, version 0.3."""
    kind = section[0]
    if kind == 2:
        return cards.of_data("image", {"src": section[1]}, dropped)
    if kind == 10:
        name, data = document["cards"][section[1]][:2]
        return cards.of_data(str(name), data, dropped)
    tag = _HEADINGS.get(section[1], section[1])
    tag = tag if tag in _SECTIONS else "blockquote" if tag in {"aside", "pull-quote"} else "p"
    if kind == 3:
        return _wrapped(tag, "".join(_wrapped("li", _marked(item, document)) for item in section[2]))
    return _wrapped(tag, _marked(section[2], document))


def _marked(markers: list[Any], document: Mapping[str, Any]) -> str:
    """Text with its markup: each marker opens some, and closes so many of those that are open."""
    parts, ends = [], []
    for kind, opened, closed, value in markers:
        for number in opened:
            start, end = _markup(document["markups"][number])
            parts.append(start)
            ends.append(end)
        parts.append(_atom(document["atoms"][value]) if kind == 1 else escape(str(value)))
        parts += [ends.pop() for _turn in range(min(closed, len(ends)))]
    return "".join([*parts, *reversed(ends)])


def _markup(found: list[Any]) -> tuple[str, str]:
    tag, attributes = found[0], found[1] if len(found) > 1 else []
    if tag == "a":
        known = dict(zip(attributes[::2], attributes[1::2], strict=False))
        return f'<a href="{escape(str(known.get("href", "")))}">', "</a>"
    return (f"<{tag}>", f"</{tag}>") if tag in _MARKUPS else ("", "")


def _atom(found: list[Any]) -> str:
    return "<br>" if found[0] == "soft-return" else escape(str(found[1]))
