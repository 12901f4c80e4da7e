"""Where an old site's files are taken from: a folder, an archive, the old site itself, or nowhere."""

from __future__ import annotations

import io
import re
import sqlite3
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import IO, Any, Protocol, cast
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from safeguards.outgoing import Answer, fetch
from safeguards.problems import OutgoingFailed, OutgoingRefused

MOST_BYTES = 40 * 1024 * 1024
MOST_LISTED = 16 * 1024 * 1024  # of a zip file's list of names, some 140,000; in memory it is six times as long
SECONDS = 60
PAUSES = (5, 30)  # seconds before a server that is busy, or silent, is asked again
REST = 600
_BUSY = {429, 500, 502, 503, 504, 520, 522, 524}
# Without a name many a server refuses.
_ASKING = {"User-Agent": "newsroom (moving its own pictures)", "Accept": "image/*,*/*;q=0.8"}
LONG_LIST = _("This zip file holds too many files. Pack the folder as a tar file instead: that may hold any number.")
# What a member of an archive that is broken or encrypted may raise.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
# WordPress's folder and that of its old networks; Ghost's, with the sizes and forms that it makes of a picture.
_UPLOADS = re.compile(
    r"/(?:wp-content/)?uploads/(?P<rest>.+)|/content/(?:images|media|files)/(?:size/\w+/(?:format/\w+/)?)?(?P<ghost>.+)"
    r"|/files/(?P<old>.+)"
)
_OF_NETWORK = re.compile(r"sites/\d{1,9}/")
# WordPress's own network for pictures, which serves those of any site, at any size.
_SERVED = re.compile(r"https?://i\d\.wp\.com/(?P<file>[^/?#]+\.[^/?#]+/[^?#]+)(?P<asked>\?[^#]*)?", re.IGNORECASE)
_HOSTED = ".files.wordpress.com"
# Copies that show the same. One that was edited ("quay-e1462357800000.jpg") is another picture: its original may show
# what was cut off for a reason.
_SCALED = re.compile(r"-(?:\d{2,5}x\d{2,5}|scaled|rotated)(?=\.\w{2,5}$)")


class Source(Protocol):
    """Opens the file of an address; None where it is not to be had."""

    def open(self, url: str) -> IO[bytes] | None: ...

    def close(self) -> None: ...


def source_of(place: str, *, site: str = "", meanwhile: Callable[[], object] = lambda: None) -> Source:
    """`place` is "", "http" (fetch from the old site), a folder, or a zip or tar file. Raises ``ValueError``.

    A zip file of `has_long_list` is none that may be taken. `site` is the old site's address, for exports that name
    files without it. `meanwhile` is called again and again while a tar file is read, here and when it is asked for
    files, and while files are fetched; what it raises ends that.
    """
    if not place:
        return Nowhere()
    if place == "http":
        return OldSite(site, meanwhile)
    path = Path(place)
    if path.is_dir():
        return Folder(path)
    if zipfile.is_zipfile(path):
        with path.open("rb") as file:
            if has_long_list(file):
                raise ValueError(str(LONG_LIST))
        return Zip(path)
    if path.is_file() and _is_tar(path):
        return Tar(path, meanwhile)
    raise ValueError(gettext("“%(place)s” is no folder, zip or tar file.") % {"place": place})


def is_archive(file: IO[bytes]) -> bool:
    """Whether it is a zip or tar file; it is at its beginning afterwards."""
    is_one = zipfile.is_zipfile(file)
    file.seek(0)
    is_one = is_one or _is_tar(file)
    file.seek(0)
    return is_one


def has_long_list(file: IO[bytes]) -> bool:
    """Whether it is a zip file of so many files that their names alone would fill the memory.

    It is at its beginning afterwards.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # as `is_zipfile` does: nothing else is read
    file.seek(0)
    return bool(end) and end[zipfile._ECD_SIZE] > MOST_LISTED  # type: ignore[attr-defined]


def _is_tar(file: Path | IO[bytes]) -> bool:
    try:
        return tarfile.is_tarfile(file)
    except EOFError:  # packed, and cut off before the first name
        return False


def original(url: str) -> str:
    """The address of a file itself, where `url` is that of a copy which WordPress's network serves of it."""
    if found := _SERVED.match(url):
        scheme = "https" if "ssl=1" in (found["asked"] or "") or _HOSTED in found["file"] else "http"
        return f"{scheme}://{found['file']}"
    return url.partition("?")[0] if _HOSTED in url else url


def is_hosted(host: str) -> bool:
    """Whether only files of sites at wordpress.com have addresses there."""
    return host.endswith(_HOSTED)


def names_of(url: str) -> list[str]:
    """The names below the uploads folder that an address may have, the likeliest first: with, then without its size."""
    try:
        path = normalize("NFC", unquote(urlsplit(url).path))
    except ValueError:
        return []
    name = _below(path) or path.lstrip("/")
    if not name or ".." in name.split("/") or "\0" in name or "\\" in name:
        return []
    whole = _SCALED.sub("", name)
    return [whole, name] if whole != name else [name]


def _below(path: str) -> str:
    """The name below the folder of uploads; "" where none is in the path."""
    found = _UPLOADS.search(path)
    return (found["rest"] or found["ghost"] or found["old"]) if found else ""


class Nowhere:
    def open(self, url: str) -> IO[bytes] | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


