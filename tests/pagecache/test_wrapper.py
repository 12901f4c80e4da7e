"""The page store by itself: what is kept, what is never kept, and what a purge leaves."""

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import pytest

from pagecache import generations as counters
from pagecache.wrapper import carrying_its_policy
from tests.pagecache.paper import Paper, Place, Reader


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def place(tmp_path: Path, paper: Paper) -> Place:
    return Place(tmp_path, paper)


@pytest.fixture
def read(place: Place) -> Reader:
    return Reader(place.store)


def test_a_page_is_rendered_once(read: Reader, paper: Paper) -> None:
    answers = [read() for _ in range(5)]
    assert [answer.how for answer in answers] == ["MISS", "HIT", "HIT", "HIT", "HIT"]
    assert {answer.body for answer in answers} == {answers[0].body}
    assert paper.rendered == ["/news/"]


def test_without_a_tag_nothing_is_kept(read: Reader, paper: Paper) -> None:
    assert [read("/plain/").how, read("/plain/").how] == ["PASS", "PASS"]
    assert len(paper.rendered) == 2


@pytest.mark.parametrize(
    "header",
    [
        ("Set-Cookie", "a=1"),
        ("Cache-Control", "private"),
        ("Cache-Control", "no-store"),
        ("Vary", "Cookie"),
        ("Content-Security-Policy", "script-src 'nonce-abc'"),
    ],
)
def test_what_is_somebodys_own_is_not_kept(read: Reader, paper: Paper, header: tuple[str, str]) -> None:
    paper.extra = [header]
    assert [read().how, read().how] == ["PASS", "PASS"]
    assert len(paper.rendered) == 2


@pytest.mark.parametrize(
    "status", ["500 Internal Server Error", "503 Service Unavailable", "302 Found", "403 Forbidden"]
)
def test_errors_are_not_kept(read: Reader, paper: Paper, status: str) -> None:
    paper.status = status
    assert read().status == status
    paper.status = "200 OK"
    assert read().status == "200 OK"


def test_requests_that_are_not_for_everybody_go_through(read: Reader, paper: Paper) -> None:
    read()
    for asked in (
        {"query": "before=2026-01-01"},
        {"query": "utm_source=x&p=12"},
        {"method": "POST"},
        {"method": "OPTIONS"},
        {"cookie": "sessionid=abc"},
        {"authorization": "Basic abc"},
        {"host": "evil.example"},
        {"path": "/admin/articles/"},
    ):
        assert read(**asked).how == "PASS", asked
    assert read().how == "HIT"


@pytest.mark.parametrize(
    "query", ["utm_source=mail&utm_medium=x", "fbclid=1", "gclid=1&utm_campaign=y", "&", "UTM_Term=a"]
)
def test_tracking_parameters_change_nothing(read: Reader, paper: Paper, query: str) -> None:
    first = read(query=query)
    assert (first.how, read().how, read(query=query).how) == ("MISS", "HIT", "HIT")
    assert paper.seen[0]["QUERY_STRING"] == ""


def test_nothing_that_a_client_sends_reaches_the_page(read: Reader, paper: Paper) -> None:
    read(
        x_forwarded_host="evil.example", x_original_url="/other/", accept_language="ar", user_agent="<script>",
        cookie="theme=dark", x_forwarded_for="6.6.6.6", forwarded="host=evil.example", range="bytes=0-3",
        if_modified_since="Sat, 01 Jan 2000 00:00:00 GMT", transfer_encoding="chunked",
    )  # fmt: skip
    (seen,) = paper.seen
    assert {name for name in seen if name.startswith("HTTP_")} == {"HTTP_HOST", "HTTP_X_FORWARDED_PROTO"}
    assert seen["HTTP_HOST"] == "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("", ""), ("identity", ""), ("gzip;q=0, br;q=0.5", "br"), ("br;q=0", "")],
)
def test_each_browser_gets_an_encoding_that_it_knows(read: Reader, accepted: str, encoding: str) -> None:
    plain = read(accept_encoding="").body
    answer = read(accept_encoding=accepted)
    assert answer.headers.get("content-encoding", "") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.body)
    decoded = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding](answer.body)
    assert decoded == plain


def test_who_has_the_page_is_told_so(read: Reader) -> None:
    for accepted in ("br", "gzip", ""):
        mark = read(accept_encoding=accepted).headers["etag"]
        again = read(accept_encoding=accepted, if_none_match=f'"older", {mark}')
        assert (again.status, again.body, again.headers["etag"]) == ("304 Not Modified", b"", mark)
    assert read(if_none_match='"another"').status == "200 OK"


def test_the_mark_differs_by_encoding_and_by_text(read: Reader, place: Place) -> None:
    marks = {read(accept_encoding=accepted).headers["etag"] for accepted in ("br", "gzip", "")}
    place.purge("news")
    assert len(marks | {read(accept_encoding="br").headers["etag"]}) == 4


