"""The same with ffmpeg and ffprobe from PATH: which commands to run, and what their answers mean."""

import json
from collections.abc import Callable
from typing import Any

Run = Callable[[list[str]], str]
_QUIETLY = ["-v", "error", "-protocol_whitelist", "file,pipe"]
_WANTED = (
    "stream=codec_type,codec_name,pix_fmt,width,height,sample_aspect_ratio:stream_disposition=attached_pic"
    ":stream_side_data=rotation:format=duration"
)


def look(run: Run, place: str, demuxer: str) -> dict[str, Any]:
    """As `pyav.look`. Raises ``ValueError``, ``LookupError`` or ``StopIteration`` for what makes no sense."""
    told = json.loads(run(["ffprobe", *_QUIETLY, "-f", demuxer, "-show_entries", _WANTED, "-of", "json", place]))
    film = next(
        each for each in told["streams"]
        if each["codec_type"] == "video" and not each.get("disposition", {}).get("attached_pic")
    )  # fmt: skip
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
        "video": film.get("codec_name", ""),
        "pixels": film.get("pix_fmt", ""),
        "audio": sound.get("codec_name", ""),
        "width": wide,
        "height": high,
        "seconds": declared if 0 <= declared - last < 1 else last,  # where its last packet begins, is all we are told
        "declared": declared,
    }


def make(
    run: Run, place: str, demuxer: str, *, film_to: str, muxer: str, units: str, poster_to: str, second: float
) -> None:
    """As `pyav.make`."""
    whence = ["ffmpeg", "-nostdin", *_QUIETLY, "-y", "-threads", "1", "-f", demuxer]
    without = ["-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-fflags", "+bitexact"]
    front = ["-movflags", "+faststart"] if muxer == "mp4" else ["-cues_to_front", "1"]
    clean = ["-bsf:v", units] if units else []
    streams = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"]
    run([*whence, "-i", place, *streams, *clean, *without, *front, "-f", muxer, film_to])
    poster = ["-map", "0:V:0", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", poster_to]
    run([*whence[:-2], "-ss", str(second), "-f", demuxer, "-i", place, *poster])
