"""A browser that wants notices, and a push service that takes them: both speak the standards, neither shares our code.

RFC 8030 (the request), RFC 8291 and 8188 (the sealing), RFC 8292 (who sends it).
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.safeguards.servers import read_request

Answer = Callable[[socket.socket], None]


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def raw(data: str) -> bytes:
    return urlsafe_b64decode(data + "=" * (-len(data) % 4))


def status(line: str, *headers: str) -> Answer:
    head = "".join(f"{header}\r\n" for header in headers)
    return lambda peer: peer.sendall(f"HTTP/1.1 {line}\r\n{head}Content-Length: 0\r\n\r\n".encode())


def hang(peer: socket.socket) -> None:
    """Takes the request and says nothing until the other side has had enough."""
    peer.recv(1)


class Device:
    """One browser: its keys, and its address at the push service."""

    def __init__(self, base: str) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = secrets.token_bytes(16)
        self.path = f"/push/{secrets.token_hex(8)}"
        self.endpoint = base + self.path

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": text(point), "auth": text(self.secret)}

    def opened(self, body: bytes) -> dict[str, Any]:
        """The notice, as only this browser can read it."""
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        return json.loads(plain)


class PushService:
    """Takes notices on several connections at once. ``got``: by the device's path, each as (headers, body)."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.got: dict[str, list[tuple[dict[str, str], bytes]]] = defaultdict(list)
        # What it answers a device next; the last one stays.
        self.answers: dict[str, list[Answer]] = {}
        self.most_at_once = self.now = 0
        self.lock = threading.Lock()
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> PushService:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join()

    @property
    def count(self) -> int:
        return sum(len(notices) for notices in self.got.values())

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return  # closed: the test is over
            self._start(lambda peer=peer: self._serve(peer))  # type: ignore[misc]

    def _serve(self, peer: socket.socket) -> None:
        with self.lock:
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
        try:
            with peer:
                peer.settimeout(20)
                head, _, body = read_request(peer).partition(b"\r\n\r\n")
                first, *lines = head.decode().split("\r\n")
                path = first.split(" ")[1]
                headers = dict(line.split(": ", 1) for line in lines)
                with self.lock:
                    self.got[path].append((headers, body))
                    line = self.answers.get(path, [status("201 Created")])
                    answer = line.pop(0) if len(line) > 1 else line[0]
                answer(peer)
        except OSError:
            pass  # the sender hung up, as some of the tests want
        finally:
            with self.lock:
                self.now -= 1


def genuine(authorization: str, *, audience: str, key: str) -> dict[str, Any]:
    """The claims of a VAPID header, checked as a push service does: signed by `key`, for it, for a day at most."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    assert parts["k"] == key
    head, claims, signature = parts["t"].split(".")
    both = raw(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key))
    der = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    found: dict[str, Any] = json.loads(raw(claims))
    assert found["aud"] == audience
    assert time.time() < found["exp"] <= time.time() + 24 * 3600
    return found
