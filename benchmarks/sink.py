"""A mail server that takes everything and keeps nothing, in a process of its own: ``python -m benchmarks.sink``.

Prints its port; ends with its standard input.
"""

import asyncio
import sys
from typing import cast


class Session(asyncio.Protocol):
    """Offers PIPELINING, as mail servers do."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting, self.is_letter = cast(asyncio.Transport, transport), b"", False
        self.transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        answers = []
        while True:
            end = b"\r\n.\r\n" if self.is_letter else b"\r\n"
            line, found, rest = self.waiting.partition(end)
            if not found:
                break
            self.waiting = rest
            if self.is_letter:
                self.is_letter = False
                answers.append(b"250 taken\r\n")
            elif line[:4].upper() == b"DATA":
                self.is_letter = True
                answers.append(b"354 go on\r\n")
            elif line[:4].upper() == b"EHLO":
                answers.append(b"250-sink.example\r\n250 PIPELINING\r\n")
            elif line[:4].upper() == b"QUIT":
                self.transport.write(b"".join(answers) + b"221 bye\r\n")
                self.transport.close()
                return
            else:
                answers.append(b"250 fine\r\n")
        if answers:
            self.transport.write(b"".join(answers))


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  # for whoever started it
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
