"""Letters by SMTP over several connections at once, each with one letter in flight, in one thread.

The standard library makes the connections (greeting, TLS, sign-in); from then on this module speaks itself, since the
library can wait for one server only. Where the server offers PIPELINING (RFC 2920), sender, recipient and DATA go out
together, and right behind the letter before (3.1), so that a letter takes one round trip instead of four. A letter so
announced has not begun to go out: a server that hears no more of it forgets it.
"""

from __future__ import annotations

import re
import selectors
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from typing import NamedTuple, cast

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from subscriptions.models.letters import Delivery, Edition
from subscriptions.routes import WAIT, Outcome, Parcel, RouteClosed

State, Reason, Problem = Delivery.State, Delivery.Reason, Edition.Problem
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?= |$)")
_DOT = re.compile(rb"(?m)^\.")
_END = b".\r\n"
_LONGEST = 64 * 1024  # bytes of a reply
_Later = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_GONE = 421


class Reply(NamedTuple):
    code: int
    text: bytes


class LineLost(Exception):
    """This connection is of no more use, and the letter was not tried. ``problem``: why none like it would be either,
    or None if it had only been idle for too long.
    """

    def __init__(self, problem: Edition.Problem | None) -> None:
        self.problem = problem


# What a conversation sends next and how many replies it waits for; then it is told them.
Talk = Generator[tuple[bytes, int], list[Reply], Outcome]


