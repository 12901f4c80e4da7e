"""The blocks of the profile: which may stand in which, what ends them, and what they carry of the source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from articles import embeds

LISTS = frozenset({"ul", "ol"})
ROWS = frozenset({"thead", "tbody"})
CELLS = frozenset({"td", "th"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
SECTIONS = frozenset({"thead", "tbody", "tfoot", "caption"})
ENTRIES = frozenset({"dt", "dd"})
# Blocks whose text stands in paragraphs. What a gallery cannot hold stands outside of it.
WITH_PARAGRAPHS = frozenset({"", "blockquote", "section", "aside", "dd"})
WITHOUT_LANGUAGE = frozenset({"section", "figure", "dl"})
# What an element in these says of language is said of its own paragraphs.
NOT_SPOKEN_FOR = WITHOUT_LANGUAGE | {"aside", "dd"}
RENAMED = {"h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "tfoot": "tbody", "menu": "ul", "cite": "footer"}
# What a start tag closes before it, and what it must not reach across to do so.
IMPLIED_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), LISTS | CELLS | {"menu"}),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **dict.fromkeys(ENTRIES, (ENTRIES, CELLS | {"dl"})),
    **dict.fromkeys(CELLS, (CELLS, frozenset({"table"}))),
    **dict.fromkeys(SECTIONS, (SECTIONS, frozenset({"table"}))),
}
PARENTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("h2", "blockquote", "table", "section", "aside", "dl", "hr"), frozenset({""})),
    "h3": frozenset({"", "aside"}),
    "figure": frozenset({"", "section", "aside"}),
    **dict.fromkeys(("caption", "thead", "tbody"), frozenset({"table"})),
    "footer": frozenset({"blockquote"}),
    **dict.fromkeys(CELLS, frozenset({"tr"})),
    **dict.fromkeys(ENTRIES, frozenset({"dl"})),
    "tr": ROWS,
    "li": LISTS,
    "figcaption": frozenset({"figure"}),
}
MOST_STORIES = 8
_GALLERY = frozenset({"gallery", "wp-block-gallery"})


@dataclass(eq=False, slots=True)
class Block:
    """A block of the profile. `at`: where its start tag lies in the output, -1 until then."""

    tag: str
    attributes: dict[str, str]
    at: int = -1
    filled: bool = False
    # Of a list its newest item, of questions the newest entry, of a quotation its attribution, of a figure its caption.
    last: "Block | None" = None


def kind(tag: str, found: dict[str, str]) -> str:
    """The element of the profile that a start tag stands for: sections and asides are blocks by their class alone."""
    classes = found.get("class", "").split()
    if tag in {"section", "div", "figure"} and not _GALLERY.isdisjoint(classes):
        return "section"
    if tag == "section" or (tag == "aside" and "facts" not in classes):
        return "div"
    return RENAMED.get(tag, tag)


def ends(tag: str) -> tuple[frozenset[str], frozenset[str]]:
    """What an end tag closes, and what it must not reach across to do so."""
    if tag in SECTIONS | CELLS | {"tr", "table"}:
        return frozenset({tag}), frozenset({"table"})
    barriers = CELLS | {"caption", "table"} | (LISTS if tag == "li" else frozenset())
    return HEADINGS if tag in HEADINGS else frozenset({tag}), barriers


def own(tag: str, found: dict[str, str]) -> dict[str, str]:
    """What the profile lets a block carry besides language and direction."""
    if tag == "blockquote":
        return {"class": "pull"} if "pull" in found.get("class", "").split() else {}
    if tag == "section":
        return {"class": "gallery"}
    if tag == "aside":
        return {"class": "facts"}
    if tag == "ol":
        return {"start": number(found.get("start", ""), 2, 99999)}
    if tag in CELLS:
        scope = found.get("scope", "").lower()
        return {
            "scope": scope if tag == "th" and scope in {"col", "row", "colgroup", "rowgroup"} else "",
            "colspan": number(found.get("colspan", ""), 2, 100),
            "rowspan": number(found.get("rowspan", ""), 2, 100),
        }
    return {}


def shown(found: dict[str, str]) -> dict[str, str]:
    """The one attribute that says what a figure shows: a picture, a video, a post, stories; {} for nothing."""
    for name in ("data-image", "data-video"):
        if value := number(found.get(name, ""), 1, 10**18):
            return {name: value}
    if embed := embeds.recognise(found.get("data-embed", "")):
        return {"data-embed": embed.url}
    stories = dict.fromkeys(_numbers(found.get("data-stories", "")))
    return {"data-stories": " ".join([*stories][:MOST_STORIES])} if stories else {}


def number(value: str, low: int, high: int) -> str:
    """The whole number that a value is, as written by us; "" for any other and for one out of bounds."""
    return str(int(value)) if re.fullmatch(r"[0-9]{1,18}", value) and low <= int(value) <= high else ""


def _numbers(value: str) -> Iterator[str]:
    return filter(None, (number(each, 1, 10**18) for each in value[:400].split()))
