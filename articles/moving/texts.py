"""A text as the body of a story: pictures from the library, links within the site, the closed profile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.utils.html import strip_tags

from articles import embeds, markup
from articles.moving import figures
from articles.moving.media import is_hosted, original
from articles.moving.posts import Asked, Written

_FIGURE = re.compile(r"<figure\b[^<>]*>((?:(?!</?figure\b).)*)</figure\s*>", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"<img\b([^<>]*)>", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b[^<>]*>.*?</figcaption\s*>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"\bwp-image-(\d{1,18})\b")
_GALLERY = re.compile(r'<section class="gallery" data-ids="([\d, ]*)"></section>')
# A table's foot may stand before its rows; browsers show it below them.
_FOOT = re.compile(
    r"(<tfoot\b(?:(?!</?table).){0,9000}?</tfoot\s*>)((?:(?!<tfoot|</?table).){0,99000})(?=</table)",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"""(<a\b[^<>]*?\bhref\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)


_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|noscript|object|applet)\b.*?(?:</\1\s*>|$)", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")


# What has no place in a body; players and forms are named with their address, so that the desk can find them again.
_LEFT = re.compile(r"<(iframe|video|audio|embed|form|canvas|svg|math|map)\b([^<>]*)>", re.IGNORECASE)
_FILES = re.compile(r"/wp-content/|^/content/")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif|heic|heif|tiff?|bmp)\Z", re.IGNORECASE)
_TRACKS = re.compile(r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|_ga|ref_src)(?:=|\Z)")
_PIXEL = {"0", "1", "2", "0px", "1px", "2px"}  # the size of what only counts readers
_SOMEWHERE = re.compile(r"(?:https?:/)?/", re.IGNORECASE)
_NAMED = 100  # signs of an address
_ENDS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]*>", re.IGNORECASE)


class Text(NamedTuple):
    """``body`` is of the profile; ``missing`` are pictures that could not be had; ``dropped`` what was taken out.

    ``documents`` are files of the old site, no pictures, that it links to.
    """

    body: str
    missing: list[str]
    dropped: Counter[str]
    is_restricted: bool
    documents: list[str]
    is_raw: bool = False

    @property
    def why(self) -> str:
        """The code for which it stays at the desk, "" for none."""
        return "restricted" if self.is_restricted else "markdown" if self.is_raw else ""


def in_words(html: str) -> str:
    """A standfirst, a caption: its words on one line, without elements."""
    return " ".join(unescape(strip_tags(_ENDS.sub(" ", html))).split())


def without_code(html: str, dropped: Counter[str]) -> str:
    """The HTML without comments, scripts and styles; what went is counted in `dropped`."""

    def gone(found: re.Match[str]) -> str:
        dropped[f"<{found[1].lower()}>"] += 1
        return ""

    return _HIDDEN.sub(gone, _COMMENT.sub("", html))


def attributes(text: str) -> dict[str, str]:
    """Of a start tag or shortcode: names in lower case, values as they are written."""
    return {name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(text)}


def body_of(
    written: Written,
    *,
    hosts: Collection[str],
    picture: Callable[[Asked], int | None],
    gallery: Callable[[list[str]], list[int]],
) -> Text:
    """`picture` gives the library's number of a picture, `gallery` those of a gallery ([]: all of the post)."""
    missing: list[str] = []
    pixels: Counter[str] = Counter()

    def shown(found: str, caption: str = "") -> str:
        known = attributes(found)
        classes, alt = known.get("class", ""), unescape(known.get("alt", ""))
        url = original(unescape(_address(known)))
        if "emoji" in classes.split() or "s.w.org/images/core/emoji" in url:
            return escape(alt)
        if _PIXEL & {known.get("width", ""), known.get("height", "")}:
            pixels[f"<img> {url.partition('?')[0][:_NAMED]}"] += 1
            return ""
        number = _NUMBER.search(classes)
        mine = picture(Asked(number[1] if number else known.get("data-id", ""), url, alt))
        if mine is None:
            missing.append(_named(url) or (number[1] if number else "?"))
            return ""
        return f'<figure data-image="{mine}">{caption}</figure>'

    def figure(found: re.Match[str]) -> str:
        first, *others = _IMAGE.findall(found[1]) or [None]
        if first is None:
            return found[0]
        caption = _CAPTION.search(found[1])
        return shown(first, caption[0] if caption else "") + "".join(map(shown, others))

    def whole_gallery(found: re.Match[str]) -> str:
        wanted = re.findall(r"\d+", found[1])
        had = {number: gallery([number]) for number in wanted} if wanted else {"[gallery]": gallery([])}
        missing.extend(number for number, mine in had.items() if not mine)
        all_of_it = [f'<figure data-image="{number}"></figure>' for mine in had.values() for number in mine]
        return f'<section class="gallery">{"".join(all_of_it)}</section>' if len(all_of_it) > 1 else "".join(all_of_it)

    html = _GALLERY.sub(whole_gallery, _FOOT.sub(r"\2\1", written.html))
    html = _FIGURE.sub(figure, html)
    html = figures.set_free(_IMAGE.sub(lambda found: shown(found[1]), html))
    documents = dict.fromkeys(
        address for _start, double, single in _LINK.findall(html) if _is_document(address := double or single, hosts)
    )
    html = _LINK.sub(lambda found: f'{found[1]}"{_within(found[2] or found[3] or "", hosts)}"', html)
    dropped = written.dropped + pixels + Counter(filter(None, map(_left, _LEFT.finditer(html))))
    return Text(markup.clean(html), missing, dropped, written.is_restricted, list(documents), written.is_raw)


