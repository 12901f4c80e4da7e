"""nginx keeps pictures on its disk as docs/scaling.md says: the newsroom, and its store of objects, is asked once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest

from tests.newsroom import guide
from tests.nginx import nginx
from tests.run import free_port

BODY = bytes(range(256)) * 400
SITE = """
{zone}
upstream newsroom {{ server 127.0.0.1:{behind}; }}
server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    {pictures}
    location @away {{ return 503; }}
}}
"""


class Newsroom(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Newsroom

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status = 404 if "gone" in self.path else 200
        self.send_response(status)
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.send_header("Accept-Ranges", "bytes")  # as films say
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        pass


class Front(NamedTuple):
    port: int
    behind: Newsroom

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)) as answer:
            return answer.status, answer.read(), answer.headers["Cache-Control"]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    zone, pictures = re.findall(r"^```nginx\n(.*?)^```$", (guide.DOCS / "scaling.md").read_text(), re.M | re.S)
    zone = zone.replace("/var/lib/nginx/newsroom-pictures", str(tmp_path / "pictures"))
    with Newsroom() as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        port = free_port()
        site = SITE.format(zone=zone, pictures=pictures, behind=behind.server_port, port=port)
        with nginx(site, tmp_path / "nginx", port=port):
            yield Front(port, behind)
        behind.shutdown()


@pytest.mark.nginx
def test_a_picture_is_asked_for_once_and_a_part_of_a_film_comes_from_the_copy(front: Front) -> None:
    kept = "public, max-age=31536000, immutable"
    assert [front.get(path) for path in ("/pictures/a.webp", "/pictures/a.webp?x=1")] == [(200, BODY, kept)] * 2
    assert front.get("/pictures/a.webp", Range="bytes=100-199")[:2] == (206, BODY[100:200])
    assert front.behind.asked == ["/pictures/a.webp"]
    for _ in range(2):
        with pytest.raises(OSError, match="404"):
            front.get("/pictures/gone.webp")
    assert front.behind.asked[1:] == ["/pictures/gone.webp"] * 2, "it may be made by now"
