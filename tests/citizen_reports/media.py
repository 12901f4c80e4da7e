"""Small films and sounds as witnesses send them, with words planted wherever a file has room for them."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import av

from tests.images.films import PLANTED, beep, film

APE = b"APETAGEX" + (2000).to_bytes(4, "little") + b"PLANTED-APE" + b"\0" * 12
ID3V1 = b"TAG" + b"PLANTED-ID3V1".ljust(125, b"\0")


@cache
def sound(container: str, codec: str, *, seconds: float = 1.0) -> bytes:
    """A beep that says who made it, and where."""
    out = Path(tempfile.mkstemp()[1])
    with av.open(str(out), "w", format=container) as made:
        stream: Any = made.add_stream(codec, rate=48000)
        stream.layout = "mono"
        made.metadata.update(PLANTED)
        stream.metadata.update(title="PLANTED-STREAM")
        beep(made, stream, seconds)
    data = out.read_bytes()
    out.unlink()
    return data


def tagged_mp3() -> bytes:
    """With tags before and behind."""
    return sound("mp3", "libmp3lame") + APE + ID3V1


@cache
def old_phone() -> bytes:
    """H.263 in 3GP, as phones without a camera roll recorded."""
    return film("3gp", "h263", "", size=(176, 144), planted=True, movflags="+faststart")


@cache
def new_phone() -> bytes:
    """HEVC in QuickTime, as iPhones record; its encoder leaves a note in the stream's head."""
    return film(
        "mov", "libx265", "aac", planted=True, movflags="use_metadata_tags", **{"x265-params": "log-level=none"}
    )
