"""Where videos lie: uploads under random names in ``videos`` of the private store; no address leads there.

What readers get is in ``videos`` of the public store, under its public name.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from images import video_names
from images.models import Video
from images.originals import Kept, Seen, discard, put
from jobs import chores
from safeguards import stores
from safeguards.stores import StoreAway

SWEEP = "images.sweep_videos"  # the chore
FLOOR = 1024**3  # bytes that stay free whatever is uploaded
PIECE = 1024 * 1024


class VideoRefused(Exception):
    """The file cannot be used as a video. The message is fit for the person who sent it."""


def most_bytes() -> int:
    return settings.VIDEO_MAX_MB * 1024 * 1024


def original_key(name: str) -> str:
    """What an upload is called in the private store."""
    return f"videos/{name[:2]}/{name}"


def key_of(name: str) -> str:
    """What the file of that public name is called in the public store."""
    return f"videos/{name}"


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


def keep(pieces: Iterable[bytes], look: Callable[[Path, Kept], Seen]) -> tuple[Kept, Seen]:
    """Puts the file in its place, as `originals.keep` does. Raises `VideoRefused` when there is no room for it."""
    try:
        return put(pieces, original_key, refuse=refuse_unless_it_fits, look=look)
    except StoreAway as away:
        raise VideoRefused(stores.AWAY) from away


def remove_original(name: str) -> None:
    discard(stores.private(), [original_key(name)], sweep=SWEEP)


def remove_public(video: Video) -> None:
    """Takes away what readers got of this version."""
    discard(stores.public(), sorted(public_of(video)), sweep=SWEEP)


def remove_others(video: Video) -> None:
    """Takes away what readers got of any other version."""
    try:
        others = set(stores.public().beginning(key_of(f"v{video.pk}-"))) - public_of(video)
    except StoreAway:
        return chores.hasten(SWEEP)
    return discard(stores.public(), sorted(others), sweep=SWEEP)


def public_of(video: Video) -> set[str]:
    """What this version's files are called in the public store."""
    return {key_of(part.name) for part in (video_names.film(video), *video_names.posters(video))}
