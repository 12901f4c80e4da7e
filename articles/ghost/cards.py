"""Ghost's cards: what each becomes in a body, whether it stands in HTML or as data in Lexical or mobiledoc."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Any, NamedTuple

from articles import embeds, markup

Data = Mapping[str, Any]

_CARD = re.compile(
    r'<(figure|div|blockquote|pre|aside|section)\b[^<>]*\bclass\s*=\s*"[^"<>]*\bkg-([a-z-]{1,40}?)-card(?=[\s"])[^"<>]*"[^<>]*>',
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b[^<>]*>(.*?)</figcaption\s*>", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"""\b(?:src|href|cite)\s*=\s*(?:"([^"<>]+)"|'([^'<>]+)')""", re.IGNORECASE)
MARKDOWN = "markdown card"
_SIGNS = re.compile(r"[*_#`<\[|~\\]|^[ \t]*(?:[-+>]|\d+[.)])[ \t]|^[=-]{2,}[ \t]*$", re.MULTILINE)
_TAGS = re.compile(r"<[^<>]*>")
_NAMED = 100  # signs of an address


class Card(NamedTuple):
    """How a card is written anew from its data, and from its HTML (None: that is good as it is)."""

    of_data: Callable[[Data], str]
    of_html: Callable[[str], str] | None = None


def without_cards(html: str, dropped: Counter[str]) -> str:
    """The HTML with each card as HTML that a body knows; those that are left are counted in `dropped` by name."""
    parts: list[str] = []
    at, endless = 0, set()
    while found := _CARD.search(html, at):
        tag = found[1].lower()
        end = 0 if tag in endless else _end(html, tag, found.end())
        if not end:
            endless.add(tag)  # nor has any after it: to look again for each would take quadratic time
            parts.append(html[at : found.end()])
            at = found.end()
            continue
        parts += [html[at : found.start()], _of_html(found[2].lower(), html[found.start() : end], dropped)]
        at = end
    return "".join([*parts, html[at:]])


def of_data(name: str, data: Data, dropped: Counter[str]) -> str:
    """HTML of a card that stands as data; "" for one that is left, which is counted, as `MARKDOWN` is."""
    name = _ALIASES.get(name, name)
    card = CARDS.get(name)
    if name == "markdown" and _SIGNS.search(_word(data, "markdown")):
        dropped[MARKDOWN] += 1
    return card.of_data(data) if card else _left(name, _word(data, "src", "url"), dropped)


def _of_html(name: str, source: str, dropped: Counter[str]) -> str:
    card = CARDS.get(name)
    if card is None:
        found = _ADDRESS.search(source)
        return _left(name, unescape(found[1] or found[2]) if found else "", dropped)
    return card.of_html(source) if card.of_html else source


def _left(name: str, address: str, dropped: Counter[str]) -> str:
    """Counts it, with the address of its file, so that the desk can find that again."""
    dropped[f"{name[:40]} card {address[:_NAMED]}".rstrip()] += 1
    return ""


def _end(html: str, tag: str, at: int) -> int:
    """Where the element ends whose start tag ends at `at`; 0 if it does not."""
    depth = 1
    for found in re.compile(rf"<(/?){tag}\b", re.IGNORECASE).finditer(html, at):
        depth += -1 if found[1] else 1
        if not depth:
            return html.find(">", found.end()) + 1
    return 0


# What the cards become ---------------------------------------------------------------------------------------------


def _word(data: Data, *names: str) -> str:
    """The first of these fields that has text."""
    return next((value for name in names if isinstance(value := data.get(name), str) and value.strip()), "")


def _captioned(inner: str, caption: str) -> str:
    return f"<figure>{inner}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def _image(data: Data) -> str:
    src, alt = escape(_word(data, "src")), escape(_word(data, "alt"))
    return _captioned(f'<img src="{src}" alt="{alt}">', _word(data, "caption")) if src else ""


