"""The body of a story as HTML: cleaned on every way in, rendered once at publication. Only this module marks HTML safe.

The closed profile: p, h2, h3, ul, ol[start], li, blockquote (class="pull": a pull quote) with an optional last footer
(the attribution), table, caption, thead, tbody, tr, th[scope, colspan, rowspan], td[colspan, rowspan], hr,
figure with one of data-image, data-video (of the library, by number), data-embed (an address that `articles.embeds`
knows), data-stories (up to eight numbers of stories) and an optional figcaption; section.gallery of figures with
pictures; aside.facts (a fact box: an optional first h3, then paragraphs and lists); dl of dt and dd (questions and
answers); in them br, a[href], strong, em, sub, sup, s, span; lang and dir on span and on blocks but figures, galleries
and dl. Quotations and answers hold paragraphs and lists, an item text and lists; paragraphs, headings, cells, captions,
questions and attributions hold text and inline elements only.
"""

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext, override

from articles.effects import URL_SCHEMES
from articles.profile import AMPERSAND, profiled
from articles.tokens import BLOCKS, INLINE, printable, tokens
from articles.typography import smarten, typeset

__all__ = ["clean", "from_plain", "from_whatsapp", "in_words", "plain", "render", "safe", "smarten", "word_count"]

_KEPT_BLOCKS = [
    "p", "h2", "h3", "ul", "ol", "li", "blockquote", "footer", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "figcaption", "aside", "dt", "dd",
]  # fmt: skip
_SANITISER = nh3.Cleaner(
    tags={*_KEPT_BLOCKS, "figure", "section", "dl", "hr", "br", "a", "strong", "em", "sub", "sup", "s", "span"},
    clean_content_tags={"script", "style"},
    attributes={
        **{tag: {"lang"} for tag in [*_KEPT_BLOCKS, "span"]},
        "a": {"href"},
        "figure": {"data-image", "data-video", "data-embed", "data-stories"},
        "ol": {"lang", "start"},
        "td": {"lang", "colspan", "rowspan"},
        "th": {"lang", "colspan", "rowspan"},
    },
    tag_attribute_values={
        **{tag: {"dir": {"ltr", "rtl", "auto"}} for tag in [*_KEPT_BLOCKS, "span"]},
        "th": {"dir": {"ltr", "rtl", "auto"}, "scope": {"col", "row", "colgroup", "rowgroup"}},
    },
    allowed_classes={"blockquote": {"pull"}, "section": {"gallery"}, "aside": {"facts"}},
    url_schemes=set(URL_SCHEMES),
    url_relative=lambda url: url if re.match(r"/(?![/\\])", url) else None,
    link_rel=None,
    strip_comments=True,
)
# The profile as text browsers and the text edition take it: no attribute but a link's address and the language.
_IN_WORDS = nh3.Cleaner(
    tags={*_KEPT_BLOCKS, "figure", "dl", "hr", "br", "a", "strong", "em", "sub", "sup", "s", "span"},
    clean_content_tags={"script", "style", "button"},
    attributes={"a": {"href"}, "*": {"lang", "dir"}, "ol": {"start"}, "td": {"colspan", "rowspan"}, "th": {"scope"}},
    url_schemes=set(URL_SCHEMES),
    link_rel=None,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_STAMP = re.compile(
    r"^[\u200e\u200f]*(?:\[(?=[^\]\n]*\d:\d\d)[\d/.,:\-\s\u200e\u200faApPmM]{8,40}\] ?|"
    r"\d{1,4}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d\d(?: ?[aApP][mM])? - )[^:\n]{1,80}: ",
    re.MULTILINE,
)
_WHATSAPP = [
    (re.compile(rf"(?<![^\s*_~(\"“«>])\{mark}(?=\S)([^\n{mark}]*[^\s{mark}])\{mark}(?!\w)"), tag)
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
]


def clean(html: str) -> str:
    """Any HTML reduced to the closed profile: safe to show, and the same if cleaned again. Never raises on a str.

    Takes in what Word, Google Docs, Outlook and WhatsApp put on the clipboard. Time grows with the length of the input.
    """
    return _SANITISER.clean(profiled(html)).replace(AMPERSAND, "&amp;")


def from_plain(text: str) -> str:
    """Plain text as the profile's HTML: each line that is not blank is a paragraph, as the trade mails its copy."""
    return clean("".join(f"<p>{escape(line, quote=False)}</p>" for line in printable(text).splitlines()))


def from_whatsapp(text: str) -> str:
    """As `from_plain`, for messages copied out of WhatsApp: *bold*, _italic_, ~struck~ become markup.

    Stamps with time and sender at the start of a line go.
    """
    lines = []
    for line in _STAMP.sub("", printable(text)).splitlines():
        marked = escape(line, quote=False)
        for pattern, tag in _WHATSAPP:
            marked = pattern.sub(rf"<{tag}>\1</{tag}>", marked)
        lines.append(f"<p>{marked}</p>")
    return clean("".join(lines))


def render(html: str, *, language: str) -> str:
    """What readers get, made once at publication: cleaned, set typographically, links, tables and headings made ready.

    Headings carry ids made from their words ("h-" before them keeps clear of the page's own), tables a frame to scroll
    in; frames and fact boxes are named in the story's language. Figures stay as they are, for `articles.blocks`.
    Blocks with a `lang` of their own follow its typography.
    """
    html = "".join(_set(clean(html), language))
    html = re.sub(r'<a (?=href="https?:)', '<a rel="noopener" ', html, flags=re.IGNORECASE)
    taken: dict[str, int] = {}

    def heading(match: re.Match[str]) -> str:
        return f'<{match[1]} id="{_identifier(plain(match[3]), taken)}"{match[2]}>'

    html = re.sub(r"<(h[23])([^>]*)>(?=(.*?)</h[23]>)", heading, html)
    with override(language):
        unnamed, brief = gettext("Table"), escape(gettext("In brief"))

    def table(match: re.Match[str]) -> str:
        label = escape(plain(match[1] or "").replace("\n", " ") or unnamed)
        return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}">{match[0]}'

    html = re.sub(r"<table[^>]*>(?:<caption[^>]*>(.*?)</caption>)?", table, html)
    html = html.replace("</table>", "</table></div>")

    def facts(match: re.Match[str]) -> str:
        attributes, name, heading = match.groups()
        if not name:
            return f'<aside class="facts" aria-label="{brief}"{attributes}>'
        # It may stand before the first heading of the text, where one of the third level would hang in the air.
        return f'<aside class="facts" aria-labelledby="{name}"{attributes}><h2 id="{name}"{heading}</h2>'

    html = re.sub(r'<aside class="facts"([^>]*)>(?:<h3 id="([^"]*)"(.*?)</h3>)?', facts, html)
    # A list of questions begins with one and ends with an answer, or it is none to browsers.
    return html.replace("<dl><dd", "<dl><dt></dt><dd").replace("</dt></dl>", "</dt><dd></dd></dl>")


