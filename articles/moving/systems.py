"""Which systems people may come from, and whose export a file is."""

from __future__ import annotations

import re
import zlib

from articles.ghost.export import GhostExport
from articles.models.moves import MovingRun
from articles.moving.exports import Export
from articles.wordpress.export import WordPressExport

EXPORTS: dict[MovingRun.Kind, type[Export]] = {each.kind: each for each in (WordPressExport, GhostExport)}
LOOKED_AT = 64 * 1024
_SIGNS = {
    MovingRun.Kind.WORDPRESS: re.compile(rb"\A[^<{]{0,64}<(?:\?xml|!--|rss)(?s:.)*<rss\b"),
    MovingRun.Kind.GHOST: re.compile(rb'\A[^<{]{0,64}\{\s*"(?:db|data|meta)"\s*:'),
}


def kind_of(start: bytes) -> MovingRun.Kind | None:
    """Whose export begins with these bytes (the first `LOOKED_AT`, packed or not); None for no system's."""
    if start.startswith(b"\x1f\x8b"):
        try:
            start = zlib.decompressobj(31).decompress(start, LOOKED_AT)
        except zlib.error:
            return None
    return next((kind for kind, sign in _SIGNS.items() if sign.match(start)), None)
