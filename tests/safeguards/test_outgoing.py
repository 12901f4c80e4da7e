"""Requests to the outside: never into our own network, never longer or larger than allowed."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safeguards.outgoing import fetch
from safeguards.problems import OutgoingFailed, OutgoingRefused
from tests.safeguards.servers import OK, Server, certificate, serving

PUBLIC = "93.184.215.14"
Resolver = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Makes the name server give these answers, one list of addresses after the other."""

    def answer(*answers: list[str]) -> None:
        left = list(answers)

        def getaddrinfo(host: str, port: int, **kinds: Any) -> list[Any]:
            return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in left.pop(0)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return answer


def allow(settings: Any, server: Server, host: str = "127.0.0.1") -> None:
    settings.OUTGOING_ALLOWED = [f"{host}:{server.port}"]


def test_a_request_arrives_as_given_and_the_answer_comes_back(settings: Any) -> None:
    with serving() as server:
        allow(settings, server)
        answer = fetch(
            "POST",
            f"{server.url}/send?to=ä b",
            body=b"ping" * 10_000,
            headers={"X-Key": "7", "Content-Type": "text/plain"},
        )
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"hello", "test")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /send?to=%C3%A4%20b HTTP/1.1"
    assert {f"Host: 127.0.0.1:{server.port}", "X-Key: 7", "Content-Length: 40000", "Connection: close"} <= set(lines)
    assert body == b"ping" * 10_000


