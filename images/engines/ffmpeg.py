"""The same with ffmpeg and ffprobe from PATH: which commands to run, and what their answers mean."""

import json
from collections.abc import Callable
from typing import Any

Run = Callable[[list[str]], str]
_QUIETLY = ["-v", "error", "-protocol_whitelist", "file,pipe"]
_WANTED = (
    "stream=codec_type,codec_name,pix_fmt,width,height,sample_aspect_ratio:stream_disposition=attached_pic"
    ":stream_side_data=rotation:format=duration:format_tags:stream_tags"
)
_WITHOUT = ["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-fflags", "+bitexact"]


def look(run: Run, place: str, demuxer: str) -> dict[str, Any]:
    """As `pyav.look`. Raises ``ValueError`` or ``LookupError`` for what makes no sense."""
    told = _told(run, place, demuxer)
    films = (
        each for each in told["streams"]
        if each["codec_type"] == "video" and not each.get("disposition", {}).get("attached_pic")
    )  # fmt: skip
    film = next(films, None)
    if film is None:
        return {"video": ""}
    sound: dict[str, str] = next((each for each in told["streams"] if each["codec_type"] == "audio"), {})
    # Every packet is read, one frame is decoded.
    progress = run(
        [
            "ffmpeg", "-nostdin", *_QUIETLY, "-threads", "1", "-f", demuxer, "-i", place,
            "-map", "0:V:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-",
            "-map", "0:V:0", "-frames:v", "1", "-f", "null", "-",
        ]
    )  # fmt: skip
    times = [line.partition("=")[2] for line in progress.splitlines() if line.startswith("out_time_us=")]
    across, _colon, down = film.get("sample_aspect_ratio", "1:1").partition(":")
    shape = int(across) / int(down) if int(down) and int(across) else 1
    wide, high = round(int(film["width"]) * shape), int(film["height"])
    turned = next((each["rotation"] for each in film.get("side_data_list", []) if "rotation" in each), 0)
    if int(turned) % 180:
        wide, high = high, wide
    declared, last = float(told.get("format", {}).get("duration", 0)), int(times[-1]) / 1_000_000
    return {
        **_notes(told, 2 if sound else 1),
        "video": film.get("codec_name", ""),
        "pixels": film.get("pix_fmt", ""),
        "audio": sound.get("codec_name", ""),
        "width": wide,
        "height": high,
        "seconds": declared if 0 <= declared - last < 1 else last,  # where its last packet begins, is all we are told
        "declared": declared,
    }


def make(
    run: Run, place: str, demuxer: str, *, film_to: str, muxer: str, units: str, tag: str, poster_to: str, second: float
) -> None:
    """As `pyav.make`; `tag` is what the container calls the film's codec, "" for its own choice."""
    whence = ["ffmpeg", "-nostdin", *_QUIETLY, "-y", "-threads", "1", "-f", demuxer]
    front = ["-cues_to_front", "1"] if muxer == "webm" else ["-movflags", "+faststart"]
    clean = (["-bsf:v", units] if units else []) + (["-tag:v", tag] if tag else [])
    streams = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"]
    run([*whence, "-i", place, *streams, *clean, *_WITHOUT, *front, "-f", muxer, film_to])
    poster = ["-map", "0:V:0", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", poster_to]
    run([*whence[:-2], "-ss", str(second), "-f", demuxer, "-i", place, *poster])


def sound(run: Run, place: str, demuxer: str, *, sound_to: str, longest: float) -> dict[str, Any]:
    """As `pyav.sound`. Raises as `look` does."""
    told = _told(run, place, demuxer)
    progress = run(
        [
            "ffmpeg", "-nostdin", *_QUIETLY, "-y", "-threads", "1", "-f", demuxer, "-i", place, "-map", "0:a:0", "-vn",
            *_WITHOUT, "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact",
            "-t", str(longest + 1), "-movflags", "+faststart", "-progress", "pipe:1", "-f", "mp4", sound_to,
        ]
    )  # fmt: skip
    times = [line.partition("=")[2] for line in progress.splitlines() if line.startswith("out_time_us=")]
    seconds = int(times[-1]) / 1_000_000
    if not 0 < seconds <= longest:
        raise ValueError("nothing to be heard, or too much")
    return {**_notes(told, 1), "seconds": seconds}


def _told(run: Run, place: str, demuxer: str) -> dict[str, Any]:
    command = ["ffprobe", *_QUIETLY, "-f", demuxer, "-show_chapters", "-show_entries", _WANTED, "-of", "json", place]
    told: dict[str, Any] = json.loads(run(command))
    return told


def _notes(told: dict[str, Any], kept: int) -> dict[str, Any]:
    said: dict[str, str] = {}
    for each in (told.get("format", {}), *told["streams"]):
        for key, text in each.get("tags", {}).items():
            said.setdefault(key[:200], str(text)[:200])
    return {"said": said, "left_out": len(told["streams"]) - kept + len(told.get("chapters", []))}