class Line:
    """One connection. `start` takes a letter, `go_on` moves it along whenever the socket can do something.

    Both tell the outcome, once there is one. They raise `LineLost`; after it, or with `is_good` false, close the line.
    """

    def __init__(self, server: smtplib.SMTP) -> None:
        self.server = server
        self.socket = cast(socket.socket, server.sock)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.pipelines = server.has_extn("pipelining")
        self.patience: int = settings.EMAIL_TIMEOUT
        self.served = 0
        self.number: int | None = None
        # The letter that was announced behind the last one, which alone may follow, and what was said to that.
        self.awaited: int | None = None
        self._ahead: list[Reply] = []
        self.ends = 0.0
        self.is_good = True
        # Whether its selector was asked to tell when it can send, besides when there is something to read.
        self.listens_to_both = False
        self._talk: Talk
        self._out, self._in = b"", b""
        self._wanted = 0
        self._replies: list[Reply] = []
        self._text: list[bytes] = []

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def has_more_to_send(self) -> bool:
        return bool(self._out)

    @property
    def is_free(self) -> bool:
        return self.number is None and self.awaited is None

    def start(self, parcel: Parcel, following: Parcel | None = None) -> Outcome | None:
        self.number, self.awaited = parcel.number, None
        self._talk = self._hand_over(parcel, following if self.pipelines else None)
        return self._heard(lambda: self._say(next(self._talk)))

    def go_on(self) -> Outcome | None:
        return self._heard(self._go_on)

    def _go_on(self) -> None:
        self._send()
        while not self._out and self._receive():
            replies, self._replies = self._replies, []
            self._say(self._talk.send(replies))
        if time.monotonic() > self.ends:
            raise TimeoutError

    def _heard(self, step: Callable[[], None]) -> Outcome | None:
        try:
            try:
                step()
            except OSError as error:
                self.is_good = False
                self._talk.throw(error)
        except StopIteration as end:
            self.number = None
            self.served += 1
            return cast(Outcome, end.value)
        return None

    def close(self, *, politely: bool = False) -> None:
        with suppress(OSError):
            if politely and self.is_good and self.is_free:
                self.socket.settimeout(2)
                self.server.quit()
        self.server.close()

    def _hand_over(self, parcel: Parcel, following: Parcel | None) -> Talk:
        mail = rcpt = data = None
        lines = _envelope(parcel)
        try:
            if self._ahead:
                (mail, rcpt, data), self._ahead = self._ahead, []
            elif self.pipelines:
                mail, rcpt, data = yield b"".join(lines), 3
            else:
                (mail,) = yield lines[0], 1
                if mail.code == 250:
                    (rcpt,) = yield lines[1], 1
                    if rcpt.code in {250, 251}:
                        (data,) = yield lines[2], 1
        except OSError as error:
            answered = mail or (self._replies and self._replies[0])
            if not answered or answered.code != 250:
                raise LineLost(None if self.served else Problem.SERVER_AWAY) from error
            return Outcome(State.DEFERRED, Reason.NO_CONNECTION)
        if mail.code != 250:
            self.is_good = False
            raise LineLost(Problem.SERVER_AWAY if 400 <= mail.code < 500 else Problem.SERVER_REFUSES)
        if rcpt and rcpt.code in {250, 251}:
            if data and data.code == 354:
                return (yield from self._letter(parcel.letter, following))
            return (yield from self._refusal(cast(Reply, data)))
        if data and data.code == 354:
            self.is_good = False  # it waits for a letter to nobody; none is begun
        return (yield from self._refusal(cast(Reply, rcpt)))

    def _letter(self, letter: bytes, following: Parcel | None) -> Talk:
        # Most letters have no line that begins with a dot; looking is cheaper than replacing.
        if letter.startswith(b".") or b"\n." in letter:
            letter = _DOT.sub(b"..", letter)
        rest = b"".join([_END, *(_envelope(following) if following else ())])
        try:
            reply, *self._ahead = yield letter + rest, 4 if following else 1
        except OSError:
            # Until the last dot nobody has the letter; from then on somebody may, until we hear.
            if len(self._out) >= len(rest):
                return Outcome(State.DEFERRED, Reason.NO_CONNECTION)
            if not self._replies:
                return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)
            reply = self._replies[0]
        if following and self._ahead:
            self.awaited = following.number
        if reply.code == 250:
            return Outcome(State.SENT)
        if 400 <= reply.code < 600:
            return (yield from self._refusal(reply))
        self.is_good = False
        return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)

    def _refusal(self, reply: Reply) -> Talk:
        if reply.code == _GONE:
            self.is_good = False
            raise LineLost(Problem.SERVER_AWAY)
        found = _ENHANCED.match(reply.text)
        reason = f"{reply.code} {found[0].decode()}" if found else str(reply.code)
        outcome = Outcome(State.FAILED if 500 <= reply.code < 600 else State.DEFERRED, reason)
        if self.is_good and not self._ahead:
            try:
                yield b"RSET\r\n", 1
            except OSError:
                self.is_good = False
        return outcome

    def _say(self, step: tuple[bytes, int]) -> None:
        self._out, self._wanted = step
        self.ends = time.monotonic() + self.patience
        self._send()

    def _send(self) -> None:
        while self._out:
            try:
                gone = self.socket.send(self._out)
            except _Later:
                return
            self._out = self._out[gone:]
            self.ends = time.monotonic() + self.patience

    def _receive(self) -> bool:
        """Reads what is there; True when all replies that are waited for have come."""
        while len(self._replies) < self._wanted:
            line, found, rest = self._in.partition(b"\n")
            if found:
                self._in = rest
                self._read(line.rstrip())
                continue
            try:
                piece = self.socket.recv(8192)
            except _Later:
                return False
            self._in += piece
            if not piece or len(self._in) > _LONGEST:
                raise ConnectionError
        return True

    def _read(self, line: bytes) -> None:
        """A line of a reply; all but its last have a dash after the code (RFC 5321, 4.2.1)."""
        self._text.append(line[4:])
        if len(self._text) * 8 > _LONGEST:
            raise ConnectionError
        if line[3:4] == b"-":
            return
        code = int(line[:3]) if line[:3].isdigit() else 0
        self._replies.append(Reply(code, b" ".join(self._text)))
        self._text = []


