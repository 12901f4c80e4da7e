"""The shipped units, the shipped nginx site with TLS and the Containerfile's command, really started."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.contrib.staticfiles.finders import find, get_finders
from django.urls import reverse

from newsroom import preparing
from tests import make
from tests.newsroom.guide import settings_block
from tests.nginx import nginx, shipped_with_tls, wait_for
from tests.run import free_port
from tests.safeguards.servers import signs
from tests.subscriptions.test_kills import database_url
from tests.units import PATIENCE, Container, Manager

PAPER = "news.example.org"
OTHER_NAME = "www.news.example.org"
HSTS = "max-age=31536000; includeSubDomains; preload"
STYLE = "admin/css/base.css"
RESTARTS = 20 if os.environ.get("SOAK") else 1


def certificate(folder: Path) -> ssl.SSLContext:
    """Puts a certificate for the paper there, as certbot does, and gives what trusts that one alone."""
    (folder / PAPER).mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PAPER)])
    names = x509.SubjectAlternativeName([x509.DNSName(PAPER), x509.DNSName(OTHER_NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    whole = folder / PAPER / "fullchain.pem"
    whole.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / PAPER / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return ssl.create_default_context(cafile=str(whole))


def put_static_files(folder: Path, settings: Any) -> None:
    """As `prepare` leaves them, but neither hashed nor packed, which takes long and is tested elsewhere."""
    settings.STATIC_ROOT = folder / "static"
    known = {}
    for finder in get_finders():
        for path, storage in finder.list(None):
            known[path] = path
            place = folder / "static" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(Path(storage.path(path)).read_bytes())
    manifest = {"paths": known, "version": "1.1", "hash": ""}
    (folder / "static" / "staticfiles.json").write_text(json.dumps(manifest))
    (folder / "static.stamp").write_text(preparing.fingerprint())


class Site(NamedTuple):
    """The shipped site, as a browser comes to it that was told its address."""

    tls: int
    plain: int
    trust: ssl.SSLContext

    def connect(self, name: str = PAPER) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.tls), timeout=PATIENCE)
        return self.trust.wrap_socket(plain, server_hostname=name)

    def get(self, path: str, host: str = PAPER) -> tuple[HTTPResponse, bytes]:
        return self._ask(path, host, self.connect(host))

    def get_plain(self, path: str, host: str = PAPER) -> tuple[HTTPResponse, bytes]:
        return self._ask(path, host, socket.create_connection(("127.0.0.1", self.plain), timeout=PATIENCE))

    def _ask(self, path: str, host: str, way: socket.socket) -> tuple[HTTPResponse, bytes]:
        with closing(HTTPConnection(host)) as connection:
            connection.sock = way
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer, answer.read()


@contextmanager
def readers(site: Site, paths: list[str]) -> Iterator[list[tuple[int, str]]]:
    """One for each page, who asks for it all the time; statuses and where answers came from. Whoever is refused, or
    gets half an answer, makes the test fail at the end."""
    seen: list[tuple[int, str]] = []
    stop = threading.Event()

    def read(path: str) -> None:
        while not stop.wait(0.1):  # the machine must start a server meanwhile
            answer, _body = site.get(path)
            seen.append((answer.status, answer.headers.get("X-Cache", "")))

    with ThreadPoolExecutor(len(paths)) as pool:
        reading = [pool.submit(read, path) for path in paths]
        try:
            yield seen
        finally:
            stop.set()
        for each in reading:
            each.result()


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.mark.processes
@pytest.mark.nginx
@pytest.mark.django_db(transaction=True)
def test_one_server_with_tls_restarts_under_readers(tmp_path: Path, settings: Any) -> None:
    data, log, challenges = tmp_path / "data", tmp_path / "access.log", tmp_path / "www"
    put_static_files(data, settings)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        **settings_block(),
        "DATA_DIR": str(data),
        "BACKUP_DIR": str(tmp_path / "backups"),
        "DATABASE_URL": database_url(),
        "EMAIL_URL": "",
        "STAFF_MUST_ENROL": "0",
    }
    trust = certificate(tmp_path / "certificates")
    site = Site(free_port(), free_port(), trust)
    (challenges / ".well-known/acme-challenge").mkdir(parents=True)
    (challenges / ".well-known/acme-challenge/token").write_text("token.thumbprint")
    with closing(Manager(tmp_path, environment)) as systemd:
        assert "chief@localhost  password" in systemd.call("newsroom-prepare.service")
        make.site()
        story = make.story("Ferry resumes")
        shipped = shipped_with_tls(
            port=site.tls, plain=site.plain, data=data, application=systemd.port, log=log,
            certificates=tmp_path / "certificates",
        ).replace("/var/www/html", str(challenges))  # fmt: skip
        web, worker = systemd.start("newsroom-web.service"), systemd.start("newsroom-worker.service")
        with nginx(shipped, tmp_path / "nginx", port=site.tls):
            check_site(site, story.path)
            for _ in range(RESTARTS):
                web = check_restart(systemd, web, site, story.path)
            check_worker(site)
        assert systemd.stop("newsroom-worker.service", worker) == 0
        assert systemd.stop("newsroom-web.service", web) == 0
    check_container(tmp_path, environment)


def check_site(site: Site, path: str) -> None:
    with site.connect() as secure:
        assert secure.version() == "TLSv1.3"
    modern = ssl.create_default_context()
    modern.check_hostname, modern.verify_mode = False, ssl.CERT_NONE
    modern.set_alpn_protocols(["h2", "http/1.1"])
    with Site(site.tls, site.plain, modern).connect() as secure:
        assert secure.selected_alpn_protocol() == "h2"
    with pytest.raises(ssl.SSLError), site.connect("other.example"):
        pass

    answer, body = site.get(path)
    assert (answer.status, answer.headers["Strict-Transport-Security"]) == (200, HSTS)
    assert "Ferry resumes" in body.decode()
    until(lambda: site.get(path)[0].headers["X-Cache"] == "FRONT", "the page is no file")
    from_file, same = site.get(path)
    assert (from_file.headers["Strict-Transport-Security"], same) == (HSTS, body)
    sign_in, body = site.get(reverse("accounts:sign_in"))
    assert (sign_in.status, sign_in.headers["Strict-Transport-Security"]) == (200, HSTS)
    assert 'name="password"' in body.decode()
    style, body = site.get(f"/static/{STYLE}")
    assert (style.status, style.headers["Content-Type"]) == (200, "text/css")
    assert (style.headers["Strict-Transport-Security"], body) == (HSTS, Path(str(find(STYLE))).read_bytes())

    old = "/news/?page=2"
    for there, _body in (site.get_plain(old), site.get_plain(old, OTHER_NAME), site.get(old, OTHER_NAME)):
        assert (there.status, there.headers["Location"]) == (301, f"https://{PAPER}{old}")
    for name in (PAPER, OTHER_NAME, "to-be.example"):
        challenge, body = site.get_plain("/.well-known/acme-challenge/token", name)
        assert (challenge.status, body) == (200, b"token.thumbprint")
    with pytest.raises(HTTPException):
        site.get_plain("/", "other.example")


def check_restart(systemd: Manager, web: subprocess.Popen[bytes], site: Site, path: str) -> subprocess.Popen[bytes]:
    """Readers of kept pages and of others; and somebody whose form was half sent when the web server was ended."""
    with readers(site, [path, path, "/search/?q=ferry", "/health/", reverse("accounts:sign_in")]) as seen:
        until(lambda: len(seen) > 20, "nobody is answered")
        with site.connect() as slow:
            head = f"POST {reverse('accounts:sign_in')} HTTP/1.1\r\nHost: {PAPER}\r\nContent-Length: 10\r\n"
            slow.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin".encode())
            site.get("/health/")  # asked later, and answered: so the half form has been handed on
            web.terminate()
            slow.sendall(b"=abcd")
            with closing(HTTPResponse(slow)) as answer:
                answer.begin()
        assert systemd.ended("newsroom-web.service", web) == 0
        before = len(seen)
        web = systemd.start("newsroom-web.service")
        until(lambda: len(seen) > before + 20, "nobody is answered any more")
    assert answer.status == 403  # by the newsroom: no token came with the form
    assert {status for status, _how in seen} == {200}
    assert (200, "FRONT") in seen
    return web


def check_worker(site: Site) -> None:
    def beats() -> bool:
        return json.loads(site.get("/health/")[1])["parts"]["worker"]["state"] == "up"

    until(beats, "the worker gives no sign of life")


def check_container(tmp_path: Path, environment: dict[str, str]) -> None:
    """Its command and its health check, as its user would run them on a root that cannot be written to."""
    container = Container(tmp_path / "container")
    assert (container.user, container.volume) == ("newsroom", container.environment["DATA_DIR"])
    assert container.environment["HOST"] == "0.0.0.0"  # in a network of its own; here it is the machine's
    port, before = str(free_port()), container.files()
    here = {**environment, **container.environment, "DATA_DIR": environment["DATA_DIR"], "HOST": "127.0.0.1"}
    served = subprocess.Popen(
        container.main,
        cwd=container.root,
        env={**here, "PORT": port},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )

    def is_healthy() -> bool:
        assert served.poll() is None
        asked = subprocess.run(container.check, env={**here, "PORT": port}, stderr=subprocess.DEVNULL, check=False)
        return not asked.returncode

    try:
        wait_for(int(port), seconds=PATIENCE)
        until(is_healthy, "the container does not become healthy")
        served.terminate()
        assert served.wait(PATIENCE) == 0
    finally:
        served.kill()
        served.wait()
    assert container.files() == before
