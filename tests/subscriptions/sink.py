"""A real SMTP server on this machine that keeps what it is given, and misbehaves where it is told to."""

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

HANG = "hang"  # says nothing more
DROP = "drop"  # hangs up


@dataclass
class Received:
    """A letter that was accepted with a 250."""

    to: str
    letter: bytes


class Sink:
    """Runs while it is entered. `script(phase, address)` gives a reply instead of the usual one, or `HANG` or `DROP`.

    Phases: "connect" (address ""), "mail" (the sender's), "rcpt", "data", "dot" (the recipient's).
    """

    def __init__(self, port: int = 0, *, pause: float = 0.0, pipelining: bool = False) -> None:
        self.received: list[Received] = []
        self.script: Callable[[str, str], str] = lambda phase, address: ""
        self.connections, self.pause, self.pipelining = 0, pause, pipelining
        self.closing = threading.Event()
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink.connections += 1
                try:
                    sink.converse(self)
                except (OSError, StopIteration):
                    self.connection.close()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", port), Session)
        self.port: int = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Sink":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def addresses(self) -> list[str]:
        return [each.to for each in self.received]

    def converse(self, session: socketserver.StreamRequestHandler) -> None:
        def say(scripted: str, usual: str) -> bool:
            """Says the scripted line or the usual one; True for the usual one."""
            if scripted == HANG:
                self.closing.wait(20)
            if scripted in {HANG, DROP}:
                session.connection.shutdown(socket.SHUT_RDWR)
                raise StopIteration
            session.wfile.write((scripted or usual).encode() + b"\r\n")
            return not scripted

        if not say(self.script("connect", ""), "220 sink.example"):
            return
        to = ""
        for line in session.rfile:
            verb, _, rest = line.decode().strip().partition(":")
            verb = verb.upper()
            address = rest.strip(" <>")
            if verb.startswith(("EHLO", "HELO")):
                session.wfile.write(
                    b"250-sink.example\r\n250 PIPELINING\r\n" if self.pipelining else b"250 sink.example\r\n"
                )
            elif verb == "MAIL FROM":
                say(self.script("mail", address.split(">")[0]), "250 fine")
            elif verb == "RCPT TO":
                to = address if say(self.script("rcpt", address), "250 fine") else ""
            elif verb == "DATA":
                if not to and self.pipelining:
                    session.wfile.write(b"554 no valid recipients\r\n")
                elif say(self.script("data", to), "354 go on"):
                    letter = self._letter(session)
                    time.sleep(self.pause)
                    scripted = self.script("dot", to)
                    if scripted in {"", HANG, DROP}:
                        self.received.append(Received(to, letter))
                    say(scripted, "250 taken")
            elif verb == "QUIT":
                session.wfile.write(b"221 bye\r\n")
                return
            else:
                session.wfile.write(b"250 fine\r\n")

    def _letter(self, session: socketserver.StreamRequestHandler) -> bytes:
        lines = []
        for line in session.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        raise StopIteration
