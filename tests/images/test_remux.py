"""What goes into a film and what comes out, with every engine that is on the machine."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from images import remux
from images.video_files import VideoRefused
from tests.images.films import KINDS, PLANTED, film, turned

HAVE_FFMPEG = bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


@pytest.fixture(params=["pyav", *(["ffmpeg"] if HAVE_FFMPEG else [])])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(remux, "engine", lambda: request.param)
    return str(request.param)


def made(folder: Path, data: bytes, *, second: float = 0.5) -> tuple[remux.Facts, Path, Image.Image]:
    place, to, frame = folder / "upload", folder / "film", folder / "frame.png"
    place.write_bytes(data)
    facts = remux.look(place)
    remux.make(place, facts, film_to=to, poster_to=frame, second=second)
    with Image.open(frame) as poster:
        poster.load()
    return facts, to, poster


def streams(place: Path) -> Iterator[tuple[str, str]]:
    with av.open(str(place)) as opened:
        for stream in opened.streams:
            yield stream.type, stream.codec_context.codec.canonical_name


def colour(poster: Image.Image, across: float, down: float) -> str:
    pixel: Any = poster.convert("RGB").getpixel((int(across * poster.width), int(down * poster.height)))
    known = {"yellow": (255, 255, 0), "teal": (0, 128, 128), "navy": (0, 0, 128)}
    return min(known, key=lambda name: sum(abs(a - b) for a, b in zip(known[name], pixel, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_planted_goes_further(engine: str, kind: str, tmp_path: Path) -> None:
    data = film(*KINDS[kind], planted=True)
    assert data.count(b"PLANTED") >= 5
    _facts, to, _poster = made(tmp_path, data)
    out = to.read_bytes()
    for said in (*PLANTED.values(), "PLANTED", "12.3456", "2019-03-04", "x264", "LIBVPX"):
        assert said.encode() not in out, said
    with av.open(str(to)) as opened:
        assert opened.metadata.keys() <= {"ENCODER", "encoder", "major_brand", "minor_version", "compatible_brands"}
        assert opened.duration and abs(opened.duration / 1_000_000 - 2) < 0.2


@pytest.mark.parametrize(
    ("kind", "form", "kept"),
    [
        ("mp4", "mp4", [("video", "h264"), ("audio", "aac")]),
        ("mov", "mp4", [("video", "h264"), ("audio", "aac")]),
        ("webm", "webm", [("video", "vp8"), ("audio", "opus")]),
        ("mkv", "webm", [("video", "vp9"), ("audio", "opus")]),
    ],
)
def test_picture_and_sound_are_copied(
    engine: str, kind: str, form: str, kept: list[tuple[str, str]], tmp_path: Path
) -> None:
    facts, to, poster = made(tmp_path, film(*KINDS[kind]), second=1.5)
    assert (facts.form, facts.width, facts.height) == (form, 128, 72)
    assert abs(facts.seconds - 2) < 0.2
    assert list(streams(to)) == kept
    assert colour(poster, 0.1, 0.1) == "yellow"
    assert colour(poster, 0.9, 0.9) == "navy"
    with av.open(str(to)) as opened:
        assert len(list(opened.decode(video=0))) == 20
    with av.open(str(to)) as opened:
        assert sum(frame.samples for frame in opened.decode(audio=0)) > 90_000


@pytest.mark.parametrize(
    ("kind", "tag"),
    [(("mp4",), "avc1"), (("matroska", "libx264", "libmp3lame"), "avc1"), (("mov", "libx265"), "hvc1")],
)
def test_players_find_each_unit_by_its_length_and_every_frame(
    engine: str, kind: tuple[str, ...], tag: str, tmp_path: Path
) -> None:
    """ISO/IEC 14496-15, 4.3.3. Some programs forgive what is written otherwise; browsers and phones do not."""
    place, to = tmp_path / "upload", tmp_path / "film"
    place.write_bytes(film(*kind, **({"x265-params": "log-level=none"} if tag == "hvc1" else {})))
    facts = remux.look(place, for_readers=False)
    remux.make(place, facts, film_to=to, poster_to=tmp_path / "frame.png", second=0.5)
    assert b"x26" not in to.read_bytes()
    with av.open(str(to)) as opened:
        assert opened.streams.video[0].codec_context.codec_tag == tag
        samples = [bytes(packet) for packet in opened.demux(video=0) if packet.size]
    for sample in samples:
        at = 0
        while at < len(sample):
            at += 4 + int.from_bytes(sample[at : at + 4])
        assert at == len(sample)
        assert sample[:4] != b"\0\0\0\1"
    with av.open(str(to)) as opened:
        assert len(samples) == len(list(opened.decode(video=0))) == 20


def test_a_film_starts_before_it_is_there_as_a_whole(engine: str, tmp_path: Path) -> None:
    _facts, to, _poster = made(tmp_path, film())
    data = to.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("audio", ["", "libmp3lame"])
def test_other_sounds_and_none(engine: str, audio: str, tmp_path: Path) -> None:
    _facts, to, _poster = made(tmp_path, film(audio=audio))
    assert [kind for kind, _codec in streams(to)] == ["video", "audio"][: 2 if audio else 1]


def test_comments_of_vorbis_are_written_over(engine: str, tmp_path: Path) -> None:
    _facts, to, _poster = made(tmp_path, film("webm", "libvpx", "libvorbis"))
    data = to.read_bytes()
    at = data.index(b"\x03vorbis")
    assert b"Lavc" not in data[at : at + 200] and b"Xiph" not in data[at : at + 200]
    with av.open(str(to)) as opened:
        assert sum(frame.samples for frame in opened.decode(audio=0)) > 90_000


def test_a_phone_held_upright_stays_upright(engine: str, tmp_path: Path) -> None:
    facts, to, poster = made(tmp_path, turned(film()))
    assert (facts.width, facts.height) == poster.size == (72, 128)
    assert (colour(poster, 0.9, 0.1), colour(poster, 0.1, 0.1)) == ("yellow", "teal")
    with av.open(str(to)) as opened:
        assert abs(next(opened.decode(video=0)).rotation) == 90


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            lambda: film(video="libx265", **{"x265-params": "log-level=none"}),
            "HEVC (H.265), which many browsers cannot",
        ),
        (lambda: film(video="mpeg4"), "Browsers do not play what is in this file (mpeg4"),
        (lambda: film("mov", audio="pcm_s16le"), "pcm_s16le"),
        (lambda: film(pixels="yuv422p"), "h264 yuv422p"),
        (lambda: film()[:-9000], "not a video that can be read"),
        (lambda: (whole := film(movflags="+faststart"))[: len(whole) // 2], "was not copied whole"),
        (lambda: b"\0\0\0\x18ftypisom" + os.urandom(50_000), "not a video that can be read"),
        (lambda: b"\x1a\x45\xdf\xa3" + os.urandom(50_000), "not a video that can be read"),
        (lambda: b"<html><script>alert(1)</script>", "not a video that can be read"),
        (lambda: b"", "not a video that can be read"),
        (lambda: b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "not a video that can be read"),
        (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video that can be read"),
    ],
    ids=["hevc", "mpeg4", "pcm", "422", "no-end", "torn", "rubbish", "rubbish-mkv", "html", "empty", "hls", "concat"],
)
def test_what_cannot_be_played_is_refused_with_words(engine: str, data: Any, said: str, tmp_path: Path) -> None:
    place = tmp_path / "upload"
    place.write_bytes(data())
    with pytest.raises(VideoRefused) as refusal:
        remux.look(place)
    assert said in str(refusal.value)


def test_a_head_that_asks_for_more_memory_than_there_is_is_refused_soon(engine: str, tmp_path: Path) -> None:
    data = film(movflags="+faststart")
    for table in (b"stsz", b"stts", b"ctts"):  # how many samples there are, or how often each time is repeated
        at = data.find(table)
        if at > 0:
            field = at + 12 if table == b"stsz" else at + 8
            data = data[:field] + b"\x7f\xff\xff\xf0" + data[field + 4 :]
    place = tmp_path / "upload"
    place.write_bytes(data)
    began = time.monotonic()
    with pytest.raises(VideoRefused):
        remux.look(place)
    assert time.monotonic() - began < 30


def test_more_than_three_hours_are_refused(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remux, "LONGEST", 1)
    place = tmp_path / "upload"
    place.write_bytes(film())
    with pytest.raises(VideoRefused, match="longer than three hours"):
        remux.look(place)


def test_a_program_that_never_ends_is_killed() -> None:
    began = time.monotonic()
    with pytest.raises(VideoRefused, match="takes too long"):
        remux._run(["sleep", "60"], seconds=1)
    assert time.monotonic() - began < 10


def test_a_program_gets_no_more_memory_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remux, "MEMORY", 256 * 1024 * 1024)
    with pytest.raises(VideoRefused, match="not a video that can be read"):
        remux._run(["python3", "-c", "bytes(400 * 1024 * 1024)"], seconds=30)
    assert remux._run(["python3", "-c", "bytes(4 * 1024 * 1024); print('done')"], seconds=30) == "done\n"


def test_without_an_engine_both_cures_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remux, "engine", lambda: "")
    with pytest.raises(VideoRefused) as refusal:
        remux.refuse_without_engine()
    assert "PyAV" in str(refusal.value) and "apt-get install ffmpeg" in str(refusal.value)


def test_ffmpeg_is_the_second_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remux.engine() == "pyav"
    monkeypatch.setattr(remux.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(remux.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert remux.engine() == "ffmpeg"
    monkeypatch.setattr(remux.shutil, "which", lambda name: "/usr/bin/ffmpeg" if name == "ffmpeg" else None)
    assert remux.engine() == ""
