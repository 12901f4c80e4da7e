"""The critical style: the one stylesheet of readers' pages, inline in their head, so that no request holds them up.

It is allowed by its hash in the Content-Security-Policy, never by a nonce: finished pages are kept as bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from articles import palettes
from articles.models.places import Section
from articles.models.site import Faces, SiteSettings

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([a-z][a-z-]*)")
_CLASS_ATTRIBUTE = re.compile(r'\bclass="([^"]*)"')
_OTHER_BLOCKS = ("<dl", "<video")


class Style(NamedTuple):
    """The text between the tags, and the source that allows it in ``style-src``."""

    css: str
    source: str


def critical(site: SiteSettings, *, sections: Iterable[Section] = (), body: str = "") -> Style:
    """The style for a page of the paper. `sections` get their colours; `body` what its further blocks need."""
    coloured = {section.pk: section.colour for section in sections if section.colour}
    fonts = (site.headline_font.name or "", site.text_font.name or "") if site.faces == Faces.OWN else ("", "")
    make = _made.__wrapped__ if settings.DEBUG else _made
    return make(site.palette, site.faces, fonts, tuple(sorted(coloured.items())), _has_blocks(body))


def of_text() -> Style:
    """The style of the text edition: a readable width, and no more."""
    return _text.__wrapped__() if settings.DEBUG else _text()


@lru_cache(maxsize=1)
def _text() -> Style:
    return _hashed(minified("site/text.css"))


def tone(section: Section) -> str:
    """The class that gives an element the section's colour as ``--section``; a part has that of the whole."""
    return f"s{section.parent_id if section.parent_id and not section.colour else section.pk}"


def font_path(name: str) -> str:
    """Where readers get an uploaded font; `name` is that of its file field."""
    return reverse("articles:font", args=[name.rpartition("/")[2]])


@lru_cache(maxsize=256)
def _made(
    palette: str, faces: str, fonts: tuple[str, str], sections: tuple[tuple[int, str], ...], blocks: bool
) -> Style:
    chosen = palettes.colours(palette)
    day, night = _section_rules(sections, palette)
    parts = [
        *_faces(faces, fonts),
        f":root{{{chosen.light.css()}}}{day}",
        f"@media (prefers-color-scheme:dark){{:root{{{chosen.dark.css()}}}{night}}}",
        minified("site/site.css"),
    ]
    if blocks:
        parts.append(minified("site/blocks.css"))
    return _hashed("".join(parts))


def _hashed(css: str) -> Style:
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return Style(css, f"'sha256-{digest}'")


def _section_rules(sections: tuple[tuple[int, str], ...], palette: str) -> tuple[str, str]:
    shades = [(pk, palettes.section_shades(colour, palettes.colours(palette))) for pk, colour in sections]
    day = "".join(f".s{pk}{{--section:{light}}}" for pk, (light, _dark) in shades)
    return day, "".join(f".s{pk}{{--section:{dark}}}" for pk, (_light, dark) in shades)


def _faces(faces: str, fonts: tuple[str, str]) -> list[str]:
    headline, text = palettes.FACES.get(faces, palettes.FACES[Faces.CLASSIC])
    rules = []
    # One file is given for all weights of headlines; text is made bold by the browser.
    for family, name, weight in (("Own Headline", fonts[0], "font-weight:100 900;"), ("Own Text", fonts[1], "")):
        if name:
            source = f'src:url("{font_path(name)}") format("woff2")'
            rules.append(f'@font-face{{font-family:"{family}";{weight}font-display:swap;{source}}}')
    headline = f'"Own Headline",{headline}' if fonts[0] else headline
    text = f'"Own Text",{text}' if fonts[1] else text
    return [*rules, f":root{{--headline:{headline};--serif:{text};--sans:{palettes.SANS}}}"]


def _has_blocks(body: str) -> bool:
    if any(each in body for each in _OTHER_BLOCKS):
        return True
    used = {name for names in _CLASS_ATTRIBUTE.findall(body) for name in names.split()}
    return not used.isdisjoint(_block_classes())


@lru_cache(maxsize=1)
def _block_classes() -> frozenset[str]:
    """Classes that the further blocks' sheet knows and the main one does not."""
    return frozenset(_CLASS.findall(minified("site/blocks.css"))) - frozenset(_CLASS.findall(minified("site/site.css")))


def minified(name: str) -> str:
    """A static stylesheet without comments and needless space; "" if there is none of that name."""
    place = finders.find(name)
    if not place:
        return ""
    css = _COMMENT.sub("", Path(place).read_text(encoding="utf-8"))
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,]) ?", r"\1", css)
    return css.replace(": ", ":").replace(";}", "}").strip()
