"""A clamd of the tests: takes INSTREAM as the real one does, and answers as it is told to."""

import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

VIRUS = b"PLANTED-VIRUS"
HANG_UP, SILENT = "hang up", "silent"


class Scanner:
    """Listens on a socket of the loopback, or on one in the file system. `received` has what it was sent, whole."""

    def __init__(self, place: Path | None = None) -> None:
        self.received: list[bytes] = []
        self.answer: Callable[[bytes], str] = lambda data: "stream: Eicar FOUND" if VIRUS in data else "stream: OK"
        self.most = 10_000_000
        if place:
            self._door = socket.socket(socket.AF_UNIX)
            self._door.bind(str(place))
            self.url = f"unix://{place}"
        else:
            self._door = socket.create_server(("127.0.0.1", 0))
            self.url = f"tcp://127.0.0.1:{self._door.getsockname()[1]}"
        self._door.listen()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Scanner":
        self._thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._over.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                line, _from = self._door.accept()
            except OSError:
                return
            with line, line.makefile("rb") as told:
                self._talk(line, told)

    def _talk(self, line: socket.socket, told: Any) -> None:
        assert told.read(10) == b"zINSTREAM\0"
        data = b""
        while (length := told.read(4)) and (size := struct.unpack(">I", length)[0]) and len(data) + size <= self.most:
            data += told.read(size)
        if not length:
            return  # the other side has hung up
        self.received.append(data)
        answer = "INSTREAM size limit exceeded. ERROR" if size else self.answer(data)
        if answer == SILENT:
            self._over.wait(30)
        elif answer != HANG_UP:
            line.sendall(answer.encode() + b"\0")
