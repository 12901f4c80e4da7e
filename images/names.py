"""Names of renditions: anybody can read what is meant, nobody but us can make one.

``<picture>-<version>-<crop>-<width>-<seal>.<avif|webp|jpg>``; the seal is a keyed hash of the rest (64 bits). So HTML
can name a rendition before it is made, and only what we named is ever made.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse

from safeguards.sealing import keyed_hash

if TYPE_CHECKING:
    from images.models import Picture

WIDTHS = (320, 480, 640, 960, 1280, 1600)
# Shape (width to height) of each crop; the whole picture has its own.
CROPS: dict[str, float | None] = {"whole": None, "wide": 16 / 9, "standard": 4 / 3, "square": 1.0}
FORMATS = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
PATTERN = r"(?P<name>[0-9]+-[0-9]+-[a-z]+-[0-9]+-[0-9a-f]{16}\.(?:avif|webp|jpg))"
_PARTS = re.compile(r"([0-9]{1,18})-([0-9]{1,9})-([a-z]+)-([0-9]{1,5})-([0-9a-f]{16})\.(avif|webp|jpg)\Z")


class Rendition(NamedTuple):
    """Which picture, in which version of it, cut how, how wide, in which format."""

    picture: int
    version: int
    crop: str
    width: int
    form: str

    @property
    def name(self) -> str:
        plain = f"{self.picture}-{self.version}-{self.crop}-{self.width}"
        return f"{plain}-{_seal(plain)}.{self.form}"

    @property
    def path(self) -> str:
        """Its site-relative address."""
        return reverse("images:rendition", args=[self.name])


def read(name: str) -> Rendition | None:
    """What the name means, if we made it; None for any other."""
    parts = _PARTS.match(name)
    if not parts:
        return None
    picture, version, crop, width, seal, form = parts.groups()
    if not hmac.compare_digest(seal, _seal(f"{picture}-{version}-{crop}-{width}")):
        return None
    return Rendition(int(picture), int(version), crop, int(width), form)


def shape(picture: Picture, crop: str) -> tuple[int, int]:
    """Width and height in pixels of the picture's largest part in the shape of `crop`."""
    ratio = CROPS[crop]
    if ratio is None:
        return picture.width, picture.height
    if picture.width / picture.height > ratio:
        return round(picture.height * ratio), picture.height
    return picture.width, round(picture.width / ratio)


def widths(picture: Picture, crop: str) -> list[int]:
    """The widths that this picture is offered in: none larger than it is, at least one."""
    most = shape(picture, crop)[0]
    return [width for width in WIDTHS if width <= most] or [most]


def middling(picture: Picture, crop: str) -> int:
    """The one width that browsers without AVIF and WebP are offered, as JPEG."""
    offered = widths(picture, crop)
    return next((width for width in offered if width >= 640), offered[-1])


def sources(picture: Picture, crop: str) -> dict[str, object]:
    """What a ``<picture>`` needs, as JSON: ``{"width", "height", "avif": [[width, path], …], "webp": […], "src"}``.

    `width` and `height` are those of the largest rendition; ``src`` is a JPEG of middling width for old browsers.
    """
    wide, high = shape(picture, crop)
    offered = widths(picture, crop)
    largest = offered[-1]

    def path(width: int, form: str) -> str:
        return Rendition(picture.pk, picture.version, crop, width, form).path

    return {
        "width": largest,
        "height": max(1, round(largest * high / wide)),
        "avif": [[width, path(width, "avif")] for width in offered],
        "webp": [[width, path(width, "webp")] for width in offered],
        "src": path(middling(picture, crop), "jpg"),
    }


def _seal(plain: str) -> str:
    return keyed_hash(plain, purpose="images.rendition")[:16]