class SmtpRoute:
    """Up to `settings.MAIL_CONNECTIONS` connections by Django's ``EMAIL_*`` settings, made when there is work for them.

    When the server wants no more of them, it gets no more; only when none is left is the route closed.
    """

    name = "smtp"

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.most = max(1, settings.MAIL_CONNECTIONS)
        self.problem: Edition.Problem | None = None
        self.selector = selectors.DefaultSelector()
        self.opening: Future[smtplib.SMTP] | None = None
        self.openers = ThreadPoolExecutor(1, "mail connection")
        self.early: list[tuple[int, Outcome]] = []

    def ready(self, wanted: int) -> int:
        self._look_at_opening()
        free = sum(line.is_free for line in self.lines)
        if not self.lines and not self.opening and self.problem:
            raise RouteClosed(self.problem)
        if free < wanted and not self.opening and len(self.lines) < self.most:
            self.opening = self.openers.submit(_connect)
        return min(free, wanted)

    def begin(self, parcel: Parcel, following: Parcel | None = None) -> None:
        line = self._awaiting(parcel.number) or next((line for line in self.lines if line.is_free), None)
        outcome = self._move(line, lambda line: line.start(parcel, following)) if line else Outcome(State.READY)
        if outcome:
            self.early.append((parcel.number, outcome))

    def forget(self, number: int) -> None:
        if line := self._awaiting(number):
            self._drop(line)

    def _awaiting(self, number: int) -> Line | None:
        return next((line for line in self.lines if line.awaited == number), None)

    def finished(self, *, within: float = WAIT) -> Iterator[tuple[int, Outcome]]:
        if self.early:
            early, self.early = self.early, []
            yield from early
            return
        busy = [line for line in self.lines if line.number is not None]
        if not busy:
            if self.opening:
                wait_for([self.opening], within)
            return
        soonest = max(0.0, min(line.ends for line in busy) - time.monotonic())
        events = self.selector.select(min(0.02 if self.opening else within, within, soonest))
        now = time.monotonic()
        able = [cast(Line, key.fileobj) for key, _events in events]
        for line in {*able, *(line for line in busy if line.ends < now)}:
            if line.number is None:
                self._drop(line)  # it speaks without being asked: to say that it goes
                continue
            number = line.number
            if outcome := self._move(line, Line.go_on):
                yield number, outcome

    def close(self) -> None:
        for line in self.lines:
            line.close(politely=True)
        self.lines = []
        if self.opening:
            self.opening.add_done_callback(_close)
        self.openers.shutdown(wait=False)
        self.selector.close()

    def _move(self, line: Line, step: Callable[[Line], Outcome | None]) -> Outcome | None:
        try:
            outcome = step(line)
        except LineLost as lost:
            outcome = Outcome(State.READY)
            if lost.problem:
                self.problem, self.most = lost.problem, len(self.lines) - 1
        if outcome and (not line.is_good or outcome.state == State.READY):
            self._drop(line)
            return outcome
        self._listen(line)
        return outcome._replace(awaits=line.awaited) if outcome else None

    def _listen(self, line: Line) -> None:
        """For what comes, and, with more to send, for when it can."""
        if line.listens_to_both != line.has_more_to_send:
            line.listens_to_both = line.has_more_to_send
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            self.selector.modify(line, both if line.listens_to_both else selectors.EVENT_READ)

    def _drop(self, line: Line) -> None:
        self.selector.unregister(line)
        self.lines.remove(line)
        line.close()

    def _look_at_opening(self) -> None:
        if self.opening is None or not self.opening.done():
            return
        opening, self.opening = self.opening, None
        try:
            line = Line(opening.result())
        except RouteClosed as closed:
            self.problem, self.most = closed.problem, len(self.lines)
            return
        self.lines.append(line)
        self.selector.register(line, selectors.EVENT_READ)


def _envelope(parcel: Parcel) -> list[bytes]:
    commands = f"MAIL FROM:<{parcel.sender}>", f"RCPT TO:<{parcel.to}>", "DATA"
    return [f"{command}\r\n".encode("ascii") for command in commands]


def _close(opening: Future[smtplib.SMTP]) -> None:
    with suppress(RouteClosed):
        opening.result().close()


def _connect() -> smtplib.SMTP:
    backend = EmailBackend(fail_silently=False)
    try:
        backend.open()
        server = cast(smtplib.SMTP, backend.connection)
        server.ehlo_or_helo_if_needed()
    except OSError as error:  # all that smtplib raises is one
        with suppress(OSError):
            backend.close()
        refused = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError)
        raise RouteClosed(Problem.SERVER_REFUSES if refused else Problem.SERVER_AWAY) from error
    return server
