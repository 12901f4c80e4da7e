"""Names of what readers get of a video: the file, its posters, its captions. Only what we named is ever served.

``v<video>-<version>-<seal>.<mp4|webm>``, ``v<video>-<version>-<width>-<seal>.<avif|webp|jpg>`` and
``v<video>-<digest of the words>-<seal>.vtt``; the seal is a keyed hash of what stands before it and the ending.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse

from images import names
from safeguards.sealing import keyed_hash

if TYPE_CHECKING:
    from images.models import Video

POSTER_WIDTHS = (320, 640, 1280)
TYPES = {"mp4": "video/mp4", "webm": "video/webm", **names.FORMATS, "vtt": "text/vtt; charset=utf-8"}
PATTERN = r"(?P<name>v[0-9]+-(?:[0-9a-f]+-){1,2}[0-9a-f]{16}\.(?:mp4|webm|avif|webp|jpg|vtt))"
_PARTS = re.compile(
    r"v([0-9]{1,18})-(?:([0-9]{1,9})-([0-9a-f]{16})\.(mp4|webm)|([0-9]{1,9})-([0-9]{1,5})-([0-9a-f]{16})\.(avif|webp|jpg)"
    r"|([0-9a-f]{16})-([0-9a-f]{16})\.(vtt))\Z"
)


class Part(NamedTuple):
    """One file of a video: the film itself (`width` 0, `digest` ""), a poster so wide, or captions of such a digest."""

    video: int
    version: int
    form: str
    width: int = 0
    digest: str = ""

    @property
    def name(self) -> str:
        which = self.digest or (f"{self.version}-{self.width}" if self.width else f"{self.version}")
        plain = f"v{self.video}-{which}"
        return f"{plain}-{_seal(plain, self.form)}.{self.form}"

    @property
    def path(self) -> str:
        """Its site-relative address."""
        return reverse("images:video", args=[self.name])


def read(name: str) -> Part | None:
    """What the name means, if we made it; None for any other."""
    found = _PARTS.match(name)
    if not found:
        return None
    number, film, _f, film_form, poster, width, _p, poster_form, digest, _c, _vtt = found.groups()
    if digest:
        part = Part(int(number), 0, "vtt", digest=digest)
    elif film:
        part = Part(int(number), int(film), film_form)
    else:
        part = Part(int(number), int(poster), poster_form, width=int(width))
    return part if hmac.compare_digest(part.name, name) else None


def film(video: Video) -> Part:
    """The file that is played."""
    return Part(video.pk, video.version, video.form)


def posters(video: Video) -> list[Part]:
    """Every poster that is made from the video itself."""
    return [
        Part(video.pk, video.version, form, width=width) for width in poster_widths(video) for form in names.FORMATS
    ]


def poster_widths(video: Video) -> list[int]:
    """None wider than the video, at least one."""
    return [width for width in POSTER_WIDTHS if width <= video.width] or [video.width]


def captions(video: Video) -> Part | None:
    """The captions as they are now; None without any."""
    if not video.captions:
        return None
    return Part(video.pk, 0, "vtt", digest=hashlib.sha256(video.captions.encode()).hexdigest()[:16])


def sources(video: Video) -> dict[str, object]:
    """What a ``<video>`` needs, as JSON: ``{"src", "type", "width", "height", "seconds", "poster", "captions",
    "captions_language", "captions_kind"}``.

    `poster` is what `names.sources` gives of a picture; `captions` a path, "" without any. While the video is not ready
    (`Video.is_ready`), the addresses are those that it will have.
    """
    words = captions(video)
    return {
        "src": film(video).path,
        "type": TYPES[video.form],
        "width": video.width,
        "height": video.height,
        "seconds": video.seconds,
        "poster": names.sources(video.poster, "whole") if video.poster else _own_poster(video),
        "captions": words.path if words else "",
        "captions_language": video.captions_language,
        "captions_kind": video.captions_kind,
    }


def _own_poster(video: Video) -> dict[str, object]:
    offered = poster_widths(video)

    def path(width: int, form: str) -> str:
        return Part(video.pk, video.version, form, width=width).path

    return {
        "width": offered[-1],
        "height": max(1, round(offered[-1] * video.height / video.width)),
        "avif": [[width, path(width, "avif")] for width in offered],
        "webp": [[width, path(width, "webp")] for width in offered],
        "src": path(next((width for width in offered if width >= 640), offered[-1]), "jpg"),
    }


def _seal(plain: str, form: str) -> str:
    return keyed_hash(f"{plain}.{form}", purpose="images.video")[:16]
