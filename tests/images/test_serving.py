"""Films as players fetch them: whole, in parts, again, and by names that we made alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from images import serving, video_names, videos
from images.captions import clean
from images.models import Video
from tests import stored
from tests.images.films import video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
TEN = b"0123456789"
ETAG = '"v1-1.mp4"'
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nThe boats leave\n"


@pytest.fixture
def media(files: Path) -> Path:
    (files / "media").mkdir()
    return files / "media"


@pytest.fixture
def name(media: Path) -> str:
    (media / "v1-1.mp4").write_bytes(TEN)
    return "v1-1.mp4"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    ("headers", "status", "content", "content_range"),
    [
        ({}, 200, TEN, None),
        ({"Range": "bytes=0-"}, 206, TEN, "bytes 0-9/10"),
        ({"Range": "bytes=0-0"}, 206, b"0", "bytes 0-0/10"),
        ({"Range": "bytes=3-5"}, 206, b"345", "bytes 3-5/10"),
        ({"Range": "bytes=7-99"}, 206, b"789", "bytes 7-9/10"),
        ({"Range": "bytes=-4"}, 206, b"6789", "bytes 6-9/10"),
        ({"Range": "bytes=-99"}, 206, TEN, "bytes 0-9/10"),
        ({"Range": "bytes=10-"}, 416, b"", "bytes */10"),
        ({"Range": "bytes=-0"}, 416, b"", "bytes */10"),
        ({"Range": "bytes=0-1,4-5"}, 200, TEN, None),
        ({"Range": "bytes=5-3"}, 200, TEN, None),
        ({"Range": "bytes=-"}, 200, TEN, None),
        ({"Range": "bytes=a-b"}, 200, TEN, None),
        ({"Range": "lines=0-1"}, 200, TEN, None),
        ({"Range": "bytes=3-5", "If-Range": ETAG}, 206, b"345", "bytes 3-5/10"),
        ({"Range": "bytes=3-5", "If-Range": '"other"'}, 200, TEN, None),
        ({"Range": "bytes=3-5", "If-Range": "Sun, 22 Nov 2026 17:00:00 GMT"}, 200, TEN, None),
        ({"If-None-Match": ETAG}, 304, b"", None),
        ({"If-None-Match": '"other"'}, 200, TEN, None),
    ],
)
def test_ranges(name: str, headers: dict[str, str], status: int, content: bytes, content_range: str | None) -> None:
    response = serving.serve(RequestFactory().get("/", headers=headers), name, content_type="video/mp4")
    assert (response.status_code, body(response)) == (status, content)
    assert response.headers.get("Content-Range") == content_range
    if status in {200, 206}:
        assert response["Content-Length"] == str(len(content))
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Type"] == "video/mp4"
        assert response["ETag"] == ETAG
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    response.close()


def test_an_empty_file_has_no_ranges(media: Path) -> None:
    (media / "empty").write_bytes(b"")
    response = serving.serve(RequestFactory().get("/", headers={"Range": "bytes=0-"}), "empty", content_type="x/y")
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */0")


def test_head_says_all_but_the_bytes(name: str) -> None:
    response = serving.serve(RequestFactory().head("/", headers={"Range": "bytes=3-5"}), name, content_type="video/mp4")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "10", b"")


def test_a_large_file_comes_in_small_pieces_and_is_closed_when_nobody_listens(media: Path) -> None:
    with (media / "large").open("wb") as file:
        file.truncate(1024**3)
    response: Any = serving.serve(RequestFactory().get("/", headers={"Range": "bytes=5-"}), "large", content_type="x/y")
    pieces: Iterator[bytes] = iter(response.streaming_content)
    assert {len(next(pieces)) for _ in range(20)} == {serving.PIECE}
    response.close()
    with pytest.raises(ValueError, match="closed file"):
        next(pieces)


def test_what_readers_get_of_a_video() -> None:
    boats = video(captions=VTT, captions_language="en")
    shown: dict[str, Any] = video_names.sources(boats)
    assert (shown["type"], shown["width"], shown["height"]) == ("video/webm", 128, 72)
    film = Client().get(shown["src"], headers={"Range": "bytes=0-3"})
    assert (film.status_code, body(film), film["Content-Type"]) == (206, b"\x1a\x45\xdf\xa3", "video/webm")
    words = Client().get(shown["captions"])
    assert (words["Content-Type"], body(words).decode()) == ("text/vtt; charset=utf-8", VTT)
    assert "immutable" in words["Cache-Control"]
    poster = shown["poster"]
    for path, kind in [
        (poster["src"], "image/jpeg"),
        (poster["avif"][0][1], "image/avif"),
        (poster["webp"][0][1], "image/webp"),
    ]:
        response = Client().get(path)
        assert (response.status_code, response["Content-Type"]) == (200, kind)
        assert body(response)
    assert (poster["width"], poster["height"]) == (128, 72)


def test_only_names_that_we_made_are_answered() -> None:
    boats = video(captions=VTT, captions_language="en")
    shown: dict[str, Any] = video_names.sources(boats)
    other = f"v{boats.pk}-{boats.version + 1}-" + "0" * 16 + ".webm"
    forged = [
        shown["src"].replace(".webm", ".mp4"), shown["src"].replace(f"v{boats.pk}-", f"v{boats.pk + 1}-"),
        f"/pictures/{other}", shown["poster"]["src"].replace("-128-", "-129-"), shown["src"].replace("/v", "/."),
        shown["captions"].replace(".vtt", ".jpg"), f"/pictures/{boats.original}",
    ]  # fmt: skip
    assert [Client().get(path, follow=True).status_code for path in forged] == [404] * len(forged)


@pytest.mark.django_db(transaction=True)
def test_old_addresses_lead_to_what_stands_there_now() -> None:
    boats = video(captions=VTT, captions_language="en")
    old: dict[str, Any] = video_names.sources(boats)
    words = clean(VTT.replace("leave", "return").encode())
    videos.change(boats, actor=None, captions=words)
    response = Client().get(old["captions"])
    assert response.status_code == 302
    assert body(Client().get(response["Location"])).decode() == words
    boats.refresh_from_db()
    assert boats.is_ready and boats.version == 1  # words are no reason to make the film anew
    videos.change(boats, actor=None, captions="")
    assert Client().get(old["captions"]).status_code == 404


def test_a_film_that_is_not_made_yet_is_not_found() -> None:
    boats = video(ready=False)
    shown: dict[str, Any] = video_names.sources(boats)
    assert Client().get(shown["src"]).status_code == 404
    assert not stored.film(shown["src"].rpartition("/")[2]).exists()
    assert Video.objects.get().what_is_missing(on=boats.uploaded_at.date()) == ["not_ready"]