def _gallery(data: Data) -> str:
    found = data.get("images")
    images = [_image(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    return _strip(images, _word(data, "caption"))


def _gallery_html(source: str) -> str:
    caption = _CAPTION.search(source)
    images = [f"<figure>{image}</figure>" for image in _IMAGE.findall(source)]
    return _strip(images, caption[1] if caption else "")


def _strip(figures: list[str], caption: str) -> str:
    return f'<section class="gallery">{"".join(figures)}</section>' + (f"<p>{caption}</p>" if caption else "")


def _link(address: str, words: str, caption: str) -> str:
    address = unescape(address)
    if embeds.recognise(address):
        below = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure data-embed="{escape(address)}">{below}</figure>'
    link = f'<p><a href="{escape(address)}">{escape(words or address)}</a></p>' if address else ""
    return link + (f"<p>{caption}</p>" if caption else "")


def _embed(data: Data) -> str:
    metadata = data.get("metadata")
    title = _word(metadata, "title") if isinstance(metadata, Mapping) else ""
    return _link(_word(data, "url"), title, _word(data, "caption"))


def _embed_html(source: str) -> str:
    """The address that a provider is known by, else the last: what stands before it may be the post's own words."""
    addresses = [unescape(double or single) for double, single in _ADDRESS.findall(source)]
    known = [address for address in addresses if embeds.recognise(address)]
    caption = _CAPTION.search(source)
    last = (known or [each for each in addresses if each.startswith("http")] or [""])[-1]
    return _link(last, "", caption[1] if caption else "")


def _bookmark(data: Data) -> str:
    metadata = data.get("metadata")
    known = metadata if isinstance(metadata, Mapping) else data
    return _link(_word(data, "url") or _word(known, "url"), _word(known, "title"), _word(data, "caption"))


def _bookmark_html(source: str) -> str:
    address, title, caption = _ADDRESS.search(source), _part(source, "kg-bookmark-title"), _CAPTION.search(source)
    words = unescape(_TAGS.sub("", title))
    found = (address[1] or address[2]) if address else ""
    return _link(found, words, caption[1] if caption else "")


def _part(source: str, name: str) -> str:
    """The inner HTML of the first element of this class; "" if there is none."""
    found = re.search(rf'<([a-z][a-z0-9]*)\b[^<>]*\bclass\s*=\s*"[^"<>]*\b{name}(?=[\s"])[^"<>]*"[^<>]*>', source)
    end = _end(source, found[1], found.end()) if found else 0
    return source[found.end() : source.rfind("<", found.end(), end)] if found and end else ""


def _callout(data: Data) -> str:
    return _box(_word(data, "calloutText"))


def _callout_html(source: str) -> str:
    return _box(_part(source, "kg-callout-text"))


def _box(words: str) -> str:
    return f'<aside class="facts"><p>{words}</p></aside>' if words.strip() else ""


def _toggle(data: Data) -> str:
    return _folded(_word(data, "heading"), _word(data, "content"))


def _toggle_html(source: str) -> str:
    return _folded(_part(source, "kg-toggle-heading-text"), _part(source, "kg-toggle-content"))


def _folded(heading: str, content: str) -> str:
    return (f"<h3>{_TAGS.sub('', heading)}</h3>" if heading.strip() else "") + f"<div>{content}</div>"


def _button(data: Data) -> str:
    address = _word(data, "buttonUrl")
    return f'<p><a href="{escape(address)}">{escape(_word(data, "buttonText") or address)}</a></p>' if address else ""


def _header(data: Data) -> str:
    heading, below = _word(data, "heading", "header"), _word(data, "subheading", "subheader")
    return (f"<h2>{heading}</h2>" if heading else "") + (f"<p>{below}</p>" if below else "") + _button(data)


def _product(data: Data) -> str:
    title, words = _word(data, "productTitle"), _word(data, "productDescription")
    picture = _image({"src": _word(data, "productImageSrc")})
    bought = {"buttonUrl": data.get("productUrl"), "buttonText": data.get("productButton")}
    return picture + (f"<h3>{title}</h3>" if title else "") + f"<div>{words}</div>" + _button(bought)


def _file(data: Data) -> str:
    return _document(_word(data, "src"), escape(_word(data, "fileTitle", "fileName")), _word(data, "fileCaption"))


def _file_html(source: str) -> str:
    address, title = _ADDRESS.search(source), _part(source, "kg-file-card-title")
    return _document(
        unescape(address[1] or address[2]) if address else "",
        _TAGS.sub("", title or _part(source, "kg-file-card-filename")),
        _part(source, "kg-file-card-caption"),
    )


def _document(address: str, title: str, caption: str) -> str:
    link = f'<a href="{escape(address)}">{title or escape(address)}</a>'
    return f"<p>{link}{f'<br>{caption}' if caption else ''}</p>" if address else ""


def _code(data: Data) -> str:
    caption = _word(data, "caption")
    return f"<pre>{escape(_word(data, 'code'))}</pre>" + (f"<p>{caption}</p>" if caption else "")


# Every card that Ghost has or had, by its name in HTML ("kg-image-card"); None for those that are left: players whose
# files the library does not take, forms, offers, what was for mails alone.
CARDS: dict[str, Card | None] = {
    "image": Card(_image),
    "gallery": Card(_gallery, _gallery_html),
    "embed": Card(_embed, _embed_html),
    "bookmark": Card(_bookmark, _bookmark_html),
    "callout": Card(_callout, _callout_html),
    "toggle": Card(_toggle, _toggle_html),
    "button": Card(_button),
    "header": Card(_header),
    "product": Card(_product),
    "file": Card(_file, _file_html),
    "code": Card(_code),
    "html": Card(lambda data: _word(data, "html")),
    "markdown": Card(lambda data: markup.from_plain(_word(data, "markdown"))),
    "hr": Card(lambda _data: "<hr>"),
    "paywall": Card(lambda _data: ""),
    **dict.fromkeys(
        (
            "video", "audio", "signup", "cta", "email", "email-cta", "nft", "before-after", "transistor",
        )
    ),
}  # fmt: skip
# Other names of the same in Lexical and mobiledoc.
_ALIASES = {
    "codeblock": "code", "horizontalrule": "hr", "card-markdown": "markdown", "call-to-action": "cta",
}  # fmt: skip