def test_head_is_get_without_the_body(read: Reader) -> None:
    whole, head = read(), read(method="HEAD")
    assert head.body == b""
    assert {**head.headers, "x-cache": ""} == {**whole.headers, "x-cache": ""}


def test_a_hard_purge_leaves_nothing(read: Reader, place: Place, paper: Paper) -> None:
    read("/news/")
    read("/sport/")
    place.purge("news")
    assert (read("/news/").how, read("/sport/").how) == ("MISS", "HIT")


def test_a_purge_of_the_common_tag_takes_everything(read: Reader, place: Place) -> None:
    read("/news/")
    read("/sport/")
    place.purge("site")
    assert (read("/news/").how, read("/sport/").how) == ("MISS", "MISS")


def test_after_a_soft_purge_the_old_page_is_served_while_one_renders(read: Reader, place: Place, paper: Paper) -> None:
    old = read()
    place.purge("news", hard=False)
    rendering, go_on = threading.Event(), threading.Event()
    paper.before = lambda path: (rendering.set(), go_on.wait(5))  # type: ignore[assignment, return-value]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(read)
        assert rendering.wait(5)
        meanwhile = read()
        go_on.set()
        assert first.result().how == "MISS"
    assert (meanwhile.how, meanwhile.body) == ("STALE", old.body)
    assert meanwhile.headers["cache-control"].startswith("private"), "no cache in front may keep it"
    assert (read().how, read().number) == ("HIT", 2)


def test_the_old_page_is_not_served_for_longer_than_two_seconds(
    read: Reader, place: Place, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()
    place.purge("news", hard=False)
    monkeypatch.setattr(counters, "GRACE", -0.001)
    rendering, go_on = threading.Event(), threading.Event()
    paper.before = lambda path: (rendering.set(), go_on.wait(5))  # type: ignore[assignment, return-value]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(read)
        assert rendering.wait(5)
        second = pool.submit(read)
        time.sleep(0.05)
        assert not second.done()
        go_on.set()
        assert {first.result().number, second.result().number} == {2}


def test_a_page_rendered_while_it_was_purged_is_not_kept(read: Reader, place: Place, paper: Paper) -> None:
    paper.extra = [("Cache-Control", "public, s-maxage=60")]
    paper.before = lambda path: place.purge("news")
    passing = read()
    assert (passing.how, passing.headers["cache-control"][:7]) == ("MISS", "private")
    paper.before = lambda path: None
    assert (read().how, read().how) == ("MISS", "HIT")
    assert read().headers["cache-control"] == "public, s-maxage=60"
    assert len(paper.rendered) == 2


def test_a_crowd_at_a_purged_page_renders_it_once(read: Reader, place: Place, paper: Paper) -> None:
    read()
    place.purge("news")
    paper.before = lambda path: time.sleep(0.1)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: read(), range(200)))
    assert {answer.number for answer in answers} == {2}
    assert len(paper.rendered) == 2


