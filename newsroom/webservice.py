"""The web server as a service by itself, without `serve` around it: ``python -m newsroom.webservice``.

Whoever starts it may hand over the port, as systemd does (sd_listen_fds(3), `deploy/systemd/newsroom-web.socket`): who
comes while it ends and starts anew then waits for it, and nobody is refused. Else it takes HOST and PORT.
"""

import multiprocessing
import os
import socket
from collections.abc import Callable
from functools import partial

from django.conf import settings
from granian.net import SocketHolder
from granian.server.common import AbstractServer

from newsroom import webserver

HANDED_OVER = 3  # the number of the first file that systemd hands over
BACKLOG = 4096  # how many may wait
GRACE = 10  # seconds for those who are being answered; meanwhile others wait, so it is not longer


def is_handed_over() -> bool:
    """Whether a port was given to this very process, and not to one that started it."""
    return os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1"


def listen_there(server: AbstractServer, number: int) -> None:
    """Lets it take the listening socket of this number instead of opening one, for which Granian has no option yet
    (emmett-framework/granian#786)."""
    os.set_inheritable(number, False)  # programs that its workers start have no business with it
    # A forked worker has the socket; a fresh process would have to be sent it.
    multiprocessing.set_start_method("fork")

    def take() -> None:
        held = SocketHolder(number, False, BACKLOG)  # type: ignore[call-arg]  # as it is unpickled
        vars(server).update(_shd=held, _sfd=number, _sso=None)

    vars(server).update(_init_shared_socket=take)


def load(main: int, target: str) -> Callable[..., object]:
    """As the web server's, and says when it is there: `systemctl restart` then ends."""
    application = webserver.load(main, target)
    tell("READY=1")
    return application


def tell(what: str) -> None:
    """Says it to systemd, where that listens (sd_notify(3))."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.connect("\0" + address[1:] if address.startswith("@") else address)
            way.sendall(what.encode())


def run() -> None:
    server = webserver.prepared(settings.HOST, settings.PORT)
    server.workers_kill_timeout = GRACE
    if is_handed_over():
        listen_there(server, HANDED_OVER)
    server.serve(target_loader=partial(load, os.getpid()))


if __name__ == "__main__":
    run()
