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
OTHER_NAMES = SHIPPED.with_name("nginx-other-names.conf")
WITHOUT = "    listen 80;\n    listen [::]:80;\n"
WITH_TLS = "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n"


def shipped(*, port: int, data: Path, application: int, log: Path) -> str:
    """The paper's part of the shipped file, without TLS, with its values set: nginx on `port`, before the `application`
    on another one."""
    site = _set(SHIPPED.read_text(), _values(data, application, log))
    everybody, _, servers = site.partition("# Whoever asks for another name")
    paper = _set(f"server {{\n{WITH_TLS}{servers.partition(WITH_TLS)[2]}", {WITH_TLS: _listen(port)})
    return everybody + "".join(line for line in paper.splitlines(True) if not line.startswith("    ssl_"))


def shipped_with_tls(*, port: int, plain: int, data: Path, application: int, log: Path, certificates: Path) -> str:
    """The whole shipped files with their values set: TLS on `port`, the way there on `plain`; certificates and keys of
    news.example.org in a folder of that name in `certificates`."""
    ways = {WITH_TLS: _listen(port, " ssl http2"), WITHOUT: _listen(plain), "/etc/letsencrypt/live": str(certificates)}
    return _set(OTHER_NAMES.read_text(), ways) + _set(
        SHIPPED.read_text(),
        {
            **_values(data, application, log),
            **ways,
            "    listen 80 default_server;\n    listen [::]:80 default_server;\n": _listen(plain, " default_server"),
            "    listen 443 ssl http2 default_server;\n    listen [::]:443 ssl http2 default_server;\n": _listen(
                port, " ssl http2 default_server"
            ),
        },
    )


def _listen(port: int, how: str = "") -> str:
    return f"    listen 127.0.0.1:{port}{how};\n"


def _values(data: Path, application: int, log: Path) -> dict[str, str]:
    return {
        "/var/lib/newsroom;": f"{data};",
        "127.0.0.1:8000": f"127.0.0.1:{application}",
        "/var/log/nginx/newsroom.log": str(log),
    }


def _set(site: str, values: dict[str, str]) -> str:
    for theirs, here in values.items():
        if theirs not in site:
            raise ValueError(f"the shipped file does not say {theirs!r}")
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
