"""What WordPress writes into texts besides HTML: shortcodes, block comments, paragraphs that are only empty lines.

Unknown shortcodes are never shown: their brackets go, what stands between an opening and a closing one stays unless
it is code.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from articles import embeds
from articles.moving import figures
from articles.moving.posts import Written
from articles.moving.texts import without_code
from articles.wordpress import builders
from articles.wordpress.brackets import Bracket, brackets, is_for_some

_CAPTIONS = {"caption", "wp_caption"}
_AROUND = {*_CAPTIONS, "embed"}  # what stands in these is shown as it is
# Of page builders: what stands in them is code, packed for the way.
_PACKED = {"fusion_code", "us_html", "vc_raw_html", "vc_raw_js"}
# A block of the editor; one that has no end is filled by WordPress when it is shown.
_DYNAMIC = re.compile(r"<!--\s{1,9}wp:([a-z][a-z0-9_/-]{0,60})(?=\s)(.*?)(?:-->|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s<>]{4,}")  # a player's, a document's
_NAMED = 200  # signs of it
# An address, a number, a sign of a film: no word that readers would miss.
_INSIDE = re.compile(r"\s*+(?=[^\s<>\[\]]{0,2000}[/\d])([^\s<>\[\]]{1,2000})\s*+\[/([A-Za-z][\w-]{0,60})")
_REF = re.compile(r'"ref"\s{0,9}:\s{0,9}"?(\d{1,18})\b')
# What WordPress, and a plugin, write into a block that is hidden, or is shown to some.
_HIDDEN = re.compile(r'"blockVisibility"\s{0,9}:\s{0,9}(?:false|\{\s{0,9}")')
_HARMLESS = {"more", "nextpage", "separator", "spacer", "navigation-link"}
MOST_REUSABLE = 1024 * 1024  # signs of reusable texts in one post
# A block whose picture stands in its style; the button that repeats the link of a file before it.
_COVER = re.compile(
    r"<div\b(?=[^<>]*\bwp-block-cover)[^<>]*\bbackground-image:\s*url\((?:&quot;|&#0?39;|')?([^()<>\"']{4,2000}?)"
    r"(?:&quot;|&#0?39;|')?\)[^<>]*>",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"(</a>\s*)<a\b[^<>]*\bwp-block-file__button\b[^<>]*>[^<]*</a>", re.IGNORECASE)
_FACEBOOK = re.compile(
    r"""<div\b(?=[^<>]*\bfb-(?:post|video)\b)[^<>]*\bdata-href\s*=\s*["']([^"'<>]+)["'][^<>]*>""", re.IGNORECASE
)
_PULLED = re.compile(r"<figure\b[^<>]*\bwp-block-pullquote\b[^<>]*>\s*<blockquote\b", re.IGNORECASE)
# What a block of an embed is once its address is a card; its caption belongs to that.
_CARD = re.compile(
    r'<figure\b[^<>]*\bwp-block-embed\b[^<>]*>\s*(?:<div\b[^<>]*>\s*)?<figure data-embed="([^"<>]*)"></figure>'
    r"\s*(?:</div>\s*)?(<figcaption\b(?:(?!</?fig).)*</figcaption>)?\s*</figure>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK = (
    "address|article|aside|blockquote|details|div|figure|footer|form|h[1-6]|header|hr|iframe|main|nav|ol|p|pre|section|"
    "table|ul"
)
_BLOCK_TAG = re.compile(rf"(</?(?:{_BLOCK})\b[^<>]*>)", re.IGNORECASE)
_IS_BLOCK = re.compile(rf"</?(?:{_BLOCK}|dl|li|t[a-z]+)\b", re.IGNORECASE)
_AS_IT_IS = re.compile(r"<(pre|ul|ol|dl|table|figure|section)\b", re.IGNORECASE)
_ALONE = re.compile(r"(?m)^[ \t]*(?:<p>\s*)?(https?://[^\s<>\"]{4,2000})(?:\s*</p>)?[ \t]*$")


def plain_html(content: str, reusable: Mapping[str, str] = MappingProxyType({}), footnotes: str = "") -> Written:
    """The content as HTML with its paragraphs; `reusable` are texts that blocks name by number (``{"ref":77}``).

    `footnotes` is what WordPress keeps of them beside the content: JSON, ``[{"content": "…", "id": "…"}]``.

    ``[gallery]`` becomes ``<section class="gallery" data-ids="1,2">``, ``[caption]`` a figure, an address that stands
    alone a figure with ``data-embed`` if it is one of a known provider, else a link.
    """
    dropped: Counter[str] = Counter()
    is_blocks = "<!-- wp:" in content
    html = content.replace("\r\n", "\n").replace("\r", "\n")
    html, is_hidden = _with_blocks(html, reusable, _notes(footnotes), dropped)
    html = _FACEBOOK.sub(r"\n\n\1\n\n\g<0>", html)
    html = _AGAIN.sub(r"\1", _COVER.sub(r'<figure><img src="\1"></figure>\g<0>', html))
    html, is_restricted = _without_shortcodes(without_code(html, dropped), dropped)
    html = _CARD.sub(r'<figure data-embed="\1">\2</figure>', _ALONE.sub(_embedded, html))
    html = figures.captioned(html)
    html = _PULLED.sub('<figure><blockquote class="pull"', html)
    return Written(html if is_blocks else with_paragraphs(html), dropped, is_restricted or is_hidden)


def without_shortcodes(text: str) -> str:
    """The words of an excerpt, which WordPress shows as they are; what its shortcodes are around stays."""
    parts, at = [], 0
    for bracket in brackets(text):
        parts += [text[at : bracket.start], text[bracket.start + 1 : bracket.end - 1] * bracket.is_shown]
        at = bracket.end
    return "".join([*parts, text[at:]])


def _notes(said: str) -> str:
    """Footnotes as a list, in the order of their numbers; "" for none."""
    try:
        found = [note["content"] for note in json.loads(said or "[]")]
    except (ValueError, TypeError, KeyError):
        return ""
    return "".join(["<ol>", *(f"<li>{note}</li>" for note in found), "</ol>"]) if found else ""


def _with_blocks(html: str, reusable: Mapping[str, str], notes: str, dropped: Counter[str]) -> tuple[str, bool]:
    """The HTML with its reusable texts, and whether a block of it was hidden, or not for everybody.

    Blocks that WordPress fills when it shows them are counted in `dropped`.
    """
    room, is_hidden = MOST_REUSABLE, False

    def filled(found: re.Match[str]) -> str:
        nonlocal room, is_hidden
        name, said = found[1].removeprefix("core/"), found[2]
        is_hidden = is_hidden or _is_hidden(found)
        if not said.endswith("/") or name in _HARMLESS:
            return found[0]
        if name == "footnotes" and notes:
            return notes
        ref = _REF.search(said) if name == "block" else None
        text = reusable.get(ref[1], "") if ref else ""
        if text and len(text) <= room:
            room -= len(text)
            is_hidden = is_hidden or any(map(_is_hidden, _DYNAMIC.finditer(text)))
            return text
        dropped[f"wp:{name} {ref[1]}" if ref else f"wp:{name}"] += 1
        return ""

    return _DYNAMIC.sub(filled, html), is_hidden


def _is_hidden(block: re.Match[str]) -> bool:
    return is_for_some(block[1]) or bool(_HIDDEN.search(block[2]))


def _without_shortcodes(html: str, dropped: Counter[str]) -> tuple[str, bool]:
    """The HTML, and whether a part of it was not for everybody."""
    parts: list[str] = []
    is_restricted, at = False, 0
    endless: set[str] = set()
    caption = ""
    for bracket in brackets(html):
        if bracket.start < at:
            continue  # within what was packed
        if bracket.name in _CAPTIONS:  # of old, its words stood within the brackets
            parts += [html[at : bracket.start], *([caption] if bracket.is_end else [])]
            caption = "" if bracket.is_end else bracket.known.get("caption", "")
        else:
            parts.append(html[at : bracket.start])
        inside = _INSIDE.match(html, bracket.end) if bracket.has_end and bracket.name not in _AROUND else None
        word = inside[1] if inside and inside[2].lower() == bracket.name else ""
        shown = _in_place_of(bracket, word, html, dropped)
        parts.append(shown)
        at = inside.end(1) if inside and word and shown and not bracket.is_shown else bracket.end
        is_restricted |= bracket.is_restricted and not bracket.is_shown
        if bracket.name in _PACKED - endless and not bracket.is_end:
            end = re.compile(rf"\[/{bracket.name}\s*+\]", re.IGNORECASE).search(html, at)
            at = end.end() if end else at
            if not end:
                endless.add(bracket.name)
    return _with_captions("".join([*parts, html[at:]])), is_restricted


def _in_place_of(bracket: Bracket, inside: str, html: str, dropped: Counter[str]) -> str:
    """What is shown instead of a shortcode; one that leaves nothing is counted in `dropped`.

    `inside` is the one word between it and its end.
    """
    if bracket.is_shown:
        return html[bracket.start + 1 : bracket.end - 1]
    if bracket.name in _CAPTIONS:
        return "</figcaption></figure>" if bracket.is_end else '<figure class="wp-caption">'
    if bracket.name == "embed":
        return "\n"
    if bracket.is_end:
        return ""
    if shown := builders.pictures(bracket, inside) or builders.heading(bracket):
        return shown
    if film := builders.film(bracket, inside):
        return f"\n{film}\n"
    named = next(filter(_ADDRESS.fullmatch, [bracket.said.strip(" =\"'"), *bracket.known.values()]), "")
    dropped[f"[{bracket.name}] {named[:_NAMED]}".rstrip()] += 1
    return ""


_CAPTIONED = re.compile(
    r'(<figure class="wp-caption">\s*(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)'
    r'((?:(?!<figure class="wp-caption">).)*?</figcaption></figure>)',
    re.DOTALL,
)


def _with_captions(html: str) -> str:
    """Between the picture and the end of ``[caption]`` stand the caption's words, without an element around them."""
    return _CAPTIONED.sub(r"\1<figcaption>\2", html)


