"""Where videos lie: uploads under random names in ``DATA_DIR/private/videos``; no address leads there.

What readers get is in ``MEDIA_ROOT/videos``, under its public name.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from images import video_names
from images.models import Video
from images.originals import Kept, put

FLOOR = 1024**3  # bytes that stay free whatever is uploaded
PIECE = 1024 * 1024


class VideoRefused(Exception):
    """The file cannot be used as a video. The message is fit for the person who sent it."""


def most_bytes() -> int:
    return settings.VIDEO_MAX_MB * 1024 * 1024


def original_of(name: str) -> Path:
    return Path(settings.DATA_DIR) / "private" / "videos" / name[:2] / name


def place_of(name: str) -> Path:
    """Where the file of that public name is, or would be."""
    return Path(settings.MEDIA_ROOT) / "videos" / name


def refuse_unless_it_fits(size: int) -> None:
    """Raises `VideoRefused` for a file of `size` bytes that is too large, or for which there is no room."""
    if size > most_bytes():
        raise VideoRefused(
            _("The video is larger than %(most)s MB. Save it smaller and try again.") % {"most": settings.VIDEO_MAX_MB}
        )
    # Twice: what readers get is a file of its own.
    if shutil.disk_usage(settings.DATA_DIR).free - 2 * size < FLOOR:
        raise VideoRefused(
            _("The disk of the newsroom’s server is nearly full. Ask whoever runs it to make room, then try again.")
        )


def keep(pieces: Iterable[bytes]) -> Kept:
    """Puts the file in its place. Raises `VideoRefused` when there is no room for it; then nothing is left."""
    return put(pieces, original_of, refuse=refuse_unless_it_fits)


def remove_original(name: str) -> None:
    original_of(name).unlink(missing_ok=True)


def remove_public(video: Video) -> None:
    """Takes away what readers got of this version."""
    for part in (video_names.film(video), *video_names.posters(video)):
        place_of(part.name).unlink(missing_ok=True)


def remove_others(video: Video) -> None:
    """Takes away what readers got of any other version."""
    current = {part.name for part in (video_names.film(video), *video_names.posters(video))}
    for place in (Path(settings.MEDIA_ROOT) / "videos").glob(f"v{video.pk}-*"):
        if place.name not in current:
            place.unlink(missing_ok=True)
