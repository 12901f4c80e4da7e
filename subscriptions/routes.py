"""How a finished letter leaves the house: by SMTP, one at a time over one connection, or into a file.

The point of it is to know, whatever goes wrong, whether the other side may have the letter.
"""

from __future__ import annotations

import re
import secrets
import smtplib
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone

from subscriptions.models.letters import Delivery, Edition

State, Reason, Problem = Delivery.State, Delivery.Reason, Edition.Problem
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?= |$)")
Reply = tuple[int, bytes]


class RouteClosed(Exception):
    """The server is away or does not take us: no fault of any reader, nothing was sent. ``problem`` says which."""

    def __init__(self, problem: Edition.Problem) -> None:
        self.problem = problem
        super().__init__(str(problem.value))


class Outcome(NamedTuple):
    """What became of one letter: a final or deferred state, and a reason without anybody's address in it."""

    state: Delivery.State
    reason: str = ""


class Route(Protocol):
    def send(self, *, sender: str, to: str, letter: bytes) -> Outcome:
        """Hands over one letter (CRLF line ends). Raises `RouteClosed` when none can be sent now."""

    def close(self) -> None: ...


def open_route() -> Route:
    """The route that the settings name. Nothing is connected yet."""
    return FileRoute() if settings.MAIL_TO_FILES else SmtpRoute()


class FileRoute:
    """Letters as ``.eml`` files in `settings.MAIL_OUT_DIR`, each whole or not at all."""

    def send(self, *, sender: str, to: str, letter: bytes) -> Outcome:
        folder = Path(settings.MAIL_OUT_DIR)
        name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
        draft = folder / f".{name}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(letter)
            draft.rename(folder / name)
        except OSError as error:
            raise RouteClosed(Problem.SERVER_AWAY) from error
        return Outcome(State.SENT)

    def close(self) -> None:
        """Nothing is kept open."""


class SmtpRoute:
    """One connection by Django's ``EMAIL_*`` settings, made when first needed and again when it broke."""

    def __init__(self) -> None:
        self.server: smtplib.SMTP | None = None

    def send(self, *, sender: str, to: str, letter: bytes) -> Outcome:
        was_open = self.server is not None
        reply = self._begin(sender)
        if was_open and self.server is None:
            reply = self._begin(sender)  # it had only been idle for too long
        if self.server is None:
            raise RouteClosed(Problem.SERVER_AWAY)
        if reply[0] != 250:
            self.close()
            raise RouteClosed(Problem.SERVER_AWAY if 400 <= reply[0] < 500 else Problem.SERVER_REFUSES)
        try:
            outcome = self._hand_over(self.server, to, letter)
        except OSError:
            self.close()
            return Outcome(State.DEFERRED, Reason.NO_CONNECTION)
        if outcome.state == State.UNCERTAIN:
            self.close()
        return outcome

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            with suppress(OSError):
                server.quit()
            server.close()

    def _begin(self, sender: str) -> Reply:
        """The reply to MAIL FROM; `server` is None after it when the connection is gone."""
        try:
            server = self.server = self.server or _connect()
            reply = server.mail(sender)
        except OSError:
            self.close()
            return 421, b""
        if reply[0] == 421:
            self.close()
        return reply

    def _hand_over(self, server: smtplib.SMTP, to: str, letter: bytes) -> Outcome:
        code, text = server.rcpt(to)
        if code not in {250, 251}:
            return self._refusal(code, text)
        code, text = server.docmd("DATA")
        if code != 354:
            return self._refusal(code, text)
        server.send(re.sub(rb"(?m)^\.", b"..", letter))
        # Until this dot nobody has the letter; after it somebody may, whatever we hear.
        try:
            server.send(b".\r\n")
            code, text = server.getreply()
        except OSError:
            return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)
        if code == 250:
            return Outcome(State.SENT)
        return self._refusal(code, text) if 400 <= code < 600 else Outcome(State.UNCERTAIN, Reason.NO_ANSWER)

    def _refusal(self, code: int, text: bytes) -> Outcome:
        if code == 421:
            self.close()
            raise RouteClosed(Problem.SERVER_AWAY)
        self._start_anew()
        found = _ENHANCED.match(text)
        reason = f"{code} {found[0].decode()}" if found else str(code)
        return Outcome(State.FAILED if 500 <= code < 600 else State.DEFERRED, reason)

    def _start_anew(self) -> None:
        try:
            if self.server is not None:
                self.server.rset()
        except OSError:
            self.close()


def _connect() -> smtplib.SMTP:
    backend = EmailBackend(fail_silently=False)
    try:
        backend.open()
        server = cast(smtplib.SMTP, backend.connection)
        server.ehlo_or_helo_if_needed()
        # A letter is followed by a single dot: without this the kernel would hold the dot back for 40 ms.
        cast(socket.socket, server.sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:  # all that smtplib raises is one
        with suppress(OSError):
            backend.close()
        refused = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError)
        raise RouteClosed(Problem.SERVER_REFUSES if refused else Problem.SERVER_AWAY) from error
    return server