def _embedded(found: re.Match[str]) -> str:
    address = found[1].replace("&amp;", "&")
    escaped = address.replace("&", "&amp;")
    if not embeds.recognise(address):
        return found[0].replace(found[1], f'<a href="{escaped}">{escaped}</a>')
    return f'\n\n<figure data-embed="{escaped}"></figure>\n\n'


def with_paragraphs(text: str) -> str:
    """What WordPress does when it shows a text (wpautop): empty lines part paragraphs, others are line breaks."""
    parts: list[str] = []
    end, endless = 0, set()
    for found in _AS_IT_IS.finditer(text):
        name = found[1].lower()
        if found.start() < end or name in endless:
            continue
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, found.end())
        if not closing:
            endless.add(name)  # nor does any after it: to look again for each would take quadratic time
            continue
        parts += [_paragraphs(text[end : found.start()]), text[found.start() : closing.end()]]
        end = closing.end()
    return "".join([*parts, _paragraphs(text[end:])])


def _paragraphs(text: str) -> str:
    text = _BLOCK_TAG.sub(r"\n\n\1\n\n", text)
    return "".join(_paragraph(part.strip()) for part in re.split(r"\n[ \t]*\n", text))


def _paragraph(text: str) -> str:
    if not text or _IS_BLOCK.match(text):
        return text
    return "<p>" + text.replace("\n", "<br>") + "</p>"
