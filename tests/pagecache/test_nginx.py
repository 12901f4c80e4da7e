"""The shipped nginx configuration, really started: pages are files, the rest goes to the application."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.nginx import nginx, shipped
from tests.pagecache.paper import Paper, Place, Reader
from tests.run import free_port

pytestmark = pytest.mark.nginx


class Application(BaseHTTPRequestHandler):
    """Stands for the newsroom: says that it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"the application: {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Cache", "MISS")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Paper())


@pytest.fixture
def application() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def front(tmp_path: Path, place: Place, application: ThreadingHTTPServer) -> Iterator[int]:
    """nginx with the shipped file, its three values set for this test; gives its port."""
    port, folder = free_port(), tmp_path / "nginx"
    site = shipped(port=port, data=place.folder, application=application.server_port, log=folder / "access.log")
    # What was asked stands in the log sooner than in life, where it is gathered for five seconds.
    with nginx(site.replace("flush=5s", "flush=50ms"), folder, port=port):
        yield port


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": "news.example.org", **headers})
        answer = connection.getresponse()
        return answer, answer.read()


def test_a_warm_page_is_a_file(place: Place, front: int) -> None:
    page = Reader(place.store)("/news/").body
    answer, body = ask(front, "/news/")
    assert (answer.status, answer.headers["X-Cache"], body) == (200, "FRONT", page)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    packed, body = ask(front, "/news/?utm_source=mail&fbclid=1", **{"Accept-Encoding": "gzip"})
    assert (packed.headers["X-Cache"], gzip.decompress(body)) == ("FRONT", page)
    again, body = ask(front, "/news/", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status, body) == (304, b"")
    head, body = ask(front, "/news/", "HEAD")
    assert (head.status, head.headers["X-Cache"], body) == (200, "FRONT", b"")


def test_the_service_worker_goes_out_as_the_script_that_browsers_want(place: Place, front: int) -> None:
    Reader(place.store)("/sw.js")
    answer, _body = ask(front, "/sw.js")
    assert (answer.status, answer.headers["X-Cache"]) == (200, "FRONT")
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_feeds_go_out_under_their_own_types_with_the_headers_of_pages(place: Place, front: int) -> None:
    types = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}
    for name, expected in types.items():
        Reader(place.store)(f"/news/feeds/{name}")
        answer, body = ask(front, f"/news/feeds/{name}", **{"Accept-Encoding": "gzip"})
        assert (answer.status, answer.headers["X-Cache"]) == (200, "FRONT")
        assert answer.headers["Content-Type"].partition(";")[0] == expected
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"ferry" in gzip.decompress(body)
    assert ask(front, "/sport/feeds/rss.xml")[1] == b"the application: /sport/feeds/rss.xml"


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/news/?before=2026", "GET", {}),
        ("/news/", "POST", {}),
        ("/news/", "GET", {"Cookie": "sessionid=abc"}),
        ("/news/", "GET", {"Authorization": "Basic abc"}),
        ("/sport/", "GET", {}),
        ("/news", "GET", {}),
        ("/report/", "GET", {}),
    ],
)
def test_all_else_goes_to_the_application(
    place: Place, front: int, path: str, method: str, headers: dict[str, str]
) -> None:
    Reader(place.store)("/news/")
    _answer, body = ask(front, path, method, **headers)
    assert body == f"the application: {path}".encode()


def test_nobody_behind_it_may_purge(front: int) -> None:
    answer, body = ask(front, "/news/", "PURGE", **{"Surrogate-Key-Purge": "site"})
    assert (answer.status, b"the application" in body) == (405, False)


def test_a_purged_page_is_no_file_any_more(place: Place, front: int) -> None:
    Reader(place.store)("/news/")
    place.purge("news")
    assert ask(front, "/news/")[1] == b"the application: /news/"


def test_the_stores_own_files_are_nobodys(place: Place, front: int) -> None:
    Reader(place.store)("/news/")
    answer, body = ask(front, "/.index")
    assert answer.status == 404
    assert b"SQLite" not in body


def test_when_the_application_is_away_warm_pages_go_on(
    place: Place, front: int, application: ThreadingHTTPServer
) -> None:
    page = Reader(place.store)("/news/").body
    application.shutdown()
    application.server_close()
    assert ask(front, "/news/")[1] == page
    answer, body = ask(front, "/sport/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert b"again" in body


TOLD = {"Referer": "https://evil.example/", "User-Agent": "Nosy/1"}


def test_nothing_is_written_down_of_who_reports(place: Place, front: int, tmp_path: Path) -> None:
    """However the address is written; of all others neither who they are nor where they come from."""
    ask(front, "/news/?q=x", **TOLD)
    answer, body = ask(front, "/report/witness/", "POST", **TOLD)
    assert (answer.status, body) == (200, b"the application: /report/witness/")
    (tmp_path / "static" / "report").mkdir(parents=True, exist_ok=True)
    (tmp_path / "static" / "report" / "work.js").write_text("1")
    assert ask(front, "/static/report/work.js")[0].headers["Cache-Control"] == "no-store", "on a phone it would tell"
    for path in ("/report", "//report/witness/", "/%72eport/receipt/", "/static/report/work.js"):
        ask(front, path, **TOLD)
    ask(front, "/sport/")
    log = written(tmp_path, "/sport/")
    assert "/news/" in log
    for secret in ("127.0.0.1", "Nosy", "evil.example", "report", "q=x"):
        assert secret not in log


def test_what_goes_wrong_with_a_report_is_not_written_down_either(
    place: Place, front: int, application: ThreadingHTTPServer, tmp_path: Path
) -> None:
    application.shutdown()
    application.server_close()
    for path in ("/report/witness/", "/report", "//report/receipt/"):
        assert ask(front, path, "POST", **TOLD)[0].status == 503
    for path in ("/static/report/gone.js", "//static/%72eport/gone.css"):
        assert ask(front, path, **TOLD)[0].status == 404
    assert ask(front, "/sport/")[0].status == 503
    assert "report" not in written(tmp_path, "/sport/")
    errors = (tmp_path / "nginx" / "error.log").read_text()
    assert "/sport/" in errors
    assert "report" not in errors


def written(folder: Path, last: str) -> str:
    """The log of requests, once that of `last` is in it."""
    end = time.monotonic() + 60
    while last not in (log := (folder / "nginx" / "access.log").read_text()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return log
