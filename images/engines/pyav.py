"""Run as a program of its own, under limits: reads videos with PyAV, and writes them anew without what they say.

``pyav.py look <file> <demuxer>`` · ``pyav.py make <file> <demuxer> <film> <muxer> <filter> <poster> <second>``

It prints a line of JSON; whatever goes wrong ends it with an error.
"""

import json
import sys
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.stream import Disposition

MOST_PIXELS = 40_000_000


def opened(place: str, demuxer: str) -> Any:
    """The demuxer is given, not guessed: a playlist named .mp4 could name other files."""
    return av.open(place, format=demuxer, options={"protocol_whitelist": "file"}, metadata_errors="replace")


def streams(source: Any) -> tuple[Any, Any]:
    """The first that moves, and the first that is heard, or None."""
    film = next(each for each in source.streams.video if not each.disposition & Disposition.attached_pic)
    if film.codec_context.width * film.codec_context.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    film.codec_context.thread_count = 1
    return film, next(iter(source.streams.audio), None)


def look(place: str, demuxer: str) -> dict[str, Any]:
    """What is in it: codecs, size as it is to be seen, length by its last packet and as it says itself."""
    with opened(place, demuxer) as source:
        film, sound = streams(source)
        codec, shape = film.codec_context, film.sample_aspect_ratio or 1
        facts = {
            "video": codec.codec.canonical_name,
            "pixels": codec.pix_fmt or "",
            "audio": sound.codec_context.codec.canonical_name if sound else "",
            "declared": (source.duration or 0) / av.time_base,
        }
        first, end = None, 0.0
        for packet in source.demux(film):
            if packet.pts is not None:
                at = float(packet.pts * packet.time_base)
                first = at if first is None else min(first, at)
                end = max(end, at + float((packet.duration or 0) * packet.time_base))
    frame = frame_at(place, demuxer, 0)
    size = round(frame.width * shape), frame.height
    wide, high = reversed(size) if frame.rotation % 180 else size
    return {**facts, "width": wide, "height": high, "seconds": end - (first or 0.0)}


def frame_at(place: str, demuxer: str, second: float) -> Any:
    """The frame that is seen then; of what is shorter, its last."""
    with opened(place, demuxer) as source:
        film, _sound = streams(source)
        if second:
            source.seek(int(second * av.time_base))
        found = None
        for frame in source.decode(film):
            found = frame
            if frame.time is None or frame.time >= second:
                break
    if found is None:
        raise ValueError("nothing to be seen")
    return found


def make(place: str, demuxer: str, *rest: str) -> dict[str, Any]:
    """Copies the streams into a new container; writes the frame at that second as PNG, upright."""
    film_to, muxer, units, poster_to, second = rest
    options = {"movflags": "+faststart"} if muxer == "mp4" else {"cues_to_front": "1"}
    with (
        opened(place, demuxer) as source,
        av.open(film_to, "w", format=muxer, options={**options, "fflags": "+bitexact"}) as made,
    ):
        kept = [each for each in streams(source) if each]
        to = {each.index: made.add_stream_from_template(each, opaque=True) for each in kept}
        clean = BitStreamFilterContext(units, kept[0]) if units else None
        for packet in source.demux(kept):
            number = packet.stream.index
            packets = clean.filter(packet) if clean and number == kept[0].index and packet.dts is not None else [packet]
            for each in packets:
                if each.dts is not None:
                    each.stream = to[number]
                    made.mux(each)
    frame = frame_at(place, demuxer, float(second))
    frame.to_image().rotate(frame.rotation, expand=True).save(poster_to, "PNG")
    return {}


if __name__ == "__main__":
    _program, verb, *rest = sys.argv
    sys.stdout.write(json.dumps(look(*rest) if verb == "look" else make(*rest)))
