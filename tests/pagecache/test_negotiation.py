"""Encodings, marks and methods as RFC 9110 has them."""

from pathlib import Path

import pytest

from pagecache import entries
from tests.pagecache.paper import Paper, Place, Reader


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(Place(tmp_path, Paper()).store)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip;q=1.0, br;q=0.1", "gzip"), ("br;q=0.9, gzip;q=0.9", "br"), ("GZIP", "gzip"), ("x-gzip", "gzip"),
        ("gzip ; q=0.5 , br ; q=0", "gzip"), ("identity;q=0", ""), ("identity;q=0, br", "br"), ("*;q=0", ""),
        ("*", "br"), ("*, br;q=0", "gzip"), ("identity, *;q=0", ""), ("identity, br;q=0.5", ""), ("zstd", ""),
        ("br;q=2", ""), ("br;q=abc, gzip", "gzip"), (",,;;=,", ""), ("br;q=0.000", ""), ("bratwurst", ""),
        ("x" * 9000, ""),
    ],
)  # fmt: skip
def test_what_the_browser_likes_best_is_sent(read: Reader, accepted: str, encoding: str) -> None:
    answer = read(accept_encoding=accepted)
    assert (answer.status, answer.headers.get("content-encoding", "")) == ("200 OK", encoding)


def test_a_small_page_goes_as_it_is(tmp_path: Path) -> None:
    entry = entries.make("200 OK", [("Content-Type", "text/plain")], b"short", tags="site", slots=(1,), epoch=1)
    assert [entry.choose(accepted) for accepted in ("br", "gzip, identity;q=0", "")] == ["", "", ""]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '{} , "y"', 'W/"x",W/{}', "*"])
def test_every_form_of_a_known_mark_is_understood(read: Reader, form: str) -> None:
    mark = read(accept_encoding="gzip").headers["etag"]
    for accepted in ("gzip", "br", ""):
        again = read(accept_encoding=accepted, if_none_match=form.format(mark))
        assert (again.status[:3], again.body) == ("304", b"")
        assert {"cache-control", "etag", "vary", "x-cache"} >= set(again.headers) - {"content-security-policy"}
        assert "content-length" not in again.headers


@pytest.mark.parametrize("other", ['"another"', '""', "W/", "garbage", '"', "{part}", '"x{whole}"'])
def test_another_mark_is_not_taken_for_it(read: Reader, other: str) -> None:
    mark = read().headers["etag"].strip('"')
    answer = read(if_none_match=other.format(part=f'"{mark[:10]}"', whole=mark))
    assert (answer.status, bool(answer.body)) == ("200 OK", True)


def test_head_is_answered_like_get_wherever_the_answer_comes_from(tmp_path: Path) -> None:
    paper = Paper()
    place = Place(tmp_path, paper)
    for path, status in (
        ("/news/", "200 OK"),
        ("/gone/", "410 Gone"),
        ("/no/", "404 Not Found"),
    ):
        paper.status = status
        for encoding in ("", "br"):
            head = Reader(place.store)(path, method="HEAD", accept_encoding=encoding)
            whole = Reader(place.store)(path, accept_encoding=encoding)
            assert (head.body, head.status) == (b"", whole.status)
            assert {**head.headers, "x-cache": ""} == {**whole.headers, "x-cache": ""}


def test_a_part_of_a_page_is_the_whole_page(read: Reader) -> None:
    whole = read().body
    for asked in ("bytes=0-9", "bytes=-5", "bytes=5-1", "lines=1-2"):
        answer = read(range=asked)
        assert (answer.status, answer.body) == ("200 OK", whole)


def test_every_answer_says_where_it_came_from(tmp_path: Path) -> None:
    paper = Paper()
    read = Reader(Place(tmp_path, paper).store)
    hows = [read().how, read().how, read("/plain/").how, read(method="POST").how, read("/admin/").how]
    paper.status = "500 Internal Server Error"
    assert [*hows, read("/broken/").how] == ["MISS", "HIT", "PASS", "PASS", "PASS", "PASS"]
