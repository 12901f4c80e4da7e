"""Two hosts on this machine, as deploy/large/ has them: data folders of their own, one database, one Redis, nginx."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from moto.server import ThreadedMotoServer

from accounts.models import User
from safeguards import keyring, keys, stores
from tests import objects
from tests.nginx import nginx, wait_for
from tests.pagecache.servers import PATIENCE, Seen, Server, ask
from tests.run import free_port
from tests.subscriptions.test_kills import database_url

T = TypeVar("T")
LARGE = settings.BASE_DIR / "deploy" / "large"
CSRF = "c" * 32


def eventually(look: Callable[[], T], what: str) -> T:
    """The first true answer; fails when none came in a time that is long for the slowest machine."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, f"{what}: still not after {PATIENCE:.0f} s"
        time.sleep(0.01)
    return found


def set_to(name: str, values: dict[str, str]) -> str:
    """The shipped file with its values set."""
    text = (LARGE / name).read_text()
    for theirs, here in values.items():
        assert theirs in text, f"{name} does not say {theirs!r}"
        text = text.replace(theirs, here)
    return text


class Redis:
    """With the shipped configuration, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        folder.mkdir()
        values = {"bind 10.0.0.22": "bind 127.0.0.1", "port 6379": f"port {self.port}"}
        (folder / "redis.conf").write_text(set_to("redis.conf", values))
        self.address = f"redis://:PASSWORD@127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server") or "redis-server"
        self.process = subprocess.Popen(
            [program, "redis.conf"], cwd=self.folder, stdout=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class ObjectStore:
    """A double of S3 in this process, which uses it too: pictures that a test makes lie there."""

    def __init__(self, settings: Any) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()
        settings.STORAGES = {**settings.STORAGES, **objects.stores(self.address)}
        for bucket in objects.BUCKETS.values():
            cast(Any, stores.public()).client.create_bucket(Bucket=bucket)

    def start(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    def environment(self) -> dict[str, str]:
        buckets = {f"S3_BUCKET_{name.upper()}": bucket for name, bucket in objects.BUCKETS.items()}
        return {"S3_ENDPOINT": self.address, "S3_KEY": "newsroom", "S3_SECRET": "only-for-tests", **buckets}


class Large:
    """All of it. `one` and `two` are web hosts' servers; `workers` beside them."""

    def __init__(self, folder: Path, redis: Redis, store: ObjectStore) -> None:
        self.folder, self.front, self.redis, self.store = folder, free_port(), redis, store
        self.common = {
            **store.environment(),
            "REDIS_URL": self.redis.address,
            "DATABASE_URL": database_url(),
            "DATABASE_POOL": "6",
            "SITE_URL": f"http://127.0.0.1:{self.front}",
            "TRUSTED_PROXIES": "127.0.0.1/32",
            # Those of the one server that the paper had before: this process.
            "SEALING_KEYS": keys.read_or_make(keys.folder(), keyring.FILE, keyring.fresh_line).replace("\n", ","),
            "PEPPER": keys.read_or_make(keys.folder(), "pepper"),
        }
        self.workers = [self.start_worker(name) for name in ("one", "two")]
        self.one, self.two = Server(**self.host("one")), Server(**self.host("two"))

    def host(self, name: str) -> dict[str, str]:
        """A host's environment: a data folder of its own, in which nothing is anybody else's."""
        return {**self.common, "DATA_DIR": str(self.folder / name)}

    def start_worker(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "work", "--parent", str(os.getpid())],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "LOG_LEVEL": "ERROR", **self.host(name)},
            start_new_session=True,
        )

    def nginx_site(self) -> str:
        site = set_to(
            "nginx.conf",
            {
                "10.0.0.11:8000": f"127.0.0.1:{self.one.port}",
                "10.0.0.12:8000": f"127.0.0.1:{self.two.port}",
                "/var/log/nginx/newsroom.log": str(self.folder / "front.log"),
                "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n": f"    listen 127.0.0.1:{self.front};\n",
            },
        )
        upstreams, _, servers = site.partition("server {\n    listen 80;")
        paper = servers[servers.index("server {") :]
        return upstreams + "".join(line for line in paper.splitlines(True) if not line.startswith("    ssl_"))

    def end(self) -> None:
        for each in (self.one, self.two):
            each.kill()
        for worker in self.workers:
            worker.kill()
            worker.wait()


@contextmanager
def large(folder: Path, store: ObjectStore) -> Iterator[Large]:
    """Everything up, and gone at the end."""
    with ExitStack() as running:
        redis = Redis(folder / "redis")
        running.callback(redis.kill)
        it = Large(folder, redis, store)
        running.callback(it.end)
        it.one.wait()
        it.two.wait()
        running.enter_context(nginx(it.nginx_site(), folder / "nginx", port=it.front))
        yield it


class Desk:
    """Somebody on the staff, signed in once, who sends forms to whichever host."""

    def __init__(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"

    def get(self, server: Server, path: str) -> Seen:
        return server.ask(path, Cookie=self.cookie)

    def post(self, server: Server, path: str, data: dict[str, object]) -> Seen:
        return ask(
            server.port, path, "POST", urlencode({**data, "csrfmiddlewaretoken": CSRF}),
            Cookie=self.cookie, Content_Type="application/x-www-form-urlencoded",
        )  # fmt: skip


class Readers:
    """Two readers who ask nginx for these pages all the time."""

    def __init__(self, port: int, paths: list[str]) -> None:
        self.port, self.paths = port, paths
        self.seen: list[int] = []  # statuses; 0: nobody answered
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(2)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _read(self) -> None:
        while not self._stop.wait(0.02):
            for path in self.paths:
                try:
                    self.seen.append(ask(self.port, path).status)
                except (OSError, HTTPException):
                    self.seen.append(0)

    def go_on(self) -> None:
        """Returns once they have read twenty more pages."""
        enough = len(self.seen) + 20
        eventually(lambda: len(self.seen) >= enough, "readers wait")
