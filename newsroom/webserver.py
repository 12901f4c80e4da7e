"""The web server's main process, started by `serve` as ``python -m newsroom.webserver HOST PORT PARENT``.

It loads the settings but not the application: its workers do that, and it starts a new one when one dies.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
from django.conf import settings  # after the settings are named
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from newsroom.supervisor import end_with

THREADS = 64  # slow uploads hold a thread each; a few must not hold up everybody


def load(main: int, target: str) -> Callable[..., object]:
    """The application, in a worker that dies with the main process: an orphan would hold the port."""
    end_with(main, signal.SIGKILL)
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
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_level=LogLevels.error,
        log_dictconfig=settings.LOGGING,
    )


def run(host: str, port: int, parent: int) -> None:
    end_with(parent)
    prepared(host, port).serve(target_loader=partial(load, os.getpid()))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
