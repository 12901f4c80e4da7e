"""Letters as bytes. The MIME around a letter is built once; for each reader three heads and her links are put in.

Bodies are quoted-printable: seven bits, lines of 76, whatever the mail servers on the way can do.
"""

from __future__ import annotations

import re
import secrets
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, parseaddr, quote
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from subscriptions import links, opens, shells, topics

if TYPE_CHECKING:
    from subscriptions.models.letters import Delivery, Edition
    from subscriptions.models.people import Subscriber

UNSUBSCRIBE = "unsubscribe"  # the subject of a mail by which a reader leaves
_NAME = "letter-names-itself-here"
_PLACEHOLDER = re.compile(f"({shells.LEAVE}|{shells.MANAGE}|{opens.PLACE}|{_NAME})")
_LEAVE, _MANAGE, _NAMED = shells.LEAVE.encode(), shells.MANAGE.encode(), _NAME.encode()
_PLACEHOLDER_BYTES = re.compile(_PLACEHOLDER.pattern.encode())


def sender() -> str:
    """The address that letters come from, bare."""
    return _bare(settings.DEFAULT_FROM_EMAIL)


@cache
def _bare(address: str) -> str:
    return parseaddr(address)[1]


def return_path(delivery: Delivery) -> str:
    """Where the letter comes back to if it cannot be delivered; with `settings.BOUNCES_ADDRESS` it names the letter."""
    return _address_of(delivery.token) if settings.BOUNCES_ADDRESS else sender()


def _address_of(token: str) -> str:
    local, _at, domain = settings.BOUNCES_ADDRESS.rpartition("@")
    return f"{local}+{token}@{domain}"


@dataclass(frozen=True)
class Shell:
    """One edition's letter, complete but for the reader. Made by `shell_of`."""

    edition: int
    rest: bytes
    # What `opens.led` put counted places for; nothing where it is not counted.
    paths: tuple[str, ...] = ()

    @cached_property
    def _pieces(self) -> list[bytes]:
        """What all readers get, and between it, in turn, the placeholders."""
        return _PLACEHOLDER_BYTES.split(self.rest)

    def letter(self, delivery: Delivery, subscriber: Subscriber, *, at: datetime) -> bytes:
        """The whole letter to one reader (RFC 5322, lines end in CRLF)."""
        leave, manage = links.of_letter(subscriber, edition=self.edition)
        own = f"To: {delivery.address}\r\nDate: {_date(at)}\r\nMessage-ID: {delivery.message_id}\r\n"
        pieces = [*self._pieces]
        values = {_LEAVE: leave, _MANAGE: manage}
        if settings.BOUNCES_ADDRESS:
            values[_NAMED] = delivery.token.encode()
        if self.paths:
            values |= opens.places(delivery.pk, self.paths)
        for place in range(1, len(pieces), 2):
            pieces[place] = values.get(pieces[place], pieces[place])
        return b"".join([own.encode("ascii"), *pieces])


def shell_of(edition: Edition, *, from_name: str, is_counted: bool = False) -> Shell:
    """The edition's shell; `from_name` is whom readers see as its sender. One query.

    `is_counted`: for readers who agreed that it is counted whether they open it and where its links take them.
    """
    own = edition.newsletter.list_id if edition.newsletter_id else ""
    list_id = own or topics.list_id_of(edition.topics.all())
    boundary = f"=_{secrets.token_hex(16)}"  # quoted-printable never holds "=_"
    leave = f"<{settings.SITE_URL}{reverse('subscriptions:leave', args=[shells.LEAVE])}>"
    if settings.BOUNCES_ADDRESS:  # for mail programs that know no other way; `bounces` reads it
        leave += f",\r\n <mailto:{_address_of(_NAME)}?subject={UNSUBSCRIBE}>"
    heads = [
        ("From", f"{_phrase(from_name, 'From')} <{sender()}>"),
        ("Subject", _words(edition.subject, "Subject")),
        ("List-Id", f"{_phrase(from_name, 'List-Id')} <{list_id}>" if list_id else ""),
        ("List-Unsubscribe", leave),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in heads if value) + "\r\n"
    html, paths = opens.led(edition.html) if is_counted else (edition.html, ())
    parts = [_part("plain", edition.text), _part("html", html)]
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\n".encode()
    return Shell(edition.pk, head.encode("ascii") + body, paths)


def _date(at: datetime) -> str:
    return _date_of_second(at.replace(microsecond=0))


@lru_cache(maxsize=16)
def _date_of_second(at: datetime) -> str:
    return format_datetime(at)


def _part(kind: str, text: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + _quoted(text) + b"\r\n"


def _quoted(text: str) -> bytes:
    """Quoted-printable with each placeholder whole, on a line of its own that ends softly."""
    pieces = _PLACEHOLDER.split(text.replace("\r\n", "\n"))
    coded = [
        f"=\n{piece}=\n".encode() if position % 2 else b2a_qp(piece.encode()) for position, piece in enumerate(pieces)
    ]
    return b"".join(coded).replace(b"\n", b"\r\n")


def _words(text: str, name: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


def _phrase(name: str, header: str) -> str:
    name = " ".join(name.split())
    return f'"{quote(name)}"' if name.isascii() else _words(name, header)
