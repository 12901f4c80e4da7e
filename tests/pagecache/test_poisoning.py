"""What a client may send to have others served something else: a real server, asked byte by byte."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from django.core.wsgi import get_wsgi_application

from articles.models.published import PublishedArticle
from pagecache import host
from pagecache.files import Files
from tests import make
from tests.pagecache.paper import Reader
from tests.pagecache.servers import PATIENCE, servers

EVIL = "evil.example"
TEXT = "All boats sail at dawn."


@pytest.fixture
def story() -> PublishedArticle:
    make.site()
    return make.story("Ferry resumes", body=f"<p>{TEXT}</p>")


@pytest.fixture
def read() -> Iterator[Reader]:
    """The real application behind this process's store, which is empty."""
    store = host.here()
    store.purge([host.EVERYTHING], hard=True)
    yield Reader(store.wrap(get_wsgi_application()))
    store.purge([host.EVERYTHING], hard=True)


def raw(port: int, request: bytes) -> bytes:
    """The whole answer to these bytes; what there is of it, if the server hangs up."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionError:
            pass
    return answer


def get(target: str, *headers: str, host_header: str = "127.0.0.1") -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: {host_header}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_whatever_comes_first_the_next_reader_gets_the_page(story: PublishedArticle) -> None:
    path = story.path
    attacks = [
        get(path, f"X-Forwarded-Host: {EVIL}", f"Forwarded: host={EVIL}", "X-Forwarded-Proto: gopher"),
        get(path, f"X-Original-URL: /{EVIL}/", f"X-Rewrite-URL: /{EVIL}/"),
        get(path, "X-HTTP-Method-Override: DELETE", "X-Method-Override: POST"),
        get(path, f"Accept-Language: ar, {EVIL}", f"Cookie: theme={EVIL}; django_language=ar", "Range: bytes=0-9"),
        get(path, f"User-Agent: {EVIL}", f"Referer: https://{EVIL}/", f"Origin: https://{EVIL}"),
        get(path, f"X-Large: {'x' * 200_000}"),
        get(path, *(f"X-Many-{number}: x" for number in range(2_000))),
        get(path, "Content-Length: 5", "Transfer-Encoding: chunked"),
        get(path, "Content-Length: 5", "Content-Length: 6"),
        get(path, "Content-Length: +5"),
        get(path, "Transfer-Encoding: xchunked"),
        get(path, "Transfer-Encoding : chunked"),
        get(path, "Transfer-Encoding: chunked", f"X-After: a\r\n folded-{EVIL}"),
        get(path, host_header=EVIL),
        get(path, host_header=f"127.0.0.1:{EVIL}"),
        get(path, f"Host: {EVIL}"),
        get(f"http://{EVIL}{path}"),
        get(f"http://{EVIL}@127.0.0.1{path}"),
        get(f"{path}?q={EVIL}"),
        get(f"{path}?utm_source={EVIL}"),
        get(f"{path}x.css?{EVIL}"),
        get(f"/{EVIL}/..{path}"),
        get(f"/{EVIL}/%2e%2e{path}"),
        get(f"/{path}"),
        get(f"{path}%00"),
        get(f"{path}%0d%0aSet-Cookie:%20a={EVIL}"),
        get(f"{path[:-1]};{EVIL}/"),
        get(f"{path}#{EVIL}"),
        get(path.upper()),
        get(path.replace("/news/", "/%6eews/")),
        get(path.replace("/", "%2f")),
        get(f"{path}\xff"),
        f"GET {path} HTTP/1.0\r\n\r\n".encode(),
        f"GET {path}\r\n\r\n".encode(),
        f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode(),
    ]
    with servers(1) as (server,):
        for attack in attacks:
            host.here().purge([host.EVERYTHING], hard=True)
            said = raw(server.port, attack)
            status = said[9:12]
            assert status in {b"", b"200", b"301", b"400", b"404", b"408", b"413", b"414", b"431"}, said[:300]
            assert EVIL.encode() not in said.replace(b"Location: ", b"").partition(b"\r\n\r\n")[2], attack[:80]
            seen = server.ask(path)
            assert (seen.status, seen.how in {"MISS", "HIT"}) == (200, True), attack[:80]
            assert "Ferry resumes" in seen.text, attack[:80]
            assert EVIL not in seen.text + str(seen.headers), attack[:80]
            assert seen.headers["content-language"] == "en"
            assert len(seen.body) == int(seen.headers["content-length"])
        assert server.process.poll() is None


@pytest.mark.django_db(transaction=True)
def test_an_address_made_to_look_like_a_file_is_not_the_page(read: Reader, story: PublishedArticle) -> None:
    place = host.here().files.place_of(story.path)
    assert place is not None
    added = (
        "x.css",
        "x.js",
        "logo.png",
        ";x.css",
        "%2e.css",
        "index.html",
        "index.html.gz",
        ".css",
        "//",
        "\0",
        "\x7f",
    )
    for each in added:
        answer = read(story.path + each)
        assert answer.status[:3] in {"404", "301"}, each
        assert TEXT.encode() not in answer.body, each
        assert not place.exists(), each
    assert TEXT.encode() in read(story.path).body
    for each in added:
        assert TEXT.encode() not in read(story.path + each).body, each


@pytest.mark.django_db(transaction=True)
def test_the_desk_is_never_kept_however_its_address_is_written(
    read: Reader, story: PublishedArticle, editor: object, signed_in: object
) -> None:
    session = signed_in(editor).cookies["sessionid"].value  # type: ignore[operator]
    for path in ("/admin/", "/admin/x.css", "//admin/", "/admin/articles/article/", "/accounts/", "/admin/../admin/"):
        mine = read(path, cookie=f"sessionid={session}")
        assert mine.how == "PASS", path
        theirs = read(path)
        assert b"Edith Oram" not in theirs.body, path
    # A page for everybody, asked for by somebody who is signed in, is neither taken from the store nor put there.
    assert read(story.path, cookie=f"sessionid={session}").how == "PASS"
    assert read(story.path).how == "MISS"


@pytest.mark.django_db(transaction=True)
def test_one_address_has_one_place(read: Reader, story: PublishedArticle) -> None:
    read(story.path)
    places = {
        path: Files.place_of(host.here().files, path)
        for path in (f"{story.path}index.html", f"{story.path}index.html.br", "/feeds/rss.xml.gz", "/.index", "//")
    }
    assert set(places.values()) == {None}
    assert read(story.path.replace("/news/", "/NEWS/")).status[:3] == "404"
