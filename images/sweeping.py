"""What a sudden death leaves behind: originals without a row, and renditions that no picture has any longer."""

import logging
import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from images import names
from images.models import Picture

log = logging.getLogger(__name__)
LEFT_ALONE = timedelta(days=1)  # a file this young may still be on its way into the library
_RENDITION = re.compile(rf"{names.PATTERN}\Z")
_AT_ONCE = 500


def sweep() -> int:
    """Takes away what nobody can need any more; how many files. Bears being run twice, and beside uploads."""
    lost, stale = _lost_originals(), _stale_renditions()
    if lost or stale:
        log.warning("pictures swept: %s originals without a row, %s stale renditions", lost, stale)
    return lost + stale


def _lost_originals() -> int:
    old = time.time() - LEFT_ALONE.total_seconds()
    folder = Path(settings.DATA_DIR) / "private" / "pictures"
    places = [Path(entry.path) for entry in _files_below(folder) if entry.stat().st_mtime < old]
    gone = 0
    for first in range(0, len(places), _AT_ONCE):
        some = {place.name: place for place in places[first : first + _AT_ONCE]}
        # Unfinished ones begin with a dot: no row has such a name.
        for name in some.keys() - set(Picture.objects.filter(original__in=some).values_list("original", flat=True)):
            some[name].unlink(missing_ok=True)
            gone += 1
    return gone


def _stale_renditions() -> int:
    """Those of an older version at once: what was blurred since may be seen in them."""
    old = time.time() - LEFT_ALONE.total_seconds()
    # Files before rows: a file is made for a version that is in the table already.
    entries = list(_files_below(Path(settings.MEDIA_ROOT) / "renditions"))
    versions = dict(Picture.objects.values_list("pk", "version").iterator()) if entries else {}
    gone = 0
    for entry in entries:
        if _RENDITION.match(entry.name):
            number, version, _rest = entry.name.split("-", 2)
            is_stale = versions.get(int(number)) != int(version)
        else:
            is_stale = entry.name.startswith(".") and entry.stat().st_mtime < old
        if is_stale:
            Path(entry.path).unlink(missing_ok=True)
            gone += 1
    return gone


def _files_below(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files_below(Path(entry.path))
            else:
                yield entry
