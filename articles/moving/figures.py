"""Pictures of old texts as figures: with the caption that stood beside them, and where a body has room for one."""

from __future__ import annotations

import re

_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
# A picture with its words as WordPress showed it, and as Blogger did, from where many a site came to WordPress.
_GAP = r"(?:\s|</?p>)*+"
_CAPTIONED = re.compile(
    rf"<div\b(?=[^<>]*+>)(?>[^<>]*?\bwp-caption\b)[^<>]*+>{_GAP}(?:<a\b[^<>]*+>)?{_GAP}(<img\b[^<>]*+>){_GAP}(?:</a\s*>)?"
    rf"{_GAP}<(p|div)\b(?=[^<>]*+>)(?>[^<>]*?\bwp-caption-text\b)[^<>]*+>((?:(?!</?(?:p|div)\b).){{0,5000}})</\2\s*>"
    rf"{_GAP}</div\s*>",
    re.DOTALL | re.IGNORECASE,
)
_OF_BLOGGER = re.compile(
    r"<table\b(?=[^<>]*+>)(?>[^<>]*?\btr-caption-container\b)[^<>]*+>((?:(?!</?table\b).){0,9000})</table\s*>",
    re.DOTALL | re.IGNORECASE,
)
_ITS_WORDS = re.compile(
    r"<td\b(?=[^<>]*+>)(?>[^<>]*?\btr-caption\b)[^<>]*+>((?:(?!</?td\b).){0,5000})</td\s*>", re.DOTALL | re.IGNORECASE
)
# Lists whose items are the pictures of a gallery: of the block editor's first versions, of Jetpack's slide shows.
_GALLERY = re.compile(
    r"<ul\b(?=[^<>]*+>)(?>[^<>]*?\b(?:wp-block-gallery|swiper-wrapper)\b)[^<>]*+>((?:(?!</?ul\b).)*)</ul\s*>",
    re.DOTALL | re.IGNORECASE,
)
_ITEM = re.compile(r"</?li\b[^<>]*>", re.IGNORECASE)
_FIGURE = r'<figure data-image="\d+">(?:(?!</?figure\b).)*</figure>'
_DEEPEST = 100
_PART = re.compile(
    rf'<(/?)(ul|ol|dl|table|blockquote|h[1-6])\b[^<>]*>|<section class="gallery">(?:{_FIGURE})*</section>|{_FIGURE}',
    re.DOTALL | re.IGNORECASE,
)


def captioned(html: str) -> str:
    """The HTML with pictures that have their words beside them as figures with captions, lists of them as galleries."""
    html = _CAPTIONED.sub(r"<figure>\1<figcaption>\3</figcaption></figure>", html)
    html = _OF_BLOGGER.sub(_of_blogger, html)
    return _GALLERY.sub(lambda found: f'<section class="gallery">{_ITEM.sub("", found[1])}</section>', html)


def _of_blogger(found: re.Match[str]) -> str:
    image, words = _IMAGE.search(found[1]), _ITS_WORDS.search(found[1])
    if not image:
        return found[0]
    return f"<figure>{image[0]}{f'<figcaption>{words[1]}</figcaption>' if words else ''}</figure>"


def set_free(html: str) -> str:
    """The HTML with the library's pictures behind the lists, tables, quotations and headings in which they stood."""
    parts: list[str] = []
    waiting: list[str] = []
    at, inside = 0, [""]
    for found in _PART.finditer(html):
        tag = (found[2] or "").lower()
        parts.append(html[at : found.start()])
        at = found.end()
        if not tag and len(inside) > 1:
            waiting.append(found[0])
            continue
        parts.append(found[0])
        if tag and not found[1] and len(inside) < _DEEPEST:
            inside.append(tag)
        elif found[1] and tag in inside:
            while inside.pop() != tag:
                pass
        if len(inside) == 1:
            parts += waiting
            waiting.clear()
    ends = [f"</{tag}>" for tag in reversed(inside[1:])] if waiting else []
    return "".join([*parts, html[at:], *ends, *waiting])