def safe(rendered: str) -> SafeString:
    """Marks text that came out of `render`, or the style of our own, as safe to put into a page. For nothing else."""
    return mark_safe(rendered)  # noqa: S308


def in_words(rendered: str) -> SafeString:
    """A rendered body reduced to text, links and what orders them: nothing in it loads, runs or has a look."""
    return safe(_IN_WORDS.clean(rendered))


def data_block(data: Any) -> SafeString:
    """JSON to stand between ``<script type="application/ld+json">`` and its end: no text in it ends the element."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S308


def plain(html: str) -> str:
    """The words of a body, for search, counts and descriptions: a line for each block, entities decoded."""
    pieces = []
    for token in tokens(printable(html)):
        if token.name in {"td", "th"}:
            pieces.append(" ")
        elif token.name in BLOCKS or token.name == "br":
            pieces.append("\n")
        else:
            # A line end in the source is no more than a space.
            pieces.append(" ".join(token.text.splitlines()) + " " * token.text.endswith("\n"))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))


def word_count(html: str) -> int:
    """The number of words of a body; of Chinese and Japanese, which do not part words, the number of characters."""
    words = re.split(r"[\s—–]+", _CJK.sub(" 字 ", plain(html)))
    return sum(any(map(str.isalnum, word)) for word in words)


def _set(html: str, language: str) -> Iterator[str]:
    """Cleaned HTML in pieces, its text set block by block: a quote may begin and end in different inline elements."""
    languages = [language]
    parts = re.split(r"(<[^>]*>)", html)
    block: list[str] = []
    for part in parts:
        tag = re.match(r"</?(\w+)", part)
        if tag is None or tag[1] in INLINE or tag[1] == "br":
            block.append(part)
            continue
        yield from _set_block(block, languages[-1])
        block = []
        if part.startswith("</"):
            languages.pop()
        elif tag[1] != "hr":
            own = re.search(r' lang="([^"]*)"', part)
            languages.append(own[1] if own else languages[-1])
        yield part


def _set_block(parts: list[str], language: str) -> Iterator[str]:
    texts = ["\n" if part == "<br>" else "" if part.startswith("<") else unescape(part) for part in parts]
    letters = typeset("".join(texts), language=language)
    start = 0
    for part, text in zip(parts, texts, strict=True):
        end = start + len(text)
        yield part if part.startswith("<") else escape("".join(letters[start:end]), quote=False)
        start = end


def _identifier(words: str, taken: dict[str, int]) -> str:
    base = f"h-{slugify(words, allow_unicode=True)[:80].strip('-') or 'section'}"
    name = base
    while name in taken:
        taken[base] += 1
        name = f"{base}-{taken[base]}"
    taken[name] = 1
    return name
