"""Clean copies of films and sound: nothing planted goes further, nothing hostile gets through, players get parts."""

import io
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from citizen_reports import derivatives, quarantine
from citizen_reports import media as clean
from citizen_reports.models import Attachment, ReportEvent
from images import remux
from tests import stored
from tests.citizen_reports import media, posts
from tests.citizen_reports.posts import send
from tests.images.films import KINDS, PLANTED, film

State, Failure = Attachment.Derivative, Attachment.Failure
WORDS = [word.encode() for word in (*PLANTED.values(), "PLANTED", "12.3456", "2019-03-04", "x264", "x265")]


def turn() -> int:
    return derivatives.turn_media("worker", threading.Event())


def sent(client: Client, **files: bytes) -> dict[str, Attachment]:
    send(client, files=[SimpleUploadedFile(name, data) for name, data in files.items()])
    return by_name()


def by_name() -> dict[str, Attachment]:
    return {file.display_name.open(): file for file in Attachment.objects.all()}


def address(file: Attachment, what: str) -> str:
    return f"/admin/citizen_reports/report/{file.report_id}/files/{file.pk}/{what}/"


def page_of(client: Client, file: Attachment) -> str:
    return client.get(f"/admin/citizen_reports/report/{file.report_id}/change/").content.decode()


def test_films_and_sound_are_copied_without_a_word_of_what_they_say(
    witness: Client, own_data: Path, signed_in: Any, editor: Any, reporter: Any
) -> None:
    data = {
        "mp4": film(*KINDS["mp4"], planted=True), "mkv": film(*KINDS["mkv"], planted=True),
        "mov": media.new_phone(), "3gp": media.old_phone(), "mp3": media.tagged_mp3(),
        "wav": media.sound("wav", "pcm_s16le"), "ogg": media.sound("ogg", "libopus"),
        "m4a": media.sound("ipod", "aac"),
        # A phone's recorder: the container of a film, and nothing in it that moves.
        "voice": media.sound("ipod", "aac", seconds=0.6).replace(b"ftypM4A ", b"ftypmp42"),
    }  # fmt: skip
    assert all(b"PLANTED" in each for each in data.values())
    sent(witness, **data)
    assert (turn(), turn()) == (len(data), 0)
    files = by_name()
    assert {name: (file.derivative_state, file.failure) for name, file in files.items()} == dict.fromkeys(
        data, (State.MADE, "")
    )
    types = {name: file.copy_type for name, file in files.items()}
    assert types == {
        "mp4": "video/mp4", "mkv": "video/webm", "mov": "video/mp4", "3gp": "video/3gpp", "voice": "audio/mp4",
        **dict.fromkeys(("mp3", "wav", "ogg", "m4a"), "audio/mp4"),
    }  # fmt: skip
    for name, file in files.items():
        copy = quarantine.safe_copy(file)
        assert [word for word in WORDS if word in copy] == [], name
        facts = json.loads(file.capture_facts.open())
        assert name == "3gp" or "PLANTED-NAME" in facts["notes"], name
        is_film = file.copy_type.startswith("video/")
        with av.open(io.BytesIO(copy)) as opened:
            assert sorted({stream.type for stream in opened.streams}) == (
                ["audio"] if not is_film else ["video"] if name == "3gp" else ["audio", "video"]
            )
            heard = sum(frame.samples for frame in opened.decode(audio=0)) if opened.streams.audio else 0
        if not is_film:
            assert heard / 48000 == pytest.approx(file.seconds, abs=0.1)
            assert file.poster == ""
            continue
        assert file.seconds == pytest.approx(2, abs=0.2)
        poster = Image.open(io.BytesIO(b"".join(quarantine.opened(file.poster))))
        assert (poster.format, poster.size) == ("JPEG", (file.width, file.height))
    for name in ("mp4", "mkv", "mov", "3gp", "ogg", "m4a"):
        assert json.loads(files[name].capture_facts.open())["place"] == [12.3456, 65.4321], name
    assert json.loads(files["mkv"].capture_facts.open())["left_out"] == "1"
    # On the disk all of it is sealed: originals, copies, posters.
    shelves = posts.stored(own_data)
    assert len(shelves) == 2 * len(data) + 4
    assert not any(b"PLANTED" in path.read_bytes() or b"ftyp" in path.read_bytes() for path in shelves)

    verifiers, reporters = page_of(signed_in(editor), files["mp4"]), page_of(signed_in(reporter), files["mp4"])
    for shown in (verifiers, reporters):
        assert shown.count("<video controls") == 4 and shown.count("<audio controls") == 5
        assert "Taken out of the copy: where it was made, when, with what device, names and notes" in shown
        assert "1 track or chapter" in shown
        assert address(files["mp4"], "poster") in shown
    assert "PLANTED-MAKE PLANTED-MODEL" in verifiers and "12.3456, 65.4321" in verifiers
    assert "PLANTED" not in reporters and "12.3456" not in reporters
    client = signed_in(reporter)
    picture = client.get(address(files["mp4"], "poster"))
    assert (picture["Content-Type"], picture.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert client.get(address(files["mp3"], "poster")).status_code == 404


def test_a_player_gets_the_part_it_asks_for(witness: Client, signed_in: Any, reporter: Any) -> None:
    sent(witness, film=film(size=(320, 240), seconds=4.0))
    # As large as a film of some length: several sealed chunks.
    (file,) = by_name().values()
    whole = bytes(range(256)) * 1000
    with quarantine.SealedFile() as copy:
        copy.write(whole)
        copy.finish()
    Attachment.objects.update(derivative_state=State.MADE, derivative=copy.name, derivative_type="video/mp4")
    client, place, size = signed_in(reporter), address(file, "safe"), len(whole)
    answer = client.get(place)
    assert (answer.status_code, answer["Accept-Ranges"], answer["Content-Length"]) == (200, "bytes", str(size))
    assert b"".join(answer.streaming_content) == whole
    for asked, start, end in (
        ("bytes=0-9", 0, 10), ("bytes=65530-65545", 65530, 65546), ("bytes=131072-", 131072, size),
        ("bytes=-5", size - 5, size), (f"bytes=100-{size * 2}", 100, size),
    ):  # fmt: skip
        answer = client.get(place, headers={"Range": asked})
        assert (answer.status_code, answer["Content-Type"]) == (206, "video/mp4"), asked
        assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert b"".join(answer.streaming_content) == whole[start:end], asked
    assert client.get(place, headers={"Range": f"bytes={size}-"}).status_code == 416
    answer = client.head(place)
    assert (answer.content, answer["Content-Length"]) == (b"", str(size))
    stored.report(copy.name).unlink()
    assert client.get(place).status_code == 404


def test_hostile_files_get_no_copy_and_take_nothing_with_them(witness: Client, own_data: Path) -> None:
    (own_data / "secret").write_bytes(b"SECRET" * 100)
    whole = film(movflags="+faststart")
    playlist = f"#EXTM3U\n#EXTINF:10,\nfile://{own_data}/secret\n#EXT-X-ENDLIST\n".encode()
    concat = f"ffconcat version 1.0\nfile '{own_data}/secret'\n".encode()
    sent(
        witness,
        **{
            "list.mp4": playlist,
            "concat.mp4": concat,
            # Lists that begin as a film or a sound does.
            "dressed.mp4": b"\0\0\0\x10ftypisom\0\0\0\0" + playlist,
            "dressed.mp3": b"ID3\x04\0\0\0\0\0\0" + playlist,
            "dressed.wav": b"RIFF\xff\0\0\0WAVE" + concat,
            "torn.mp4": whole[: len(whole) // 2],
            "polyglot.mp4": whole + b"<html>SECRET</html>PK\x03\x04SECRET",
            "bomb.mp4": whole.replace(b"stsz\0\0\0\0\0\0\0\0", b"stsz\0\0\0\0\0\0\0\0\x7f\xff\xff\xf0")[: len(whole)],
        },
    )
    turn()
    files = by_name()
    states = {name: (file.derivative_state, file.failure) for name, file in files.items()}
    unread = (State.FAILED, Failure.UNREADABLE)
    assert states == {
        "list.mp4": (State.NONE, ""), "concat.mp4": (State.NONE, ""), "polyglot.mp4": (State.MADE, ""),
        **dict.fromkeys(("dressed.mp4", "dressed.mp3", "dressed.wav", "torn.mp4", "bomb.mp4"), unread),
    }  # fmt: skip
    assert b"SECRET" not in quarantine.safe_copy(files["polyglot.mp4"])
    assert {name for name, file in files.items() if file.derivative} == {"polyglot.mp4"}
    assert len(posts.stored(own_data)) == 8 + 2


def test_while_a_copy_is_made_no_plain_byte_is_on_any_disk(
    witness: Client, own_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent(witness, film=film())
    temporary, seen, make = tmp_path_factory.mktemp("temporary"), [], remux.make
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def watched(place: Path, *args: Any, **files: Any) -> None:
        make(place, *args, **files)
        for folder in (own_data, temporary):
            seen.extend(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    monkeypatch.setattr(remux, "make", watched)
    turn()
    assert by_name()["film"].derivative_state == State.MADE
    assert seen and not any(b"ftyp" in data for data in seen)
    assert not list(temporary.iterdir())


def test_without_an_engine_it_is_said_and_made_good_later(
    witness: Client, monkeypatch: pytest.MonkeyPatch, signed_in: Any, editor: Any, reporter: Any
) -> None:
    monkeypatch.setattr(remux, "engine", lambda: "")
    sent(witness, voice=media.sound("ogg", "libopus"))
    assert turn() == 1
    (file,) = by_name().values()
    assert (file.derivative_state, file.failure, file.derivative) == (State.FAILED, Failure.ENGINE, "")
    shown = page_of(signed_in(editor), file)
    assert "This server cannot work on films and sound" in shown and "pip install av" in shown
    assert "<audio" not in shown and signed_in(editor).get(address(file, "safe")).status_code == 404

    monkeypatch.undo()
    assert signed_in(reporter).post(address(file, "anew")).status_code == 403
    assert signed_in(editor).get(address(file, "anew")).status_code == 405
    assert turn() == 0
    assert signed_in(editor).post(address(file, "anew")).status_code == 302
    assert ReportEvent.objects.filter(verb="copy_asked", actor=editor, detail={"file": file.pk}).count() == 1


@pytest.mark.parametrize(
    ("spoil", "failure"),
    [
        (lambda file: stored.report(file.original).unlink(), Failure.GONE),
        (lambda _file: Attachment.objects.update(size=clean.LARGEST + 1), Failure.TOO_LARGE),
        (lambda _file: Attachment.objects.update(attempts=derivatives.ATTEMPTS), Failure.DEADLY),
    ],
)
def test_why_there_is_no_copy_is_known(witness: Client, spoil: Any, failure: str) -> None:
    (file,) = sent(witness, voice=media.sound("ogg", "libopus")).values()
    spoil(file)
    assert turn() == 1
    file.refresh_from_db()
    assert (file.derivative_state, file.failure) == (State.FAILED, failure)


def test_documents_are_evidence_and_never_shown(witness: Client, signed_in: Any, editor: Any) -> None:
    word = b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml word/"
    sent(witness, **{"list.pdf": b"%PDF-1.7\n<script>", "list.docx": word, "old.doc": b"\xd0\xcf\x11\xe0" + b"x" * 600})
    assert turn() == derivatives.turn("worker", threading.Event()) == 0
    client = signed_in(editor)
    for file in by_name().values():
        assert (file.derivative_state, file.derivative) == (State.NONE, "")
        for what in ("safe", "poster", "blur"):
            assert client.get(address(file, what)).status_code == 404
        assert client.post(address(file, "anew")).status_code == 409
        answer = client.post(address(file, "original"))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].endswith('.original"')
        assert b"".join(answer.streaming_content) == b"".join(quarantine.original(file))
    shown = page_of(client, file)
    assert shown.count("Kept as evidence, never shown") == 3


def test_a_film_waits_while_memory_is_short(witness: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clean._has_memory(1)
    assert not clean._has_memory(1 << 60)
    monkeypatch.setattr(clean, "_has_memory", lambda size: False)
    sent(witness, **{"a.mp4": film("mp4", "libx264", "aac")})
    turn()
    assert by_name()["a.mp4"].derivative_state == State.WAITING
    monkeypatch.undo()
    Attachment.objects.update(due_at=timezone.now())
    turn()
    assert by_name()["a.mp4"].derivative_state == State.MADE