class Folder(Nowhere):
    """The uploads folder (of Ghost: ``content/images``), or one above it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.roots = [folder for folder in _roots(self.root) if folder.is_dir()]
        self.is_of_one_site = not any((folder / "sites").is_dir() for folder in self.roots)

    def open(self, url: str) -> IO[bytes] | None:
        for name in self._ways(names_of(url)):
            for root in self.roots:
                path = (root / name).resolve()
                if path.is_relative_to(self.root) and path.is_file() and path.stat().st_size <= MOST_BYTES:
                    return path.open("rb")
        return None

    def _ways(self, names: list[str]) -> Iterator[str]:
        """With accents apart too; of a network of sites, as the folder of this site alone has them."""
        for name in names:
            yield from dict.fromkeys((name, normalize("NFD", name)))
            if self.is_of_one_site:
                yield _OF_NETWORK.sub("", name)


def _roots(root: Path) -> list[Path]:
    below = ("uploads", "wp-content/uploads", "images", "content/images")
    return [root, *(root / name for name in below)]


class Zip:
    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        self.names = _by_tail(self.archive.namelist())

    def close(self) -> None:
        self.archive.close()

    def open(self, url: str) -> IO[bytes] | None:
        for name in names_of(url):
            inside = self.names.get(name)
            if inside and self.archive.getinfo(inside).file_size <= MOST_BYTES:
                try:
                    with self.archive.open(inside) as file:
                        return _bounded(file)
                except _BROKEN:
                    return None
        return None


class Tar:
    """Which names it has is listed once, into a file, since there may be millions; `meanwhile` is called at each read.

    Of one that was cut off, what comes before the cut is to be had.
    """

    def __init__(self, path: Path, meanwhile: Callable[[], object]) -> None:
        with ExitStack() as opened:
            file = opened.enter_context(io.BufferedReader(_Watched(path, meanwhile)))
            self.archive = opened.enter_context(tarfile.open(fileobj=file))
            self.names = opened.enter_context(closing(sqlite3.connect("")))  # a file of its own, gone when it is closed
            self.names.execute("CREATE TABLE names (name BLOB PRIMARY KEY, at INTEGER, size INTEGER) WITHOUT ROWID")
            self.names.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", self._listed())
            self._opened = opened.pop_all()

    def _listed(self) -> Iterator[tuple[bytes, int, int]]:
        with suppress(*_BROKEN):
            while member := self.archive.next():
                self.archive.members.clear()  # type: ignore[attr-defined]  # the library would keep them all
                if member.isfile() and not member.issparse() and member.size <= MOST_BYTES:
                    yield _key(_tail(member.name)), member.offset_data, member.size

    def close(self) -> None:
        self._opened.close()

    def open(self, url: str) -> IO[bytes] | None:
        for name in names_of(url):
            found = self.names.execute("SELECT at, size FROM names WHERE name = ?", [_key(name)]).fetchone()
            if found:
                member = tarfile.TarInfo(name)
                member.offset_data, member.size = found
                with suppress(*_BROKEN), cast(IO[bytes], self.archive.extractfile(member)) as file:
                    return _bounded(file)
                return None
        return None


class _Watched(io.FileIO):
    def __init__(self, path: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(path)
        self._meanwhile = meanwhile

    def readinto(self, buffer: Any) -> int:
        self._meanwhile()
        return super().readinto(buffer)


def _key(name: str) -> bytes:
    return name.encode(errors="surrogatepass")  # what is no UTF-8 in an archive


def _by_tail(names: list[str]) -> dict[str, str]:
    """Name below the uploads folder → name in the archive."""
    return {_tail(name): name for name in names}


def _tail(name: str) -> str:
    """As `names_of` has it; some systems write accents apart."""
    name = normalize("NFC", name)
    return _below(f"/{name}") or name.removeprefix("./").removeprefix("images/")


def _bounded(file: IO[bytes]) -> IO[bytes] | None:
    body = file.read(MOST_BYTES + 1)  # what an archive says of sizes need not be true
    return io.BytesIO(body) if len(body) <= MOST_BYTES else None


class OldSite(Nowhere):
    """Each file from the address that the export names: the whole one before a copy of it in another size.

    Only public addresses, each within a minute. A server that is too busy, or silent, is given time; one that stays
    silent is left alone for ten minutes. `meanwhile` is called before each request and again and again while waiting.
    """

    def __init__(self, site: str, meanwhile: Callable[[], object]) -> None:
        self.site = site.rstrip("/")
        self._meanwhile = meanwhile
        self._silent: dict[str, float] = {}  # hosts, and until when

    def open(self, url: str) -> IO[bytes] | None:
        if url.startswith("/") and not url.startswith("//"):
            url = self.site + url
        start, sign, query = url.partition("?")
        with suppress(ValueError):  # no address at all
            for each in dict.fromkeys([_SCALED.sub("", start) + sign + query, url]):
                if body := self._fetched(each):
                    return io.BytesIO(body)
        return None

    def _fetched(self, url: str) -> bytes | None:
        for _turn in range(3):
            answer = self._answer(url)
            if answer is None or answer.status == 200:
                return answer.body if answer else None
            onward = answer.headers.get("Location", "") if answer.status in {301, 302, 303, 307, 308} else ""
            url = urljoin(url, onward) if onward else ""
            if not url.startswith(("http://", "https://")):
                return None
        return None

    def _answer(self, url: str) -> Answer | None:
        """None where there is none to be had."""
        host = urlsplit(url).netloc
        if time.monotonic() < self._silent.get(host, 0):
            return None
        answer = None
        for pause in (*PAUSES, 0):
            self._meanwhile()
            try:
                answer = fetch("GET", url, timeout=SECONDS, max_bytes=MOST_BYTES, headers=_ASKING)
            except OutgoingRefused:
                return None
            except OutgoingFailed:
                answer = None
            if answer and answer.status not in _BUSY:
                return answer
            self._wait(pause)
        if answer is None:
            self._silent[host] = time.monotonic() + REST
        return answer

    def _wait(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self._meanwhile()
            time.sleep(min(left, 5))
