"""Clean copies of films and sound. A film's picture and sound are copied into a fresh container (`images.remux`); what
is only heard is written anew from its samples. All of it in memory: the plain bytes touch no disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from citizen_reports import quarantine
from citizen_reports.capture import as_text, media_facts
from citizen_reports.models import Attachment
from citizen_reports.signatures import FILMS
from images import remux
from images.pixels import pixels

LARGEST = 512 * 1024 * 1024  # bytes; the copy needs as much again
POSTER_SIDE = 1280
TYPES = {"mp4": "video/mp4", "webm": "video/webm", "3gp": "video/3gpp", "mov": "video/quicktime"}
_PIECE = 1024 * 1024


class NoCopy(Exception):
    """There can be no clean copy; `failure` says why."""

    def __init__(self, failure: Attachment.Failure) -> None:
        self.failure = failure
        super().__init__(failure.value)


class Copy(NamedTuple):
    """Sealed files that no row knows yet, by the column that names each; values of further columns; what is seen."""

    files: dict[str, quarantine.SealedFile]
    values: dict[str, Any]
    picture: Image.Image | None


def clean_copy(attachment: Attachment) -> Copy:
    """Raises `NoCopy`, `VideoRefused` and `PictureRefused` for good; ``OSError`` where there is no room just now."""
    if not remux.engine():
        raise NoCopy(Attachment.Failure.ENGINE)
    if attachment.size > LARGEST:
        raise NoCopy(Attachment.Failure.TOO_LARGE)
    if not (quarantine.has_space(attachment.size) and _has_memory(2 * attachment.size)):
        raise OSError("There is no room for a copy.")
    with _in_memory() as original:
        with original.open("wb") as file:
            for piece in quarantine.original(attachment):
                file.write(piece)
        if attachment.sniffed_type in FILMS:
            try:
                return _film(original)
            except remux.OnlySound:  # phones write what they record into the same kind of file
                pass
        return _sound(original)


def _film(original: Path) -> Copy:
    facts = remux.look(original, for_readers=False)
    with _in_memory() as film, _in_memory() as frame:
        # A little into it: the first frame is often black.
        remux.make(original, facts, film_to=film, poster_to=frame, second=min(1.0, facts.seconds / 2))
        seen = pixels(frame.read_bytes(), max_side=POSTER_SIDE, formats=("PNG",)).convert("RGB")
        scale = min(1, POSTER_SIDE / max(facts.width, facts.height))  # pixels of films are not always square
        seen = seen.resize((max(1, round(facts.width * scale)), max(1, round(facts.height * scale))))
        with _sealed(film) as copy:
            out = BytesIO()
            seen.save(out, "JPEG", quality=80)
            with quarantine.SealedFile() as poster:
                poster.write(out.getvalue())
                poster.finish()
    values = {
        "derivative_type": TYPES[facts.form], "seconds": facts.seconds, "width": facts.width, "height": facts.height,
        "capture_facts": as_text(media_facts(facts.said, left_out=facts.left_out)),
    }  # fmt: skip
    return Copy({"derivative": copy, "poster": poster}, values, seen)


def _sound(original: Path) -> Copy:
    with _in_memory() as sound:
        heard = remux.make_sound(original, sound_to=sound)
        copy = _sealed(sound)
    facts = media_facts(heard.said, left_out=heard.left_out)
    values = {"derivative_type": "audio/mp4", "seconds": heard.seconds, "capture_facts": as_text(facts)}
    return Copy({"derivative": copy}, values, None)


def _sealed(place: Path) -> quarantine.SealedFile:
    with quarantine.SealedFile() as copy, place.open("rb") as file:
        while piece := file.read(_PIECE):
            copy.write(piece)
        copy.finish()
    return copy


def _has_memory(size: int) -> bool:
    """As far as the system says (proc(5), MemAvailable, in KiB)."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except FileNotFoundError:
        return True
    free = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return not free or free[0] > size


@contextmanager
def _in_memory() -> Iterator[Path]:
    """An empty file that lies in memory only; our own programs open it by its path, and it is gone at the end."""
    number = os.memfd_create("copy")
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{number}")
    finally:
        os.close(number)
