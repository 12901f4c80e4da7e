"""nginx, really started, with a configuration of ours."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHIPPED = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"


def shipped(*, port: int, data: Path, application: int, log: Path) -> str:
    """The shipped file with its values set: nginx on `port`, before the `application` on another one."""
    site = SHIPPED.read_text()
    for theirs, here in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "/var/lib/newsroom;": f"{data};",
        "127.0.0.1:8000": f"127.0.0.1:{application}",
        "/var/log/nginx/newsroom.log": str(log),
    }.items():
        if theirs not in site:
            raise ValueError(f"deploy/nginx.conf does not say {theirs!r}")
        site = site.replace(theirs, here)
    return site


@contextmanager
def nginx(site: str, folder: Path, *, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """nginx with one worker and `site` as its servers, in a session of its own, while the block runs.

    `folder` is made, for all that nginx writes.
    """
    folder.mkdir()
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ {temporary} include {folder}/site.conf; }}"
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    command = [program, "-c", str(folder / "nginx.conf")]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port)
        yield server
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int, *, seconds: float = 30) -> None:
    """Returns once something listens there. Raises ``TimeoutError``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")
