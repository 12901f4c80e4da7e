"""The web server's main process, started by `serve` as ``python -m newsroom.webserver HOST PORT PARENT``.

It loads the settings but not the application: its workers do that, and it starts a new one when one dies.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
from django.conf import settings  # after the settings are named
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.common import AbstractServer

from newsroom import slow_clients
from newsroom.supervisor import end_with, leave_no_dump

FILES = 16_384
THREADS = 64  # slow uploads and films hold one each: `slow_clients` leaves the others to pages and forms


def load(main: int, target: str) -> Callable[..., object]:
    """The application, in a worker that dies with the main process: an orphan would hold the port."""
    end_with(main, signal.SIGKILL)
    leave_no_dump()
    from newsroom.wsgi import application  # noqa: PLC0415  # only in the worker

    return application


def prepared(host: str, port: int) -> AbstractServer:
    """The server as we run it, yet to be told what to load."""
    return Granian(
        "newsroom.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=THREADS,
        # HTTP/2 without TLS has no clock at all, nor has the guess which of the two a silent connection will speak.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=slow_clients.HEADERS_WITHIN),
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_level=LogLevels.error,
        log_dictconfig=settings.LOGGING,
    )


def allow_many_files() -> None:
    """As many open files as the system lets us have: a crowd of silent connections must leave some for the database."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if 0 <= soft < most:  # below 0: no limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def run(host: str, port: int, parent: int) -> None:
    end_with(parent)
    allow_many_files()
    prepared(host, port).serve(target_loader=partial(load, os.getpid()))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
