"""The pages as files, so that the web server in front serves them itself, and they survive restarts.

``DATA_DIR/pages/<release>/`` mirrors the addresses (``/news/`` is ``news/index.html``), each with its ``.gz`` and
``.br`` beside it; ``DATA_DIR/pages/live`` leads to the release whose first page came last. Which page has which tags,
and its headers, stand in an index (SQLite) beside them.

Each file has a row there, whoever dies when: a row is written before its file appears and taken away after it is gone,
and files appear and go under the lock of the generations alone. So a purge finds every file.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from pagecache.entries import BEST, Entry, encoded, from_json, mark, to_json
from pagecache.generations import Generations

log = logging.getLogger(__name__)
_SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    key TEXT PRIMARY KEY, file TEXT NOT NULL, head TEXT NOT NULL, size INTEGER NOT NULL, made REAL NOT NULL,
    epoch INTEGER NOT NULL, is_best INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tag (slot INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (slot, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tag_key ON tag (key);
CREATE INDEX IF NOT EXISTS page_made ON page (made, size);
"""
_AT_ONCE = 500  # pages taken away under one lock, parameters of one statement
_SETTLED = 5.0  # seconds after which a page is worth the pains of compressing it well


class Files:
    """The files of one release under `root`. Safe for any number of threads and processes of the host.

    A release becomes the one that is live with its first page, when it can serve the others too. A process whose
    release is no longer live writes no files, and purges those of the release that is.
    """

    def __init__(self, root: Path, release: str, generations: Generations, *, most_bytes: int) -> None:
        self.root = root
        self.release = release
        self.folder = root / release
        self.generations = generations
        self.most_bytes = most_bytes
        self._local = threading.local()
        self._has_led = False
        root.mkdir(parents=True, exist_ok=True)
        with generations.locked():
            if generations.is_after_boot or not (root / "live").is_dir():
                self._start_anew(release)
        self.sweep()

    def _live(self) -> str:
        try:
            return str((self.root / "live").readlink())
        except OSError:
            return ""

    def _is_live(self) -> bool:
        return self._live() == self.release and self.folder.is_dir()

    def _lead(self) -> None:
        """Once in each process: makes its release the one that is live."""
        if not self._has_led:
            with self.generations.locked():
                if not self._is_live():
                    self._start_anew(self.release)
                self._has_led = self._is_live()

    def _start_anew(self, release: str) -> None:
        """Puts all folders aside: nobody may read pages that nothing purges. Under the lock; `sweep` does the rest.

        On a full disk there is no new folder then: pages are served from memory, and the next one tries again.
        """
        for each in self._folders():
            if not each.name.startswith("."):
                each.replace(self.root / f".{each.name}-{time.time_ns()}")
        live, aside = self.root / "live", self.root / f".live-{os.getpid()}-{threading.get_ident()}"
        with suppress(OSError):
            (self.root / release).mkdir()
            aside.unlink(missing_ok=True)
            aside.symlink_to(release)
            aside.replace(live)

    def sweep(self) -> None:
        """Deletes what was put aside."""
        for each in self._folders():
            if each.name.startswith("."):
                shutil.rmtree(each, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [each for each in self.root.iterdir() if each.is_dir() and not each.is_symlink()]

    @property
    def _index(self) -> sqlite3.Connection:
        """This thread's way to the index of the release that is live, whichever that is by now."""
        path = self.root / "live" / ".index"
        mark, connection = getattr(self._local, "index", (None, None))
        if connection is None or mark != _identity(path):
            if connection is not None:
                connection.close()
            self._local.index = (None, None)
            connection = sqlite3.connect(path, timeout=5, isolation_level=None)
            # What a sudden end of the machine could lose is thrown away whole at the next start.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executescript(_SCHEMA)
            self._local.index = (_identity(path), connection)
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        index = self._index
        index.execute("BEGIN IMMEDIATE")
        try:
            yield index
            index.execute("COMMIT")
        finally:
            if index.in_transaction:
                index.execute("ROLLBACK")

    def place_of(self, key: str) -> Path | None:
        """Where the page of this address lies; None for an address that is no file's name."""
        try:
            path = key.encode("latin-1").decode()  # WSGI hands bytes on as latin-1
        except UnicodeError:
            return None
        parts = path.split("/")[1:]
        if parts[-1] == "":
            parts[-1] = "index.html"
        elif parts[-1] == "index.html" or parts[-1].endswith((".gz", ".br")):
            return None  # the place of another page
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
            self._lead()
            if not self._is_live():
                return False
            self._note(key, place, entry)
            place.parent.mkdir(parents=True, exist_ok=True)
            for encoding, body in entry.bodies.items():
                aside.with_name(aside.name + _SUFFIXES[encoding]).write_bytes(body)
            with self.generations.locked():
                if not (self._is_live() and self._stands(entry) and self._is_noted(key)):
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
        """Writes the row of a file that is to come. The one before goes first: its purge would look for the old row."""
        with self.generations.locked(), self._writing() as index:
            _remove(place)
            index.execute(
                "REPLACE INTO page (key, file, head, size, made, epoch) VALUES (?, ?, ?, ?, ?, ?)",
                (key, str(place), to_json(entry), entry.size, time.time(), entry.epoch),
            )
            index.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(slot, key) for slot in set(entry.slots)])

    def _is_noted(self, key: str) -> bool:
        return self._index.execute("SELECT 1 FROM page WHERE key = ?", (key,)).fetchone() is not None

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

    def purge(self, slots: Iterable[int] | None, *, before: int) -> None:
        """Takes away every page with a tag in these slots (None: every page) that was begun before epoch `before`.

        The generations must be marked first.
        """
        try:
            if slots is None:
                self._take("epoch < ?", [before])
            wanted = sorted(set(slots or ()))
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                self._take(f"key IN (SELECT key FROM tag WHERE slot IN ({marks})) AND epoch < ?", [*some, before])  # noqa: S608
        except sqlite3.Error as error:  # what cannot be asked which files to take loses all
            self.lose_all(error)

    def lose_all(self, error: sqlite3.Error) -> None:
        """Begins with an empty index, where the one there is cannot be used: a full disk, a broken file."""
        log.warning("the index of finished pages cannot be used: %s; all files go", type(error).__name__)
        with self.generations.locked():
            self._start_anew(self._live() or self.release)
        self.sweep()

    def _take(self, condition: str, values: list[float]) -> int:
        """Takes away the pages whose rows are so, some at a time; how many."""
        gone = 0
        while True:
            with self.generations.locked():
                rows = self._index.execute(
                    f"SELECT key, file FROM page WHERE {condition} LIMIT {_AT_ONCE}",  # noqa: S608
                    values,
                ).fetchall()
                for _key, file in rows:
                    _remove(Path(file))
                if rows:
                    with self._writing() as index:
                        keys = [(key,) for key, _file in rows]
                        index.executemany("DELETE FROM page WHERE key = ?", keys)
                        index.executemany("DELETE FROM tag WHERE key = ?", keys)
            gone += len(rows)
            if len(rows) < _AT_ONCE:
                return gone

    def figures(self) -> tuple[int, int]:
        """How many pages there are, and their bytes."""
        pages, size = self._index.execute("SELECT count(*), coalesce(sum(size), 0) FROM page").fetchone()
        return pages, size

    def trim(self) -> int:
        """Takes the oldest pages away until the rest fits; how many went. A chore of the worker."""
        over = self.figures()[1] - self.most_bytes
        if over <= 0:
            return 0
        last = 0.0
        for made, size in self._index.execute("SELECT made, size FROM page ORDER BY made"):
            last = made
            over -= size
            if over <= 0:
                break
        return self._take("made <= ?", [last])

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


def _remove(place: Path) -> None:
    for encoding in _SUFFIXES:
        with suppress(OSError):
            _beside(place, encoding).unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        known = path.stat()
    except OSError:
        return None
    return known.st_dev, known.st_ino
