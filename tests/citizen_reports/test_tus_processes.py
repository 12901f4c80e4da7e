"""Uploads to the real server: the line is cut again and again, the server is killed, and nothing is lost."""

import hashlib
import http.client
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from citizen_reports.pieces import PIECE
from citizen_reports.tus import CONTENT_TYPE
from tests import prepared
from tests.citizen_reports.posts import content, hidden, stored
from tests.citizen_reports.tus import metadata
from tests.newsroom.test_serve import PATIENCE, Served, children, eventually, free_port

pytestmark = [pytest.mark.processes, pytest.mark.race]
READ_BACK = """
import hashlib
from citizen_reports import quarantine
from citizen_reports.models import Attachment, Upload
for file in Attachment.objects.all():
    whole = b"".join(quarantine.original(file))
    print("file", hashlib.sha256(whole).hexdigest(), file.sha256.open(), file.report_id is not None)
print("uploads", Upload.objects.count())
"""


class Line:
    """A bad line to the server, and a page's token."""

    def __init__(self, port: int) -> None:
        self.port = port
        page = self.ask("GET", "/report/witness/")[2]
        self.token = hidden(page, "token")

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        given = {"Tus-Resumable": "1.0.0", "Form-Token": getattr(self, "token", "")}
        try:
            connection.request(method, path, body, {**given, **headers})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def begin_patch(self, place: str, at: int, length: int, sent: bytes) -> socket.socket:
        """Says that `length` bytes will come, and sends fewer."""
        head = (
            f"PATCH {place} HTTP/1.1\r\nHost: 127.0.0.1\r\nTus-Resumable: 1.0.0\r\nForm-Token: {self.token}\r\n"
            f"Upload-Offset: {at}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {length}\r\n\r\n"
        )
        line = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        line.sendall(head.encode() + sent)
        return line

    def offset(self, place: str) -> int:
        """-1 while the server does not answer."""
        with suppress(OSError, http.client.HTTPException):
            status, headers, _words = self.ask("HEAD", place)
            if status == 200:
                return int(headers["upload-offset"])
        return -1


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(prepared.data(tmp_path / "data"), free_port())
    try:
        eventually(served.up)
        yield served
    finally:
        served.process.terminate()
        served.process.wait(PATIENCE)


def test_cut_ten_times_and_killed_once_the_file_is_what_it_was(served: Served, tmp_path: Path) -> None:
    film, line = secrets.token_bytes(20_000_000), Line(served.port)
    about = {"Upload-Length": str(len(film)), "Upload-Metadata": metadata()}
    status, headers, _words = line.ask("POST", "/report/upload/witness/", **about)
    assert status == 201
    place, at = headers["location"], 0

    for _cut in range(10):
        upto = at + random.randrange(1, 900_000)
        line.begin_patch(place, at, len(film) - at, film[at:upto]).close()
        eventually(lambda upto=upto: line.offset(place) == upto)  # whatever came before the cut is kept
        at = upto

    hanging = line.begin_patch(place, at, len(film) - at, film[at : at + PIECE + 1_000_000])
    eventually(lambda: line.offset(place) == at + PIECE)
    for worker in children(served.main):
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: line.offset(place) == at + PIECE)  # what was committed is there, what was not is not half there
    hanging.close()
    at += PIECE

    # Two at once: whoever came last goes on, the other is told to ask again.
    first = line.begin_patch(place, at, len(film) - at, film[at : at + 1000])
    patch = {"Upload-Offset": str(at), "Content-Type": CONTENT_TYPE}

    def through() -> bool:
        status, _headers, _words = line.ask("PATCH", place, film[at:], **patch)
        return status == 204 or line.offset(place) == len(film)

    eventually(through)
    with suppress(OSError):
        first.sendall(film[at + 1000 :])
        assert b" 409 " in first.recv(100)
    first.close()
    assert line.offset(place) == len(film)

    # What the killed one had begun to seal lies hidden until it is swept.
    (sealed,) = [
        path for path in stored(tmp_path / "data") if not path.name.startswith(".") and path.parent.name != "incoming"
    ]
    assert film[:64] not in sealed.read_bytes()
    form = urlencode({**content(), "token": line.token})

    def receipt() -> str:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        page = line.ask("POST", "/report/witness/", form.encode(), **kind)[2]
        return page if re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]", page) else ""

    assert "1 file came with it." in eventually(receipt)
    read_back = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "shell", "-v", "0", "-c", READ_BACK],
        env={
            **os.environ, "DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "newsroom.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'data/newsroom.sqlite3'}",
        },
        check=True, capture_output=True, text=True, timeout=PATIENCE,
    ).stdout  # fmt: skip
    digest = hashlib.sha256(film).hexdigest()
    assert read_back.splitlines() == [f"file {digest} {digest} True", "uploads 0"]
