"""Small videos, made with PyAV, and what is planted in them."""

import struct
import tempfile
import threading
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from PIL import Image

from images import video_work, videos
from images.models import Rights, Video

PLANTED = {
    "title": "PLANTED-TITLE", "artist": "PLANTED-NAME", "comment": "PLANTED-COMMENT", "location": "+12.3456+065.4321/",
    "make": "PLANTED-MAKE", "model": "PLANTED-MODEL", "creation_time": "2019-03-04T05:06:07Z",
}  # fmt: skip
KINDS = {
    # container, video, audio
    "mp4": ("mp4", "libx264", "aac"),
    "mov": ("mov", "libx264", "aac"),
    "webm": ("webm", "libvpx", "libopus"),
    "mkv": ("matroska", "libvpx-vp9", "libopus"),
}


@cache  # no two files of a kind are quite the same
def film(
    container: str = "mp4", video: str = "libx264", audio: str = "aac", *, colour: str = "teal", seconds: float = 2.0,
    size: tuple[int, int] = (128, 72), planted: bool = False, pixels: str = "yuv420p", **options: str,
) -> bytes:  # fmt: skip
    """A film of one colour above and yellow in its upper left quarter, which turns navy after a second."""
    out = Path(tempfile.mkstemp()[1])
    with av.open(str(out), "w", format=container, options=options) as made:
        stream: Any = made.add_stream(video, rate=10)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.gop_size = 5
        sound: Any = made.add_stream(audio, rate=48000) if audio else None
        if sound:
            sound.layout = "mono"
        if planted:
            made.metadata.update(PLANTED)
            stream.metadata.update(language="eng", handler_name="PLANTED-HANDLER", title="PLANTED-STREAM")
            if container == "matroska":
                made.add_attachment("PLANTED-FILE.txt", "text/plain", b"PLANTED-ATTACHMENT")
        for number in range(round(seconds * 10)):
            picture = Image.new("RGB", size, colour if number < 10 else "navy")
            picture.paste("yellow", (0, 0, size[0] // 2, size[1] // 2))
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
        if sound:
            beep(made, sound, seconds)
    data = out.read_bytes()
    out.unlink()
    return data


def turned(data: bytes) -> bytes:
    """The MP4 as a phone held upright writes it: the pixels lie, and its head says to turn them by a quarter."""
    plain = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    quarter = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    at = data.index(plain, data.index(b"tkhd"))
    return data[:at] + quarter + data[at + len(plain) :]


def video(colour: str = "teal", *, ready: bool = True, **fields: Any) -> Video:
    """A video of the library that could be used at once, unless `fields` say otherwise."""
    fields = {"alt_text": "Boats leave the quay", "credit": "Amira Holt", "rights": Rights.OWN, **fields}
    data = film(*KINDS["webm"], colour=colour)
    added = videos.add(BytesIO(data), filename="boats.webm", actor=None, **fields)
    if ready:
        video_work.turn("worker", threading.Event())
        added.refresh_from_db()
    return added


def beep(made: Any, sound: Any, seconds: float) -> None:
    form = sound.codec_context.format.name if sound.codec_context.format else "fltp"
    resampler = av.AudioResampler(
        format=form, layout="mono", rate=48000, frame_size=sound.codec_context.frame_size or 960
    )
    for number in range(round(seconds * 50)):
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(struct.pack("<960h", *([3000, -3000] * 480)))
        frame.rate, frame.pts, frame.time_base = 48000, number * 960, Fraction(1, 48000)
        for each in resampler.resample(frame):
            made.mux(sound.encode(each))
    made.mux(sound.encode(None))
