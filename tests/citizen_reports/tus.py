"""A client of resumable uploads: what a script in a witness's browser sends."""

import base64
import secrets
from typing import Any

from django.test import Client

from citizen_reports import quarantine
from citizen_reports.models import Attachment
from citizen_reports.tus import CONTENT_TYPE

TO = "/report/upload/witness/"
FILM = secrets.token_bytes(700_001)


def metadata(name: str = "film.mp4", kind: str = "video/mp4", mark: str = "") -> str:
    pairs = {"filename": name, "filetype": kind, **({"mark": mark} if mark else {})}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


class Sender:
    """One page's uploads. Its answers are those of the test client."""

    def __init__(self, client: Client, token: str, to: str = TO) -> None:
        self.client, self.token, self.to = client, token, to

    def ask(self, method: str, place: str, data: bytes = b"", **headers: Any) -> Any:
        given = {"Tus-Resumable": "1.0.0", "Form-Token": self.token}
        given |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        kind = given.pop("Content-Type", CONTENT_TYPE)
        kept = {name: value for name, value in given.items() if value}
        return self.client.generic(method, place, data, CONTENT_TYPE=kind, headers=kept)

    def create(
        self, length: int = len(FILM), name: str = "film.mp4", kind: str = "video/mp4", mark: str = "", **headers: Any
    ) -> Any:
        given = {"Upload-Length": length, "Upload-Metadata": metadata(name, kind, mark), **headers}
        return self.ask("POST", self.to, **given)

    def begin(self, length: int = len(FILM), name: str = "film.mp4", kind: str = "video/mp4", mark: str = "") -> str:
        """The address of a new upload."""
        answer = self.create(length, name, kind, mark)
        assert answer.status_code == 201, answer.content
        return str(answer["Location"])

    def patch(self, place: str, at: int, data: bytes, **headers: Any) -> Any:
        return self.ask("PATCH", place, data, **{"Upload-Offset": at, **headers})

    def offset(self, place: str) -> int:
        answer = self.ask("HEAD", place)
        assert answer.status_code == 200, answer.status_code
        return int(answer["Upload-Offset"])

    def send(self, data: bytes, *, piece: int = 200_000, **about: str) -> str:
        """A whole file, in pieces; its address."""
        place = self.begin(len(data), **about)
        for at in range(0, len(data), piece):
            answer = self.patch(place, at, data[at : at + piece])
            assert (answer.status_code, int(answer["Upload-Offset"])) == (204, min(at + piece, len(data)))
        return place


def opened(attachment: Attachment) -> bytes:
    """The very bytes that arrived."""
    return b"".join(quarantine.original(attachment))