def _address(known: dict[str, str]) -> str:
    """Where a picture lies. Pages that load pictures late have nothing, or a tiny picture, in its place."""
    late = (known.get(name, "") for name in ("data-src", "data-lazy-src", "data-original"))
    return next(filter(_SOMEWHERE.match, late), known.get("src", ""))


def _named(url: str) -> str:
    """As the report says it: a picture that is written out in the text itself has no address."""
    return url.partition(",")[0] if url.startswith("data:") else url


def _left(found: re.Match[str]) -> str:
    """How the report names an element that is left; "" for a frame that stays, as a card."""
    known, tag = attributes(found[2]), found[1].lower()
    said = [unescape(known[name]) for name in ("src", "data-src", "data-lazy-src", "action") if known.get(name)]
    if tag == "iframe" and any(map(embeds.recognise, said)):
        return ""
    address = said[0] if said else ""
    return f"<{tag}> {address.partition('?')[0][:_NAMED]}".rstrip()


def _is_document(address: str, hosts: Collection[str]) -> bool:
    try:
        parts = urlsplit(original(unescape(address)))
    except ValueError:
        return False
    host = parts.netloc.lower().removeprefix("www.")
    is_file = is_hosted(host) or ((not host or host in hosts) and _FILES.search(parts.path))
    return bool(is_file and not _PICTURE.search(parts.path))


def _own(address: str, hosts: Collection[str]) -> str:
    """The path of an address on the old site, "" for any other."""
    try:
        parts = urlsplit(unescape(address))
    except ValueError:
        return ""
    is_own = parts.scheme in {"http", "https"} and parts.netloc.lower().removeprefix("www.") in hosts
    return (parts.path or "/") if is_own else ""


def _within(address: str, hosts: Collection[str]) -> str:
    """An address on the old site as one on ours, without what only tracks readers; any other as it is."""
    path = _own(address, hosts)
    if not path or _FILES.search(path):
        return address
    parts = urlsplit(unescape(address))
    query = "&".join(part for part in parts.query.split("&") if part and not _TRACKS.match(part))
    return escape(path + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else ""), quote=True)


def with_new_addresses(body: str, moved: Callable[[list[str]], dict[str, str]]) -> str:
    """The body with each inner link to an old address led straight to the new one. `moved`: old paths → new ones.

    What is known without its query is led on without it. The part of the page that a link names stays.
    """
    old = {unescape(double or single) for _start, double, single in _LINK.findall(body)}
    old = {address for address in old if address.startswith("/") and not address.startswith("//")}
    new = moved(sorted({way for address in old for way in _ways(address)})) if old else {}
    if not new:
        return body

    def led(found: re.Match[str]) -> str:
        address = unescape(found[2] or found[3] or "")
        target = next((new[way] for way in _ways(address) if way in new), "")
        _path, sign, part = address.partition("#")
        return f'{found[1]}"{escape(target + sign + part, quote=True)}"' if target else found[0]

    return _LINK.sub(led, body)


def _ways(address: str) -> list[str]:
    """How old addresses may have it: whole, and without its query, but never the front page alone."""
    whole = unquote(address.partition("#")[0])
    bare = whole.partition("?")[0]
    return [whole, bare] if bare not in {whole, "/", ""} else [whole]
