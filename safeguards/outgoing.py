"""HTTP to the outside, to addresses that other people chose: only to public ones, and bounded in time and size.

The name is resolved once, every address it has is checked, and the connection goes to an address that was checked, so
that a second answer of the name server changes nothing. Proxy variables of the environment are not heeded.
"""

import http.client
import io
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.datastructures import CaseInsensitiveMapping
from django.utils.encoding import iri_to_uri

from safeguards.problems import OutgoingFailed, OutgoingRefused

Place = tuple[socket.AddressFamily, tuple[Any, ...]]  # what `socket.connect` takes
PORTS = {"http": 80, "https": 443}
_RECORD = 16 * 1024  # what TLS sends in one piece
# Python 3.11's `is_global` lets these through: special registries, and IPv6 that carries an IPv4 address inside.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23", "2002::/16", "3fff::/20")
]
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")  # all else, mapped IPv4 and NAT64 among it, is not for us


@dataclass(frozen=True)
class Answer:
    """``headers`` may be asked in any case. A redirect is an answer like any other: it is not followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
    max_bytes: int = 1_000_000,
) -> Answer:
    """One request, one answer, within `timeout` seconds in all.

    Raises `OutgoingRefused` when the address is not http(s), or any address of the host is not public (unless the
    setting ``OUTGOING_ALLOWED`` lists its "host:port"); `OutgoingFailed` when no proper answer came in time, or one
    with a body longer than `max_bytes`: its ``phase`` tells whether the request may have arrived.
    """
    ends = time.monotonic() + timeout
    parts, host, port = _target(url)
    places = _resolve(host, port, ends)
    allowed = f"{host}:{port}" in settings.OUTGOING_ALLOWED
    if not allowed and not all(_is_public(sockaddr[0]) for _family, sockaddr in places):
        raise OutgoingRefused
    path = iri_to_uri(parts.path or "/") + (f"?{iri_to_uri(parts.query)}" if parts.query else "")
    authority = f"[{host}]" if ":" in host else host
    if port != PORTS[parts.scheme]:
        authority += f":{port}"
    sent = {**(headers or {}), "Host": authority, "Connection": "close"}
    connection = http.client.HTTPConnection(host, port)
    with _connect(places, ends, tls=host if parts.scheme == "https" else "") as connected:
        connection.sock = wire = _Wire(connected, ends)
        try:
            connection.request(method, path, body or None, sent)
            response = connection.getresponse()
            found = response.read(max_bytes + 1)
        except (OSError, http.client.HTTPException) as error:
            raise OutgoingFailed("after" if wire.used else "before", _reason(error)) from error
    if len(found) > max_bytes:
        raise OutgoingFailed("after", f"the answer is longer than {max_bytes} bytes")
    if response.length:  # how much the server still owed
        raise OutgoingFailed("after", "the answer was cut short")
    return Answer(response.status, CaseInsensitiveMapping(response.getheaders()), found)


class _Wire:
    """A connected socket as `http.client` needs it, each step of which ends at one common time."""

    def __init__(self, connected: socket.socket, ends: float) -> None:
        self.socket, self.ends, self.used = connected, ends, False

    def sendall(self, data: bytes) -> None:
        for start in range(0, len(data), _RECORD):
            self.socket.settimeout(_left(self.ends))
            self.used = True
            self.socket.sendall(data[start : start + _RECORD])

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Nothing yet: `http.client` lets go of the wire before the answer is read. `fetch` closes the socket."""


class _Incoming(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self.wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.wire.socket.settimeout(_left(self.wire.ends))
        return self.wire.socket.recv_into(buffer)


def _target(url: str) -> tuple[SplitResult, str, int]:
    """The address in parts, its host as name servers know it, its port."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise OutgoingRefused from None
    if parts.scheme not in PORTS or not host or "@" in parts.netloc:
        raise OutgoingRefused
    return parts, host, port


def _resolve(host: str, port: int, ends: float) -> list[Place]:
    """Every address of the host. In a thread of its own, since the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[list[Place] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        else:
            answers.put([(family, sockaddr) for family, _kind, _protocol, _name, sockaddr in found])

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(ends))
    except (queue.Empty, TimeoutError):
        raise OutgoingFailed("before", "the name server did not answer in time") from None
    if isinstance(answer, OSError):
        raise OutgoingFailed("before", _reason(answer)) from answer
    return answer


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def _connect(places: list[Place], ends: float, *, tls: str) -> socket.socket:
    """A connection to the first of the places that answers; with `tls`, to a server that proves to be that name."""
    error: OSError = OSError("no address")
    for family, sockaddr in places:
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(_left(ends))
            plain.connect(sockaddr)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(_left(ends))
            return ssl.create_default_context().wrap_socket(plain, server_hostname=tls) if tls else plain
        except OSError as failed:
            plain.close()
            error = failed
    raise OutgoingFailed("before", _reason(error)) from error


def _left(ends: float) -> float:
    """Seconds until then; none left is a time-out."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("out of time")
    return left


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
