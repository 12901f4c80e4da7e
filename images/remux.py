"""Videos looked at, and copied into a fresh container that says nothing but what is seen and heard.

PyAV does it where it is installed (the extra ``[video]``), else ffmpeg and ffprobe where they are on PATH. Both work in
programs of their own, with limits on memory, time and output: a hostile file ends as a refusal.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from django.utils.translation import gettext as _

from images.engines import ffmpeg
from images.video_files import VideoRefused

MEMORY = 1536 * 1024 * 1024
LOOKING, MAKING = 120, 600  # seconds
LONGEST = 3 * 3600
ENGINES = Path(__file__).parent / "engines"
# What browsers play, by container.
_PLAYED = {
    "webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis", ""}),
    "mp4": ({"h264", "av1", "vp9"}, {"aac", "mp3", "opus", ""}),
}
# What can be copied clean besides, though not every browser plays it: phones record so.
_COPIED = {
    "mp4": ({"h264", "hevc", "av1", "vp9"}, {"aac", "mp3", "opus", ""}),
    "3gp": ({"h264", "h263"}, {"amr_nb", "amr_wb", "aac", ""}),
    "mov": ({"h264", "hevc"}, {"pcm_s16le", "pcm_s16be", "alac"}),
}
_EIGHT_BITS = {"yuv420p", "yuvj420p"}  # of H.264, browsers decode no other
# Messages inside the stream, where cameras and encoders leave notes.
_NOTES = {
    "h264": "filter_units=remove_types=6",
    "hevc": "filter_units=remove_types=39-40",
    "av1": "filter_units=remove_types=5",
}
_HEVC_NOTES = {39, 40}
_NOTHING: Mapping[str, str] = MappingProxyType({})
# Of files that are only heard: what they begin with, at which byte, and the demuxer for it.
_HEARD = (
    (0, b"ID3", "mp3"), (0, b"\xff\xfb", "mp3"), (0, b"\xff\xf3", "mp3"), (0, b"\xff\xf2", "mp3"), (0, b"OggS", "ogg"),
    (8, b"WAVE", "wav"),
)  # fmt: skip
_ONE_AT_A_TIME = threading.Lock()


class OnlySound(VideoRefused):
    """There is nothing to be seen in the file; there may be something to be heard."""


class Facts(NamedTuple):
    """What is in a file: `form` is the container that readers will get, sizes are pixels as they are to be seen.

    `said`: what it says besides, as written by camera or program; `left_out`: how many tracks, attachments and chapters
    are not copied.
    """

    form: str
    video: str
    width: int
    height: int
    seconds: float
    said: Mapping[str, str] = _NOTHING
    left_out: int = 0


class Heard(NamedTuple):
    """As `Facts`, of sound alone."""

    seconds: float
    said: Mapping[str, str]
    left_out: int


def engine() -> str:
    """ "pyav", "ffmpeg", or "" where videos cannot be worked on."""
    if importlib.util.find_spec("av"):
        return "pyav"
    return "ffmpeg" if shutil.which("ffmpeg") and shutil.which("ffprobe") else ""


def refuse_without_engine() -> None:
    """Raises `VideoRefused`, with both cures, where nothing here can read videos."""
    if not engine():
        raise VideoRefused(
            _(
                "This server cannot work on videos yet. Whoever runs it installs either PyAV (pip install av) or "
                "ffmpeg (apt-get install ffmpeg), and starts the newsroom again."
            )
        )


def look(place: Path, *, for_readers: bool = True) -> Facts:
    """Reads the file from end to end. Raises `VideoRefused` for what browsers do not play, or cannot be read.

    Not `for_readers`, what phones record is taken too, played by browsers or not. `OnlySound` where nothing moves.
    """
    refuse_without_engine()
    demuxer = _demuxer(place)
    try:
        with _ONE_AT_A_TIME:
            if engine() == "pyav":
                told = json.loads(_run([*_PYAV, "look", str(place), demuxer], seconds=LOOKING))
            else:
                told = ffmpeg.look(lambda command: _run(command, seconds=LOOKING), str(place), demuxer)
        if not told["video"]:
            raise OnlySound(str(_unreadable()))
    except (ValueError, LookupError, TypeError) as error:
        raise _unreadable() from error
    form = _container(told["video"], told["pixels"], told["audio"], for_readers=for_readers)
    if not (told["width"] and told["height"] and told["seconds"] > 0):
        raise _unreadable()
    if max(told["seconds"], told["declared"]) > LONGEST:
        raise VideoRefused(_("The video is longer than three hours. Cut it and try again."))
    if told["seconds"] < 0.9 * told["declared"] - 0.3:
        raise VideoRefused(_("The file ends before the video does: it was not copied whole. Copy it again."))
    size = told["width"], told["height"]
    return Facts(form, told["video"], *size, round(told["seconds"], 3), told["said"], told["left_out"])


def make(place: Path, facts: Facts, *, film_to: Path, poster_to: Path, second: float) -> None:
    """Writes the film, and the frame at that second as PNG. Raises `VideoRefused`."""
    demuxer, units = _demuxer(place), _NOTES.get(facts.video, "")
    second = max(0.0, min(second, facts.seconds - 0.2))
    largest = place.stat().st_size + 256 * 1024 * 1024
    if engine() == "pyav":
        files = [str(place), demuxer, str(film_to), facts.form, units, str(poster_to), str(second)]
        _run([*_PYAV, "make", *files], seconds=MAKING, largest=largest)
    else:
        ffmpeg.make(
            lambda command: _run(command, seconds=MAKING, largest=largest),
            str(place), demuxer, film_to=str(film_to), muxer=facts.form, units=units,
            tag="hvc1" if facts.video == "hevc" else "", poster_to=str(poster_to), second=second,
        )  # fmt: skip
    if facts.form == "webm":
        _silence_vorbis(film_to)
    if facts.video == "hevc":
        _silence_hevc(film_to)


def make_sound(place: Path, *, sound_to: Path) -> Heard:
    """Writes what is heard, anew from its samples, as AAC in MP4: nothing else of the file. Raises `VideoRefused`."""
    refuse_without_engine()
    demuxer, largest = _sound_demuxer(place), place.stat().st_size + 256 * 1024 * 1024
    try:
        if engine() == "pyav":
            command = [*_PYAV, "sound", str(place), demuxer, str(sound_to), str(LONGEST)]
            told = json.loads(_run(command, seconds=MAKING, largest=largest))
        else:
            told = ffmpeg.sound(
                lambda command: _run(command, seconds=MAKING, largest=largest),
                str(place), demuxer, sound_to=str(sound_to), longest=LONGEST,
            )  # fmt: skip
    except (ValueError, LookupError, TypeError) as error:
        raise _unreadable() from error
    return Heard(round(told["seconds"], 3), told["said"], told["left_out"])


_PYAV = [sys.executable, "-I", str(ENGINES / "pyav.py")]


def _run(command: list[str], *, seconds: int, largest: int = 0) -> str:
    """What the program prints. Raises `VideoRefused` if it fails or takes too long; then it is dead."""
    limits = [str(MEMORY), str(seconds), str(largest)]
    child = subprocess.Popen(
        [sys.executable, "-I", str(ENGINES / "limited.py"), *limits, *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
        start_new_session=True, env={"PATH": os.environ.get("PATH", os.defpath)}, cwd="/",
    )  # fmt: skip
    try:
        told, _none = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise VideoRefused(_("Reading the video takes too long. Save it anew with another program.")) from late
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    if child.returncode:
        raise _unreadable()
    return told


def _demuxer(place: Path) -> str:
    """By its first bytes: MP4 and its kin, or Matroska and WebM. Raises `VideoRefused` for all else."""
    with place.open("rb") as file:
        head = file.read(8)
    if head[4:] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    raise _unreadable()


def _sound_demuxer(place: Path) -> str:
    with place.open("rb") as file:
        head = file.read(16)
    return next((name for at, begin, name in _HEARD if head.startswith(begin, at)), "") or _demuxer(place)


def _container(video: str, pixels: str, audio: str, *, for_readers: bool) -> str:
    if not for_readers:
        for form, (films, sounds) in (("webm", _PLAYED["webm"]), *_COPIED.items()):
            if video in films and audio in sounds:
                return form
    if video == "hevc":
        raise VideoRefused(
            _(
                "This video is HEVC (H.265), which many browsers cannot play. Save it as H.264 and try again; iPhones "
                "record so under Settings, Camera, Formats, Most Compatible."
            )
        )
    for form, (films, sounds) in _PLAYED.items():
        if video in films and audio in sounds and (video != "h264" or pixels in _EIGHT_BITS):
            return form
    what = " + ".join(filter(None, (f"{video} {pixels}".strip(), audio)))
    raise VideoRefused(
        _(
            "Browsers do not play what is in this file (%(what)s). Save it as MP4 with H.264 and AAC, or as WebM with "
            "VP9 and Opus, and try again."
        )
        % {"what": what}
    )


def _unreadable() -> VideoRefused:
    return VideoRefused(_("This file is not a video that can be read. Use MP4, MOV, WebM or MKV."))


def _silence_vorbis(film: Path) -> None:
    """Vorbis carries its comments in the codec's own head: they are written over, at the same length."""
    with film.open("r+b") as file:
        head = file.read(1024 * 1024)
        at = head.find(b"\x03vorbis")
        if at < 0:
            return
        at += 7
        count, first = -1, True
        while count and at + 4 <= len(head):
            length = int.from_bytes(head[at : at + 4], "little")
            at += 4
            file.seek(at)
            file.write(b"-" * min(length, len(head) - at))
            at += length
            if first:
                count, first = int.from_bytes(head[at : at + 4], "little"), False
                at += 4
            else:
                count -= 1


def _silence_hevc(film: Path) -> None:
    """Encoders leave notes of HEVC in the stream's own head too (ISO/IEC 14496-15, 8.3.3.1: arrays of units by their
    type): they are written over, at the same length, with a message that says nothing."""
    with film.open("r+b") as file:
        head = file.read(1024 * 1024)
        begin = head.find(b"hvcC") + 4
        if begin < 4:
            return
        at = begin + 23
        for _array in range(head[begin + 22]):
            kind, units, at = head[at] & 0x3F, int.from_bytes(head[at + 1 : at + 3]), at + 3
            for _unit in range(units):
                length, at = int.from_bytes(head[at : at + 2]), at + 2
                if kind in _HEVC_NOTES:
                    file.seek(at + 2)
                    file.write(_filler(length - 2))
                at += length


def _filler(length: int) -> bytes:
    """So many bytes that say nothing (ITU-T H.265, 7.3.5 and D.2.4: a message of type 3, its size, 0xFF, the end)."""
    sizes = 1
    while length - 2 - sizes >= 255 * sizes:
        sizes += 1
    size = length - 2 - sizes
    return b"\x03" + b"\xff" * (sizes - 1) + bytes([size - 255 * (sizes - 1)]) + b"\xff" * size + b"\x80"
