"""What every reader of another system's exports has in common: the files, how far it is in them, where they break."""

from __future__ import annotations

import gzip
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, ClassVar, TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from articles import addresses
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.moving.library import Files
from articles.moving.media import Source
from articles.moving.posts import Post
from articles.moving.report import Report

_Thing = TypeVar("_Thing")
BROKEN_PACKING = (EOFError, gzip.BadGzipFile, zlib.error)  # what a packed file raises that was cut off or changed


@dataclass(frozen=True)
class Options:
    """What the person chose. `section` takes posts without one; `kinds` are WordPress's own names of post types;
    `site` is the old site's address, where its exports do not say it."""

    section: Section
    language: str
    source: Source
    kinds: tuple[str, ...] = ("post", "page")
    rights: dict[str, str] = field(default_factory=dict)
    site: str = ""


class Halted(Exception):
    """Whoever brings in was told to stop, or has lost the run to another."""


class Export(ABC):
    """One system's export files, read twice: `learn`, then `posts`. Report and progress are kept on the way.

    `goes_on` is asked at each thing and each piece that is read; both raise `Halted` when it says no.
    """

    kind: ClassVar[MovingRun.Kind]

    def __init__(
        self,
        run: MovingRun,
        paths: Sequence[Path],
        options: Options,
        *,
        report: Report,
        files: Files,
        goes_on: Callable[[], bool],
    ) -> None:
        self.run, self.paths, self.options, self.report, self.files = run, paths, options, report, files
        self.goes_on = goes_on
        self.zone = ZoneInfo(SiteSettings.load().newsroom_time_zone)
        self.hosts: set[str] = set()  # names of the old site, without "www."

    @property
    def key(self) -> str:
        """The old site, in sixteen letters; known after `learn`."""
        return self.files.key

    @abstractmethod
    def learn(self) -> None:
        """First pass: whose site it is, and all that posts refer to."""

    @abstractmethod
    def posts(self) -> Iterator[Post | None]:
        """Second pass. None stands for something else that was read, so that whoever asks may look at the clock."""

    def lead_on(self) -> None:  # noqa: B027  # a system may have none
        """After the posts, and on no trial: the addresses of lists and people lead to ours."""

    def close(self) -> None:
        """Lets go of what the passes needed."""
        self.options.source.close()

    def streams(self) -> Iterator[BinaryIO]:
        """Each file in turn, unpacked."""
        for path in self.paths:
            self._before, self._size = self.run.bytes_read, path.stat().st_size
            with opened(path) as stream:
                yield cast(BinaryIO, _Watched(stream, self.look))
            self.run.bytes_read = self._before + self._size

    def has_read(self, count: int) -> None:
        """So many bytes of the present file have gone through. Of a packed one more comes out than lies on the disk."""
        self.run.bytes_read = self._before + min(count, self._size)
        self.look()

    def look(self) -> None:
        if not self.goes_on():
            raise Halted

    def looking(self, things: Iterable[_Thing]) -> Iterator[_Thing]:
        """The things as they come, with a look at the clock now and then."""
        for number, thing in enumerate(things):
            if number % 100 == 0:
                self.look()
            yield thing

    def name_site(self, said: str) -> None:
        """Makes `key` of what names the old site, once: the first word stands."""
        self.files.key = self.files.key or sha256(said.encode()).hexdigest()[:16]

    def know_host(self, address: str) -> None:
        if host := host_of(address):
            self.hosts.add(host)

    def own_path(self, address: str) -> str:
        """The path of an address on the old site, as old addresses are stored; "" for one elsewhere, or for none."""
        try:
            parts = urlsplit(address)
            is_own = parts.netloc.lower().removeprefix("www.") in self.hosts
            return addresses.as_stored(parts.path) if is_own and parts.path.strip("/") else ""
        except (ValueError, addresses.BadAddress):
            return ""


def host_of(address: str) -> str:
    """The name of its host, without "www."; "" where it has none."""
    try:
        return urlsplit(address.strip()).netloc.lower().removeprefix("www.")
    except ValueError:
        return ""


class _Watched:
    """A stream that calls `look` before it reads on: an export may have gigabytes between two things of a pass."""

    def __init__(self, stream: BinaryIO, look: Callable[[], None]) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._look = look

    def read(self, size: int = -1) -> bytes:
        self._look()
        return cast(bytes, self._read(size))


def opened(path: Path) -> BinaryIO:
    """The export, unpacked on the way if it is a gzip file."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb")
