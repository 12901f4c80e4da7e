"""Brings WordPress exports in: a pass for what posts refer to, one for the posts, one for the links between them.

Each post is one transaction, with its old addresses. A second run, or one after a crash, finds what is here already by
the post's own name (GUID) and goes on with the rest. Nothing goes to subscribers.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import timezone

from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.wordpress import posts
from articles.wordpress.house import House
from articles.wordpress.library import Files
from articles.wordpress.links import settle_links
from articles.wordpress.media import Source
from articles.wordpress.posts import Post, Unreadable
from articles.wordpress.report import Report
from articles.wordpress.scan import Piece, Scanner
from articles.wordpress.stories import Stories

if TYPE_CHECKING:
    from accounts.models import User

_EVERY = 50  # posts between two looks at the clock, the stop sign and the row of the run
_HEAD = ("wp:base_site_url", "wp:base_blog_url")


@dataclass(frozen=True)
class Options:
    """What the person chose. `section` takes posts without a category; `kinds` are WordPress's own names."""

    section: Section
    language: str
    source: Source
    kinds: tuple[str, ...] = ("post", "page")
    rights: dict[str, str] = field(default_factory=dict)


def opened(path: Path) -> BinaryIO:
    """The export, unpacked on the way if it is a gzip file."""
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb")


def bring_in(
    run: MovingRun, files: Sequence[Path], options: Options, *, goes_on: Callable[[], bool] = lambda: True
) -> bool:
    """The whole of it; True when it came to its end, False when `goes_on` said to stop (run again to go on).

    On a trial (`run.is_trial`) no story, page, picture, section or address is made; the report says what would be.
    """
    run.notes.all().delete()
    run.counts = {}
    report = Report(run)
    run.bytes_total = 2 * sum(path.stat().st_size for path in files)
    run.bytes_read = 0
    work = _Work(run, report, options, goes_on)
    try:
        return work.learn(files) and work.write(files) and settle_links(work.key, goes_on)
    finally:
        report.write()
        options.source.close()


def _to_the_break(scanner: Scanner) -> Iterator[Piece]:
    """The pieces; a packed file that is cut off or broken ends with one that says so."""
    try:
        yield from scanner
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield Piece("item", b"", scanner.line, is_whole=False)


class _Work:
    def __init__(self, run: MovingRun, report: Report, options: Options, goes_on: Callable[[], bool]) -> None:
        self.run, self.report, self.options, self.goes_on = run, report, options, goes_on
        self.zone = ZoneInfo(SiteSettings.load().newsroom_time_zone)
        self.hosts: set[str] = set()
        self.key = ""
        self.house = House(fallback=options.section, writes=not run.is_trial)
        self.library: Files | None = None

    def learn(self, files: Sequence[Path]) -> bool:
        """First pass: whose site it is, its authors, categories and files."""
        for piece, encoding in self._pieces(files):
            if piece.kind in _HEAD:
                self._learn_host(piece, encoding)
            elif piece.kind in {"wp:author", "wp:category"} or (piece.kind == "item" and b"attachment" in piece.source):
                self._learn(piece, encoding)
        if self.library:
            self.library.all_known()
        return self.goes_on()

    def write(self, files: Sequence[Path]) -> bool:
        """Second pass: posts and pages."""
        stories = Stories(
            key=self._key(), hosts=self.hosts, house=self.house, files=self._files(), report=self.report,
            language=self.options.language, writes=not self.run.is_trial,
        )  # fmt: skip
        for number, (piece, encoding) in enumerate(self._pieces(files)):
            if number % _EVERY == 0:
                self.report.write()
                if not self.goes_on():
                    return False
            if piece.kind == "item":
                self._write(stories, piece, encoding)
        return True

    def _write(self, stories: Stories, piece: Piece, encoding: str) -> None:
        post = self._post(piece, encoding, is_told=True)
        if post is None:
            self.report.count("left")
            return
        self.report.count("comment", post.comments)
        if post.kind == "attachment":
            return
        if post.kind not in self.options.kinds:
            self.report.count("left")
            self.report.note("other_kind", line=post.line, title=post.title, detail=post.kind)
            return
        stories.bring(post)

    def _pieces(self, files: Sequence[Path]) -> Iterator[tuple[Piece, str]]:
        for path in files:
            before = self.run.bytes_read
            with opened(path) as stream:
                scanner = Scanner(stream)
                for piece in _to_the_break(scanner):
                    # Of a packed file more comes out than lies on the disk.
                    self.run.bytes_read = before + min(scanner.read, path.stat().st_size)
                    yield piece, scanner.encoding
            self.run.bytes_read = before + path.stat().st_size

    def _learn_host(self, piece: Piece, encoding: str) -> None:
        try:
            address = (posts.element(piece, encoding).text or "").strip()
            host = (urlsplit(address).netloc or "").lower().removeprefix("www.")
        except (Unreadable, ValueError):
            return
        if host:
            self.hosts.add(host)

    def _learn(self, piece: Piece, encoding: str) -> None:
        if piece.kind == "item":
            post = self._post(piece, encoding, is_told=False)
            if post and post.kind == "attachment":
                self._files().know(post)
            return
        try:
            row = posts.element(piece, encoding)
        except Unreadable as error:
            self.report.note("unreadable", line=piece.line, title=piece.kind, detail=str(error))
            return
        if piece.kind == "wp:author":
            self.house.know_person(posts.person(row))
        else:
            self.house.know_category(posts.category(row), (row.findtext("{wp}term_id") or "").strip())

    def _post(self, piece: Piece, encoding: str, *, is_told: bool) -> Post | None:
        if not piece.is_whole:
            if is_told:
                self.report.note("cut_off", line=piece.line, title="")
            return None
        try:
            return posts.post(posts.element(piece, encoding), line=piece.line, zone=self.zone)
        except Unreadable as error:
            if is_told:
                self.report.note("unreadable", line=piece.line, title="", detail=str(error))
            return None

    def _key(self) -> str:
        """The old site, in sixteen letters; fixed by the first thing that asks, after the head was read."""
        self.key = self.key or sha256(",".join(sorted(self.hosts)).encode()).hexdigest()[:16]
        return self.key

    def _files(self) -> Files:
        if self.library is None:
            self.library = Files(
                self._key(), self.options.source, self.report, writes=not self.run.is_trial, rights=self.options.rights
            )
        return self.library


def begin(
    *, name: str, is_trial: bool, kind: MovingRun.Kind = MovingRun.Kind.WORDPRESS, actor: User | None = None
) -> MovingRun:
    """A run that a command carries out itself."""
    return MovingRun.objects.create(
        kind=kind, name=name[:200], is_trial=is_trial, state=MovingRun.State.RUNNING, created_by=actor
    )


def end(run: MovingRun, state: MovingRun.State) -> None:
    run.state, run.finished_at = state, timezone.now()
    run.save(update_fields=["state", "finished_at", "counts", "bytes_read", "bytes_total"])