def test_who_waits_too_long_is_told_to_come_again(read: Reader, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagecache.wrapper.PATIENCE", 0.05)
    rendering, go_on = threading.Event(), threading.Event()
    paper.before = lambda path: (rendering.set(), go_on.wait(5))  # type: ignore[assignment, return-value]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(read)
        assert rendering.wait(5)
        late = read()
        go_on.set()
        first.result()
    assert (late.status, late.headers["retry-after"]) == ("503 Service Unavailable", "1")


def test_what_is_never_kept_is_not_waited_for(read: Reader, paper: Paper) -> None:
    read("/plain/")
    both = threading.Barrier(2, timeout=5)
    paper.before = lambda path: both.wait()  # type: ignore[assignment, return-value]
    with ThreadPoolExecutor(2) as pool:
        assert [answer.how for answer in pool.map(lambda _: read("/plain/"), range(2))] == ["PASS", "PASS"]


def test_when_the_database_is_away_a_page_purged_softly_is_better_than_none(
    read: Reader, place: Place, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = read()
    monkeypatch.setattr(counters, "GRACE", 0.0)
    place.purge("news", hard=False)
    paper.status = "503 Service Unavailable"
    assert (read().status, read().body) == ("200 OK", old.body)
    place.purge("news", hard=True)
    assert read().status == "503 Service Unavailable"


def test_a_page_that_failed_is_served_as_it_was_and_tried_again_in_a_while(
    read: Reader, place: Place, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = read()
    monkeypatch.setattr(counters, "GRACE", 0.0)
    place.purge("news", hard=False)
    paper.status = "503 Service Unavailable"
    assert [read().how for _ in range(5)] == ["STALE"] * 5
    assert len(paper.rendered) == 2
    monkeypatch.setattr("pagecache.wrapper._FAILED_FOR", 0.0)
    rendering, go_on = threading.Event(), threading.Event()
    paper.before = lambda path: (rendering.set(), go_on.wait(60))  # type: ignore[assignment, return-value]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(read)
        assert rendering.wait(60)
        assert (read().how, read().body) == ("STALE", old.body), "nobody waits for who tries"
        paper.status = "200 OK"
        go_on.set()
        assert first.result().how == "MISS"
    assert (read().how, read().number) == ("HIT", 3)
    assert not place.store._failed


def test_a_page_that_was_purged_hard_is_not_served_while_it_fails(read: Reader, place: Place, paper: Paper) -> None:
    read()
    place.purge("news", hard=False)
    paper.status = "503 Service Unavailable"
    assert read().how == "STALE"
    place.purge("news", hard=True)
    assert [read().status[:3] for _ in range(3)] == ["503"] * 3


def test_a_page_that_became_a_404_is_kept_as_one_and_does_not_come_back(
    read: Reader, place: Place, paper: Paper
) -> None:
    read()
    place.purge("news", hard=False)
    paper.status = "404 Not Found"
    assert [(answer.status[:3], answer.how) for answer in (read(), read())] == [("404", "MISS"), ("404", "HIT")]
    place.purge("news", hard=False)
    paper.status = "503 Service Unavailable"
    assert read().status == "404 Not Found"
    paper.status = "200 OK"
    place.store._failed.clear()
    assert [(answer.status[:3], answer.how) for answer in (read(), read())] == [("200", "MISS"), ("200", "HIT")]
    assert len(place.store.missing) == 0


def test_a_page_that_is_kept_no_more_does_not_come_back(read: Reader, place: Place, paper: Paper) -> None:
    read()
    place.purge("news", hard=False)
    paper.status = "302 Found"
    assert read().status == "302 Found"
    place.store._passed.clear()
    paper.status = "503 Service Unavailable"
    assert read().status == "503 Service Unavailable"


@pytest.mark.parametrize(("path", "query", "status"), [("/news/", "x=1", "200 OK"), ("/sport/", "", "302 Found")])
def test_what_no_purge_reaches_is_not_for_caches_in_front(
    read: Reader, paper: Paper, path: str, query: str, status: str
) -> None:
    paper.extra = [("Cache-Control", "public, max-age=0, s-maxage=86400, stale-if-error=86400")]
    paper.status = status
    answer = read(path, query=query)
    assert (answer.how, answer.headers["cache-control"]) == ("PASS", "public, max-age=0, must-revalidate")
    assert "surrogate-key" not in answer.headers


def test_what_was_never_purged_by_tags_may_stay_with_caches(read: Reader, paper: Paper) -> None:
    paper.extra = [("Cache-Control", "public, s-maxage=60")]
    assert read("/plain/").headers["cache-control"] == "public, s-maxage=60"


def test_memory_has_its_bounds(tmp_path: Path, paper: Paper) -> None:
    place = Place(tmp_path, paper, memory=60_000)
    read = Reader(place.store)
    for number in range(200):
        read(f"/page-{number}/")
    assert place.store.memory.size <= 60_000
    assert 5 < len(place.store.memory) < 60


def test_another_process_finds_the_page_as_a_file(place: Place, read: Reader, paper: Paper) -> None:
    first = read(accept_encoding="br")
    other = Reader(place.process())
    second = other(accept_encoding="br")
    assert (second.how, second.body, second.headers["etag"]) == ("FILE", first.body, first.headers["etag"])
    assert other().how == "HIT"
    place.purge("news")
    assert other().how == "MISS"
    assert paper.rendered == ["/news/", "/news/"]


def test_a_flood_of_addresses_that_never_were_pushes_no_page_out(tmp_path: Path, paper: Paper) -> None:
    place = Place(tmp_path, paper, memory=400_000)
    read = Reader(place.store)
    read("/news/")
    paper.status = "404 Not Found"
    for number in range(300):
        read(f"/no-{number}/")
    assert read("/no-299/").how == "HIT"
    assert place.store.missing.size <= 50_000
    assert read("/news/").how == "HIT"


def test_a_page_carries_its_policy_itself() -> None:
    headers = [("Content-Security-Policy", "style-src 'self' 'sha256-x='; frame-ancestors 'self'; default-src 'none'")]
    page = b'<!doctype html>\n<head>\n<meta charset="utf-8">\n<title>News</title>'
    told = carrying_its_policy(headers, page).decode()
    wanted = (
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self' 'sha256-x='">"""
    )
    assert wanted in told
    assert "frame-ancestors" not in told
    assert told.replace(f"\n{wanted}", "").encode() == page
    assert carrying_its_policy(headers, b"<rss></rss>") == b"<rss></rss>"
