"""What a sudden death leaves behind: originals without a row, and renditions that no picture has any longer."""

import logging
import re
import time

from images import names
from images.models import Picture
from safeguards import stores

log = logging.getLogger(__name__)
_RENDITION = re.compile(rf"{names.PATTERN}\Z")
_AT_ONCE = 500


def sweep() -> int:
    """Takes away what nobody can need any more; how many files. Bears being run twice, and beside uploads.

    Raises `safeguards.stores.StoreAway`: the chore is then tried again soon.
    """
    lost, stale, drafts = _lost_originals(), _stale_renditions(), stores.sweep_drafts()
    if lost or stale:
        log.warning("pictures swept: %s originals without a row, %s stale renditions", lost, stale)
    return lost + stale + drafts


def _lost_originals() -> int:
    store, old = stores.private(), time.time() - stores.LEFT_ALONE.total_seconds()
    files = [file.name for file in store.files("pictures") if file.written_at < old]
    gone = 0
    for first in range(0, len(files), _AT_ONCE):
        some = {name.rpartition("/")[2]: name for name in files[first : first + _AT_ONCE]}
        # Unfinished ones begin with a dot: no row has such a name.
        for name in some.keys() - set(Picture.objects.filter(original__in=some).values_list("original", flat=True)):
            store.delete(some[name])
            gone += 1
    return gone


def _stale_renditions() -> int:
    """Those of an older version at once: what was blurred since may be seen in them."""
    store, old = stores.public(), time.time() - stores.LEFT_ALONE.total_seconds()
    # Files before rows: a file is made for a version that is in the table already.
    files = list(store.files("renditions"))
    versions = dict(Picture.objects.values_list("pk", "version").iterator()) if files else {}
    gone = 0
    for file in files:
        name = file.name.rpartition("/")[2]
        if _RENDITION.match(name):
            number, version, _rest = name.split("-", 2)
            is_stale = versions.get(int(number)) != int(version)
        else:
            is_stale = name.startswith(".") and file.written_at < old
        if is_stale:
            store.delete(file.name)
            gone += 1
    return gone
