"""Run as a program of its own, under limits: reads videos with PyAV, and writes them anew without what they say.

``pyav.py look <file> <demuxer>`` · ``pyav.py make <file> <demuxer> <film> <muxer> <filter> <poster> <second>``
· ``pyav.py sound <file> <demuxer> <sound> <seconds at most>``

It prints a line of JSON; whatever goes wrong ends it with an error.
"""

import json
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from av.stream import Disposition

MOST_PIXELS = 40_000_000
MOST_NOTES, LONGEST_NOTE = 60, 200


def opened(place: str, demuxer: str) -> Any:
    """The demuxer is given, not guessed: a playlist named .mp4 could name other files."""
    return av.open(place, format=demuxer, options={"protocol_whitelist": "file"}, metadata_errors="replace")


def streams(source: Any) -> tuple[Any, Any]:
    """The first that moves, and the first that is heard; None where there is none."""
    film = next((each for each in source.streams.video if not each.disposition & Disposition.attached_pic), None)
    if film:
        if film.codec_context.width * film.codec_context.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        film.codec_context.thread_count = 1
    return film, next(iter(source.streams.audio), None)


def notes(source: Any, kept: int) -> dict[str, Any]:
    """What the file says besides, and how much is in it besides the `kept` streams: tracks, attachments, chapters."""
    said: dict[str, str] = {}
    for words in (source.metadata, *(each.metadata for each in source.streams)):
        for key, text in words.items():
            if len(said) < MOST_NOTES:
                said.setdefault(str(key)[:LONGEST_NOTE], str(text)[:LONGEST_NOTE])
    return {"said": said, "left_out": len(source.streams) - kept + len(source.chapters())}


def look(place: str, demuxer: str) -> dict[str, Any]:
    """What is in it: codecs, size as it is to be seen, length by its last packet and as it says itself.

    Where nothing moves, "video" is "", and there is no more.
    """
    with opened(place, demuxer) as source:
        film, sound = streams(source)
        if film is None:
            return {"video": ""}
        codec, shape = film.codec_context, film.sample_aspect_ratio or 1
        facts = {
            **notes(source, 2 if sound else 1),
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
    options = {"cues_to_front": "1"} if muxer == "webm" else {"movflags": "+faststart"}
    with (
        opened(place, demuxer) as source,
        av.open(film_to, "w", format=muxer, options={**options, "fflags": "+bitexact"}) as made,
    ):
        kept = [each for each in streams(source) if each]
        to = {each.index: made.add_stream_from_template(each, opaque=True) for each in kept}
        # What the filter gives has start codes between its units. With the head that it gives as well, the container
        # knows that, and writes their lengths instead, as players want them.
        clean = BitStreamFilterContext(units, kept[0], to[kept[0].index]) if units else None
        is_hevc = kept[0].codec_context.codec.canonical_name == "hevc"
        # Apple's players want it named so; of all else the container knows the name.
        to[kept[0].index].codec_context.codec_tag = "hvc1" if is_hevc else "\0" * 4
        for packet in timed(source.demux(kept), kept[0]):
            is_film = packet.stream.index == kept[0].index
            stream = to[packet.stream.index]
            for each in clean.filter(packet) if clean and is_film else [packet]:
                each.stream = stream
                made.mux(each)
    frame = frame_at(place, demuxer, float(second))
    frame.to_image().rotate(frame.rotation, expand=True).save(poster_to, "PNG")
    return {}


def timed(packets: Iterator[Any], film: Any) -> Iterator[Any]:
    """The packets, without the empty ones at the end. When the first of a film are to be decoded, which are shown out
    of order, Matroska leaves unsaid: that is counted back from the first that says it.
    """
    unsaid: list[Any] = []
    for packet in packets:
        if not packet.size:
            continue
        if packet.stream.index == film.index:
            if packet.dts is None:
                unsaid.append(packet)
                continue
            yield from counted_back(unsaid, packet.dts, packet.duration or 1)
            unsaid = []
        yield packet
    yield from counted_back(unsaid, min((each.pts for each in unsaid if each.pts is not None), default=0), 1)


def counted_back(packets: list[Any], at: int, step: int) -> list[Any]:
    for before, packet in enumerate(reversed(packets), start=1):
        packet.dts = at - before * step
    return packets


def sound(place: str, demuxer: str, sound_to: str, longest: str) -> dict[str, Any]:
    """Writes what is heard as AAC in MP4, from its samples alone. An error when it goes on for longer than that."""
    most, seconds = float(longest), 0.0
    with (
        opened(place, demuxer) as source,
        av.open(sound_to, "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as made,
    ):
        heard = source.streams.audio[0]
        heard.codec_context.thread_count = 1
        layout = "mono" if heard.codec_context.channels == 1 else "stereo"
        to: Any = made.add_stream("aac", rate=48000, layout=layout, bit_rate=128_000)
        to.codec_context.flags |= Flags.bitexact
        # Its frames tell no time, so gaps and jumps of the file's clock are no matter.
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=48000, frame_size=1024)
        written = 0
        for frame in resampled(resampler, source.decode(heard)):
            frame.pts, frame.time_base = written, Fraction(1, 48000)
            written += frame.samples
            seconds = written / 48000
            if seconds > most:
                raise ValueError("too long")
            made.mux(to.encode(frame))
        made.mux(to.encode(None))
        if not written:
            raise ValueError("nothing to be heard")
        return {**notes(source, 1), "seconds": seconds}


def resampled(resampler: Any, frames: Iterator[Any]) -> Iterator[Any]:
    for frame in frames:
        frame.pts = None
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


VERBS: dict[str, Callable[..., dict[str, Any]]] = {"look": look, "make": make, "sound": sound}

if __name__ == "__main__":
    _program, verb, *rest = sys.argv
    sys.stdout.write(json.dumps(VERBS[verb](*rest)))