def test_a_redirect_is_an_answer_and_not_followed(settings: Any) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/admin\r\nContent-Length: 0\r\n\r\n"
    with serving(lambda peer: peer.sendall(moved)) as server:
        allow(settings, server)
        answer = fetch("GET", server.url)
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1/admin")
    assert len(server.requests) == 1
    assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "10.0.0.8", "172.16.3.4", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.5", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "[::]", "[::1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
        "[::ffff:93.184.215.14]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[fd00::1]", "[fe80::1]", "[fec0::1]",
        "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[2001::1]", "[2002:7f00:1::]", "[3fff::1]", "[5f00::1]",
        "localhost",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(host: str) -> None:
    with pytest.raises(OutgoingRefused):
        fetch("GET", f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "", "/report/", "ftp://example.org/", "ftp://example.org:80/", "file:///etc/passwd", "gopher://example.org/",
        "http:///path", "http://user@example.org/", "http://user:word@example.org/", "http://@example.org/",
        "http://example.org:99999/", "http://example.org:port/", "http://a..b/", "http://[::1/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        fetch("GET", url)


def test_nothing_arrives_at_a_refused_address() -> None:
    with serving() as server, pytest.raises(OutgoingRefused):
        fetch("POST", f"{server.url}/", body=b"secret")
    assert server.requests == []


def test_only_the_listed_port_of_the_listed_host_is_allowed(settings: Any) -> None:
    with serving() as listed, serving() as other:
        allow(settings, listed)
        assert fetch("GET", listed.url).status == 200
        for url in (other.url, f"http://localhost:{listed.port}/"):
            with pytest.raises(OutgoingRefused):
                fetch("GET", url)
    assert other.requests == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(resolve: Resolver) -> None:
    resolve([PUBLIC, "10.0.0.8"])
    with pytest.raises(OutgoingRefused):
        fetch("GET", "http://shop.example/")


def test_the_connection_goes_to_the_address_that_was_checked(
    resolve: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve([PUBLIC], ["127.0.0.1"])  # a second question would be answered otherwise
    connect, dialled = socket.socket.connect, []
    with serving() as server:

        def dial(self: socket.socket, address: tuple[str, int]) -> None:
            dialled.append(address)
            connect(self, ("127.0.0.1", server.port))

        monkeypatch.setattr(socket.socket, "connect", dial)
        answer = fetch("GET", "http://shop.example/basket")
    assert dialled == [(PUBLIC, 80)]
    assert answer.body == b"hello"
    assert b"\r\nHost: shop.example\r\n" in server.requests[0]


def test_the_next_address_is_tried_when_one_does_not_answer(settings: Any, resolve: Resolver) -> None:
    with serving() as server:
        allow(settings, server, "shop.example")
        resolve(["::1", "127.0.0.1"])
        assert fetch("GET", f"http://shop.example:{server.port}/").status == 200


def test_https_proves_the_name(
    settings: Any, resolve: Resolver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, "shop.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with serving(tls=context) as server:
        settings.OUTGOING_ALLOWED = [f"shop.example:{server.port}", f"other.example:{server.port}"]
        resolve(["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"])
        with pytest.raises(OutgoingFailed) as nobody_vouches:
            fetch("GET", f"https://shop.example:{server.port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        answer = fetch("POST", f"https://shop.example:{server.port}/", body=b"x" * 100_000)
        with pytest.raises(OutgoingFailed) as another_name:
            fetch("GET", f"https://other.example:{server.port}/")
    assert answer.body == b"hello"
    assert server.names == ["shop.example", "shop.example", "other.example"]
    assert len(server.requests) == 1
    assert server.requests[0].endswith(b"x" * 100_000)
    assert [nobody_vouches.value.phase, another_name.value.phase] == ["before", "before"]
    assert "CERTIFICATE_VERIFY_FAILED" in another_name.value.reason


def test_a_closed_port_fails_before_anything_was_sent(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.OUTGOING_ALLOWED = [f"127.0.0.1:{port}"]
    with pytest.raises(OutgoingFailed) as caught:
        fetch("GET", f"http://127.0.0.1:{port}/")
    assert caught.value.phase == "before"


def test_an_unknown_name_fails_before_anything_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*question: Any, **kinds: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OutgoingFailed) as caught:
        fetch("GET", "http://nowhere.example/")
    assert caught.value.phase == "before"
    assert "Name or service not known" in caught.value.reason


def test_a_name_server_that_does_not_answer_costs_no_more_than_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def wait_long(*question: Any, **kinds: Any) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait_long)
    began = time.monotonic()
    with pytest.raises(OutgoingFailed) as caught:
        fetch("GET", "http://slow.example/", timeout=0.2)
    assert time.monotonic() - began < 20
    assert caught.value.phase == "before"
    over.set()


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(600):
        peer.sendall(b".")
        time.sleep(0.05)


def headers_for_ever(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(600):
        peer.sendall(f"X-{number}: 1\r\n".encode())
        time.sleep(0.05)


@pytest.mark.parametrize("script", [drip, headers_for_ever, lambda peer: time.sleep(1.5)])
def test_a_slow_answer_ends_at_the_timeout(settings: Any, script: Callable[[socket.socket], None]) -> None:
    with serving(script) as server:
        allow(settings, server)
        began = time.monotonic()
        with pytest.raises(OutgoingFailed) as caught:
            fetch("POST", server.url, body=b"ping", timeout=0.4)
        took = time.monotonic() - began
    assert took < 20
    assert caught.value.phase == "after"
    assert server.requests[0].endswith(b"ping")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n",
        b"this is no HTTP\r\n\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_a_bad_or_boundless_answer_fails_after_the_request(settings: Any, reply: bytes) -> None:
    with serving(lambda peer: peer.sendall(reply)) as server:
        allow(settings, server)
        with pytest.raises(OutgoingFailed) as caught:
            fetch("GET", server.url, max_bytes=100)
    assert caught.value.phase == "after"


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100, 200, b"x" * 100),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, b"hello"),
        (b"HTTP/1.1 201 Created\r\n\r\nuntil the end", 201, b"until the end"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 503, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"hello"),
    ],
)
def test_answers_of_every_shape(settings: Any, reply: bytes, status: int, body: bytes) -> None:
    with serving(lambda peer: peer.sendall(reply)) as server:
        allow(settings, server)
        answer = fetch("GET", server.url, max_bytes=100)
    assert (answer.status, answer.body) == (status, body)


def test_a_header_cannot_smuggle_another(settings: Any) -> None:
    with serving() as server:
        allow(settings, server)
        with pytest.raises(ValueError, match="header"):
            fetch("GET", server.url, headers={"X-Key": "7\r\nX-Evil: 1"})
    assert b"X-Evil" not in b"".join(server.requests)


def test_the_words_for_people_name_no_address() -> None:
    failed = OutgoingFailed("after", "ConnectionResetError: 10.0.0.8")
    assert "10.0.0.8" not in str(failed)
    assert str(OutgoingRefused()) == "Only public web addresses (http, https) may be called."
