"""The card that stands for a story without a picture in messengers and networks: its headline on its section's colour.

Its name holds a digest of what is drawn and a seal, so a new headline is a new name and nobody else can have one drawn:
``card-<story>-<digest>-<seal>.png``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from django.urls import reverse
from PIL import Image, ImageDraw

from articles import languages, lettering, palettes
from articles.kept import folder, kept
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from safeguards.sealing import keyed_hash

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN, FOOT = 76, 104
PATTERN = r"(?P<name>card-[0-9]{1,18}-[0-9a-f]{16}-[0-9a-f]{16}\.png)"
_PARTS = re.compile(r"card-([0-9]{1,18})-([0-9a-f]{16})-([0-9a-f]{16})\.png\Z")
_DRAWN_AS = 1  # raise it when cards are to look otherwise


class Words(NamedTuple):
    """All that is drawn: the colour (``#rrggbb``) is dark enough for white letters."""

    headline: str
    kicker: str
    paper: str
    colour: str
    language: str


def words_of(story: PublishedArticle, site: SiteSettings) -> Words | None:
    """What the story's card says; None where no font at hand has all its letters."""
    section = story.section if story.section_id else None  # a draft may have none yet
    own = section and (section.colour or (section.parent and section.parent.colour))
    words = Words(
        headline=story.share_headline,
        kicker=story.kicker or (section.name_in(story.language) if section else ""),
        paper=site.words(story.language)["name"],
        colour=palettes.readable(own or palettes.colours(site.palette).light.link, on=("#ffffff",)),
        language=story.language,
    )
    return words if lettering.is_drawable("".join(words[:3])) else None


def name_of(number: int, words: Words) -> str:
    """The name of the card of story `number` with these words."""
    digest = hashlib.sha256(json.dumps([_DRAWN_AS, *words]).encode()).hexdigest()[:16]
    return f"card-{number}-{digest}-{_seal(number, digest)}.png"


def path_of(number: int, words: Words) -> str:
    """Its site-relative address."""
    return reverse("articles:social_card", args=[name_of(number, words)])


def read(name: str) -> int | None:
    """The number of the story, if we made the name; None for any other."""
    parts = _PARTS.match(name)
    if not parts or not hmac.compare_digest(parts[3], _seal(int(parts[1]), parts[2])):
        return None
    return int(parts[1])


def make(number: int, words: Words) -> Path:
    """The file of the card, drawn now if there is none; then those of former words go."""
    name = name_of(number, words)
    if not (folder() / name).exists():
        for former in folder().glob(f"card-{number}-*.png"):
            former.unlink(missing_ok=True)
    return kept(name, lambda: draw(words))


def draw(words: Words) -> bytes:
    """A PNG of 1200 by 630 pixels."""
    image = Image.new("RGB", SIZE, words.colour)
    canvas = ImageDraw.Draw(image)
    red, green, blue = palettes.rgb(words.colour)
    canvas.rectangle((0, HEIGHT - FOOT, WIDTH, HEIGHT), (red * 7 // 10, green * 7 // 10, blue * 7 // 10))
    is_rtl = languages.direction(words.language) == "rtl"
    start = WIDTH - MARGIN if is_rtl else MARGIN
    bar = (start - 72, 64, start, 71) if is_rtl else (start, 64, start + 72, 71)
    canvas.rectangle(bar, "#ffffff")

    def line(text: list[str], baseline: int, size: int) -> None:
        lettering.draw_line(canvas, text, at=(start, baseline), size=size, fill="#ffffff", language=words.language)

    room = WIDTH - 2 * MARGIN
    kicker = lettering.fit(words.kicker, width=room, height=60, sizes=range(34, 20, -2), language=words.language)
    line(kicker.rows[0], 124, kicker.size)
    top, bottom = 158, HEIGHT - FOOT - 34
    headline = lettering.fit(
        words.headline, width=room, height=bottom - top, sizes=range(84, 32, -4), language=words.language
    )
    for number, row in enumerate(headline.rows):
        line(row, top + number * headline.height + round(headline.height * 0.78), headline.size)
    paper = lettering.fit(words.paper, width=room, height=62, sizes=range(38, 20, -2), language=words.language)
    line(paper.rows[0], HEIGHT - FOOT // 2 + 13, paper.size)
    out = BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _seal(number: int, digest: str) -> str:
    return keyed_hash(f"{number}-{digest}", purpose="articles.social_card")[:16]
