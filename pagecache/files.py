"""The pages as files, so that the web server in front serves them itself, and they survive restarts.

``DATA_DIR/pages/<release>/`` mirrors the addresses (``/news/`` is ``news/index.html``), each with its ``.gz`` and
``.br`` beside it; ``DATA_DIR/pages/live`` leads to the release that runs. Which page has which tags, and its headers,
stand in an index (SQLite) beside them. A row is written before its file appears and taken away after it is gone, so
that a purge finds every file, whoever died in between.
"""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from pagecache.entries import BEST, Entry, encoded, from_json, mark, to_json
from pagecache.generations import Generations

_SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    key TEXT PRIMARY KEY, file TEXT NOT NULL, head TEXT NOT NULL, size INTEGER NOT NULL, made REAL NOT NULL,
    is_best INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tag (slot INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (slot, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_made ON page (made);
"""
_AT_ONCE = 500  # parameters of one statement
_SETTLED = 5.0  # seconds after which a page is worth the pains of compressing it well


class Files:
    """The files of one release under `root`. Safe for any number of threads and processes of the host."""

    def __init__(self, root: Path, release: str, generations: Generations, *, most_bytes: int) -> None:
        self.root = root
        self.folder = root / release
        self.generations = generations
        self.most_bytes = most_bytes
        self._local = threading.local()
        root.mkdir(parents=True, exist_ok=True)
        if generations.is_after_boot:
            self._sweep(keep="")
        self.folder.mkdir(exist_ok=True)
        self._lead_to(release)
        self._sweep(keep=release)

    def _lead_to(self, release: str) -> None:
        live, aside = self.root / "live", self.root / f".live-{os.getpid()}-{threading.get_ident()}"
        if not live.is_symlink() or live.readlink() != Path(release):
            aside.unlink(missing_ok=True)
            aside.symlink_to(release)
            aside.replace(live)

    def _sweep(self, *, keep: str) -> None:
        """Takes away the files of other releases: nobody may read pages that nothing purges."""
        for each in self.root.iterdir():
            if each.is_dir() and not each.is_symlink() and each.name != keep:
                shutil.rmtree(each, ignore_errors=True)

    @property
    def _index(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.folder / ".index", timeout=5, isolation_level=None)
            # What a sudden end of the machine could lose is thrown away whole at the next start.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executescript(_SCHEMA)
            self._local.connection = connection
        return connection

    def place_of(self, key: str) -> Path | None:
        """Where the page of this address lies; None for an address that is no file's name."""
        try:
            path = key.encode("latin-1").decode()  # WSGI hands bytes on as latin-1
        except UnicodeError:
            return None
        parts = path.split("/")[1:]
        if parts[-1] == "":
            parts[-1] = "index.html"
        if any(not part or part.startswith(".") or len(part.encode()) > 200 for part in parts):
            return None
        return self.folder.joinpath(*parts)

    def keep(self, key: str, entry: Entry) -> bool:
        """Writes the page, unless it has been purged meanwhile; False then, or where it cannot be a file."""
        place = self.place_of(key)
        if place is None or not entry.status.startswith("200"):
            return False
        aside = place.with_name(f".{blake2b(key.encode(), digest_size=8).hexdigest()}-{threading.get_ident()}")
        try:
            self._note(key, place, entry)
            place.parent.mkdir(parents=True, exist_ok=True)
            for encoding, body in entry.bodies.items():
                aside.with_name(aside.name + _SUFFIXES[encoding]).write_bytes(body)
            with self.generations.locked():
                if not self._stands(entry):
                    return False
                # The plain file last: a server that looks for it finds the others beside it.
                for encoding in sorted(entry.bodies, reverse=True):
                    aside.with_name(aside.name + _SUFFIXES[encoding]).replace(_beside(place, encoding))
        except (OSError, sqlite3.Error):
            return False  # a full disk, a name that is a folder already: the page is served from memory
        finally:
            for suffix in _SUFFIXES.values():
                with suppress(OSError):
                    aside.with_name(aside.name + suffix).unlink(missing_ok=True)
        return True

    def _note(self, key: str, place: Path, entry: Entry) -> None:
        index = self._index
        index.execute("BEGIN IMMEDIATE")
        try:
            index.execute(
                "REPLACE INTO page (key, file, head, size, made) VALUES (?, ?, ?, ?, ?)",
                (key, str(place), to_json(entry), entry.size, time.time()),
            )
            index.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(slot, key) for slot in set(entry.slots)])
        finally:
            index.execute("COMMIT")

    def load(self, key: str) -> Entry | None:
        """The page as another process left it, or one before a restart; None when it is not there or purged."""
        place = self.place_of(key)
        if place is None or not place.exists():
            return None
        try:
            row = self._index.execute("SELECT head FROM page WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            bodies = {
                encoding: _beside(place, encoding).read_bytes()
                for encoding in _SUFFIXES
                if _beside(place, encoding).exists()
            }
        except (OSError, sqlite3.Error):
            return None
        entry = from_json(row[0], bodies) if "" in bodies else None
        # The row may be a newer page's, whose file is yet to come.
        return entry if entry and mark(bodies[""]) == entry.etag else None

    def purge(self, slots: Iterable[int]) -> int:
        """Takes away every page with a tag in these slots; how many. The generations must be marked before."""
        index = self._index
        wanted = sorted(set(slots))
        gone: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            gone |= dict(
                index.execute(
                    f"SELECT page.key, page.file FROM tag JOIN page USING (key) WHERE slot IN ({marks})",  # noqa: S608
                    some,
                )
            )
        self._forget(gone)
        return len(gone)

    def _forget(self, pages: dict[str, str]) -> None:
        for file in pages.values():
            for encoding in _SUFFIXES:
                with suppress(OSError):
                    _beside(Path(file), encoding).unlink(missing_ok=True)
        keys = list(pages)
        index = self._index
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            index.execute("BEGIN IMMEDIATE")
            index.execute(f"DELETE FROM page WHERE key IN ({marks})", some)  # noqa: S608
            index.execute(f"DELETE FROM tag WHERE key IN ({marks})", some)  # noqa: S608
            index.execute("COMMIT")

    def clear(self) -> int:
        """Takes away every page; how many."""
        pages = dict(self._index.execute("SELECT key, file FROM page"))
        self._forget(pages)
        return len(pages)

    def figures(self) -> tuple[int, int]:
        """How many pages there are, and their bytes."""
        pages, size = self._index.execute("SELECT count(*), coalesce(sum(size), 0) FROM page").fetchone()
        return pages, size

    def trim(self) -> int:
        """Takes the oldest pages away until the rest fits; how many went. A chore of the worker."""
        _pages, size = self.figures()
        over, gone = size - self.most_bytes, {}
        if over > 0:
            for key, file, bytes_ in self._index.execute("SELECT key, file, size FROM page ORDER BY made"):
                gone[key] = file
                over -= bytes_
                if over <= 0:
                    break
            self._forget(gone)
        return len(gone)

    def improve(self, count: int) -> int:
        """Compresses up to so many pages as well as it can be done; how many. For quiet moments."""
        rows = self._index.execute(
            "SELECT key, file FROM page WHERE is_best = 0 AND made < ? ORDER BY made LIMIT ?",
            (time.time() - _SETTLED, count),
        ).fetchall()
        for key, file in rows:
            self._index.execute("UPDATE page SET is_best = 1 WHERE key = ?", (key,))
            entry = self.load(key)
            if entry is not None and len(entry.bodies) > 1:
                better = encoded(entry.bodies[""], "text/", levels=BEST)
                self._exchange(key, Path(file), entry, better)
        return len(rows)

    def _exchange(self, key: str, place: Path, entry: Entry, better: dict[str, bytes]) -> None:
        """Puts the smaller files in the place of those of the same page, if it still stands."""
        for encoding, body in better.items():
            if len(body) >= len(entry.bodies[encoding]):
                continue
            aside = place.with_name(f".{entry.etag}{_SUFFIXES[encoding]}")
            with suppress(OSError):
                aside.write_bytes(body)
                with self.generations.locked():
                    now = self.load(key)
                    if now and now.etag == entry.etag and self._stands(now):
                        aside.replace(_beside(place, encoding))
                aside.unlink(missing_ok=True)

    def _stands(self, entry: Entry) -> bool:
        return self.generations.good_until(entry.slots, entry.epoch) == math.inf


def _beside(place: Path, encoding: str) -> Path:
    return place.with_name(place.name + _SUFFIXES[encoding])
