"""A newspaper of one process for the store's tests: pages that say how often they were rendered."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from pagecache.files import Files
from pagecache.generations import Generations, slot_of
from pagecache.memory import Memory
from pagecache.turns import Turns
from pagecache.wrapper import PageStore

MEGABYTE = 1024 * 1024


class Paper:
    """A WSGI application: ``/<name>/`` is tagged ``site <name>``; ``/plain/`` has no tag; `before` runs inside."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.before: Callable[[str], None] = lambda path: None
        self.status = "200 OK"
        self.extra: list[tuple[str, str]] = []
        self.seen: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        with self.lock:
            self.rendered.append(path)
            self.seen.append(environ)
            number = len(self.rendered)
        self.before(path)
        name = path.strip("/")
        tags = [] if name == "plain" else [("Surrogate-Key", f"site {name}")]
        start_response(self.status, [("Content-Type", "text/html; charset=utf-8"), *tags, *self.extra])
        return [f"<p>{name} {number}</p>".encode() + b"<p>The ferry runs again.</p>" * 40]


class Reader:
    """Asks a store for pages: ``reader("/news/")`` gives status, headers and body."""

    def __init__(self, store: PageStore) -> None:
        self.store = store

    def __call__(self, path: str = "/news/", query: str = "", method: str = "GET", **headers: str) -> Answer:
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query,
            "HTTP_HOST": "127.0.0.1:8000", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
            "SERVER_PROTOCOL": "HTTP/1.1",
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }  # fmt: skip
        said: list[Any] = []
        body = b"".join(self.store(environ, lambda status, headers, exc=None: said.extend([status, headers])))
        return Answer(said[0], {name.lower(): value for name, value in said[1]}, body)


class Answer:
    def __init__(self, status: str, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body
        self.how = headers.get("x-cache", "")

    @property
    def number(self) -> int:
        """How many pages had been rendered when this one was."""
        return int(self.body.split(b" ", 1)[1].split(b"<", 1)[0])


class Place:
    """A store's parts in a folder; `process()` gives another process's store over the same files."""

    def __init__(self, folder: Path, paper: Paper, *, memory: int = 8 * MEGABYTE, disk: int = 8 * MEGABYTE) -> None:
        self.folder, self.paper, self.memory, self.disk = folder, paper, memory, disk
        self.store = self.process()
        self.generations = self.store.generations
        self.files = self.store.files

    def process(self, release: str = "one") -> PageStore:
        generations = Generations(self.folder / "generations")
        return PageStore(
            self.paper,
            memory=Memory(self.memory),
            files=Files(self.folder / "pages", release, generations, most_bytes=self.disk),
            generations=generations,
            turns=Turns(self.folder / "turns"),
        )

    def purge(self, *tags: str, hard: bool = True) -> None:
        slots = {slot_of(tag) for tag in tags}
        epoch = self.generations.purge(slots, hard=hard)
        self.files.purge(slots, before=epoch)


def render_for_ever(folder: Path, begun: Any) -> None:
    """For a process of its own: asks for ``/news/``, which is never done; its number goes into the queue `begun`."""
    paper = Paper()

    def never(path: str) -> None:
        begun.put(os.getpid())
        threading.Event().wait()

    paper.before = never
    Reader(Place(folder, paper).store)("/news/")


def read_on_a_full_disk(folder: Path, said: Any) -> None:
    """For a process of its own: reads and purges where no file may grow any more; what happened goes into `said`."""
    place = Place(folder, Paper())
    read = Reader(place.store)
    told = [f"/news/ {read('/news/').how}", "full"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    told += [f"/sport/ {read('/sport/').how}" for _ in range(2)]
    place.purge("news")
    told += ["purged", *(f"/news/ {read('/news/').how}" for _ in range(2))]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    said.put(told)
