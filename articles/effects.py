"""What inline elements of the source ask for: emphasis, a link, a language. Read from tags and from inline styles."""

import html
import re
from collections.abc import Iterator

import nh3

Effect = tuple[str, str]

_SAME_EFFECT = {"b": "strong", "i": "em", "cite": "em", "strike": "s", "del": "s"}
HIDDEN = ("", "hidden")
_STYLES = {
    HIDDEN: re.compile(r"(?<![-\w])display:\s*none|mso-hide:\s*all|mso-list:\s*ignore", re.I),
    ("strong", ""): re.compile(r"(?<![-\w])font-weight:\s*(?:bold|[6-9]00)", re.I),
    ("em", ""): re.compile(r"(?<![-\w])font-style:\s*(?:italic|oblique)", re.I),
    ("s", ""): re.compile(r"(?<![-\w])text-decoration(?:-line)?:[^;:]*line-through", re.I),
    ("sup", ""): re.compile(r"(?<![-\w])vertical-align:\s*super", re.I),
    ("sub", ""): re.compile(r"(?<![-\w])vertical-align:\s*sub(?!\w|per)", re.I),
}
# Google Docs wraps a whole paste into <b style="font-weight:normal">.
_PLAIN_STYLE = re.compile(r"(?<![-\w])font-(?:weight|style):\s*(?:normal|400)", re.I)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8}){0,3}")
URL_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
# Reads an address as browsers do; what it drops must not become a link in the first place.
_JUDGE = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes=set(URL_SCHEMES), link_rel=None)
_HREF = re.compile(r"https?://[^/\\?#]|mailto:[^?]|tel:.|/(?![/\\])", re.I)
_HREF_ESCAPES = str.maketrans({" ": "%20", '"': "%22", "<": "%3C", ">": "%3E", "\t": "", "\n": "", "\r": ""})


def effects(tag: str, found: dict[str, str], *, foreign: bool) -> Iterator[Effect]:
    """The profile's inline elements that a start tag with these attributes stands for, with their own as written.

    `HIDDEN` is among them if the source does not show the element. `foreign`: as in `language`.
    """
    style = found.get("style", "")
    tag = _SAME_EFFECT.get(tag, tag)
    if tag == "a":
        if asked := link(found.get("href", "")):
            yield asked
    elif tag not in {"span", "font"} and not _PLAIN_STYLE.search(style):
        yield tag, ""
    if style:
        yield from (effect for effect, pattern in _STYLES.items() if pattern.search(style))
    if not foreign and (own := language(found, foreign=False)):
        yield "span", written(own)


def language(found: dict[str, str], *, foreign: bool) -> dict[str, str]:
    """The valid `lang` and `dir` among attributes.

    Word, Google Docs and WhatsApp state both for every scrap of text, mostly wrong ones: of such a `foreign` source
    only "rtl" is believed.
    """
    kept = {}
    if _LANGUAGE.fullmatch(found.get("lang", "")) and not foreign:
        kept["lang"] = found["lang"]
    direction = found.get("dir", "").lower()
    if direction == "rtl" or (direction in {"ltr", "auto"} and not foreign):
        kept["dir"] = direction
    return kept


def written(attributes: dict[str, str]) -> str:
    """Attributes as they stand in a tag, each after a space, by name; empty ones are left out."""
    return "".join(f' {name}="{html.escape(value)}"' for name, value in sorted(attributes.items()) if value)


def link(url: str) -> Effect | None:
    """A link to an address that may stand in a story, mended where it can be; None for any other."""
    href = _href(url)
    return ("a", written({"href": href})) if href else None


def _href(value: str) -> str:
    url = value.strip().translate(_HREF_ESCAPES)
    if url.startswith("//"):
        url = f"https:{url}"
    fit = len(url) <= 4000 and _HREF.match(url) and "href" in _JUDGE.clean(f"<a{written({'href': url})}>")
    return url if fit else ""
