"""The paper's icon in every size that browsers and home screens ask for: from the one that the desk has uploaded, else
the paper's first letter on its palette's colour.

Names hold a digest of what is drawn: ``icon-<kind>-<digest>.png``, kept for a year, and a new icon has a new name.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from io import BytesIO
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw

from articles import lettering, palettes
from articles.kept import kept
from articles.models.site import SiteSettings
from images.pixels import MAX_BYTES, PictureRefused, pixels

LEAST = 512
SIZES = {"32": 32, "180": 180, "192": 192, "512": 512, "maskable": 512}
OPAQUE = {"180", "maskable"}  # the system cuts these to its own shape
SAFE = 0.62  # of a maskable icon's side: whatever the shape, a square of this stays whole
PATTERN = r"icon-(?P<kind>32|180|192|512|maskable)-(?P<digest>[0-9a-f]{16})\.png"
_DRAWN_AS = 1  # raise it when icons are to look otherwise


def fresh(upload: IO[bytes]) -> ContentFile:
    """A new square WebP file of 512 pixels, lossless, under a random name, made from the pixels alone.

    Raises `PictureRefused` for what is no picture, is not square (within 2 per cent), or is smaller.
    """
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PictureRefused(_("The picture is larger than 15 MB. Save it smaller and try again."))
    picture = pixels(data, max_side=2 * LEAST)
    if abs(picture.width - picture.height) > 0.02 * max(picture.size):
        raise PictureRefused(_("The icon must be square: as wide as it is high."))
    if min(picture.size) < LEAST:
        raise PictureRefused(_("The icon must be at least 512 pixels wide and high."))
    out = BytesIO()
    picture.resize((LEAST, LEAST), Image.Resampling.LANCZOS).save(out, "WEBP", lossless=True)
    return ContentFile(out.getvalue(), name=f"{secrets.token_hex(16)}.webp")


def name_of(kind: str, site: SiteSettings) -> str:
    """The name of one of `SIZES` as the paper's settings have it now."""
    facts = [_DRAWN_AS, site.icon.name or "", site.palette, _initial(site)]
    return f"icon-{kind}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}.png"


def path_of(kind: str, site: SiteSettings) -> str:
    """Its site-relative address."""
    digest = name_of(kind, site).rpartition("-")[2].removesuffix(".png")
    return reverse("articles:icon", args=[kind, digest])


def make(kind: str, site: SiteSettings) -> Path:
    """The file of a PNG, drawn now if there is none."""

    def draw() -> bytes:
        out = BytesIO()
        drawn(kind, site).save(out, "PNG", optimize=True)
        return out.getvalue()

    return kept(name_of(kind, site), draw)


def favicon(site: SiteSettings) -> Path:
    """The file of a ``favicon.ico`` with 16 and 32 pixels."""

    def draw() -> bytes:
        out = BytesIO()
        drawn("32", site).save(out, "ICO", sizes=[(16, 16), (32, 32)])
        return out.getvalue()

    return kept(name_of("32", site).replace(".png", ".ico"), draw)


def drawn(kind: str, site: SiteSettings) -> Image.Image:
    """The icon of that kind: RGB where the system gives it its shape, else RGBA."""
    side = SIZES[kind]
    whole = _uploaded(site) or _letter(site, rounded=kind not in OPAQUE)
    if kind not in OPAQUE:
        return whole.resize((side, side), Image.Resampling.LANCZOS)
    ground = palettes.colours(site.palette).light.paper if site.icon else _ground(site)[0]
    icon = Image.new("RGB", (side, side), ground)
    inner = round(side * SAFE) if kind == "maskable" and site.icon else side
    small = whole.resize((inner, inner), Image.Resampling.LANCZOS)
    icon.paste(small, ((side - inner) // 2, (side - inner) // 2), small)
    return icon


def _uploaded(site: SiteSettings) -> Image.Image | None:
    if not site.icon:
        return None
    try:
        with site.icon.open("rb") as file, Image.open(file, formats=["WEBP"]) as opened:
            return opened.convert("RGBA")
    except FileNotFoundError:  # a backup may have been restored without it
        return None


def _letter(site: SiteSettings, *, rounded: bool) -> Image.Image:
    ground, ink = _ground(site)
    side = LEAST * 2
    icon = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    canvas = ImageDraw.Draw(icon)
    canvas.rounded_rectangle((0, 0, side - 1, side - 1), side * 0.18 if rounded else 0, ground)
    initial = _initial(site)
    if lettering.is_drawable(initial):
        lettering.draw_centred(canvas, initial, centre=(side // 2, side // 2), size=round(side * 0.56), fill=ink)
    return icon.resize((LEAST, LEAST), Image.Resampling.LANCZOS)


def _ground(site: SiteSettings) -> tuple[str, str]:
    """The colour behind the letter, and the letter's own."""
    light = palettes.colours(site.palette).light
    return (light.link, light.paper) if light.mast in (light.paper, light.tint) else (light.mast, light.mast_ink)


def _initial(site: SiteSettings) -> str:
    return next((letter.upper() for letter in site.name if letter.isalnum()), "N")
