"""Reads WordPress exports: items as posts in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from articles import addresses
from articles.models.moves import MovingRun
from articles.moving.exports import BROKEN_PACKING, Export
from articles.moving.posts import Asked, Post
from articles.wordpress import lists, posts, shortcodes
from articles.wordpress.head import Head
from articles.wordpress.posts import Item, Unreadable
from articles.wordpress.scan import Piece, Scanner

_SITE = ("wp:base_site_url", "wp:base_blog_url")
_UNSAVED = {"trash", "auto-draft", "inherit"}
_OUT = {"publish", "future"}
_WHY = {"private", "pending"}
_MOST_REUSABLE = 16 * 1024 * 1024  # signs of texts that several posts show


class WordPressExport(Export):
    kind = MovingRun.Kind.WORDPRESS

    def learn(self) -> None:
        self.head = Head()
        self.reusable: dict[str, str] = {}
        self.room = _MOST_REUSABLE
        self.seen = sqlite3.connect("")  # a file of its own, gone when it is closed: there may be millions
        self.seen.execute("CREATE TABLE guids (name BLOB PRIMARY KEY, number TEXT) WITHOUT ROWID")
        for piece, encoding in self._pieces():
            if piece.kind in _SITE:
                self._learn_site(piece, encoding)
            elif piece.kind == "item":
                if b"attachment" in piece.source:
                    self._learn_file(piece, encoding)
                elif b"wp_block" in piece.source:
                    self._learn_reusable(piece, encoding)
            elif piece.kind in {"wp:author", "wp:category"}:
                self._learn_head(piece, encoding)
        self._name()
        for names in self.head.too_deep():
            self.report.note("too_deep", line=0, title=names[-1], detail=" › ".join(names))

    def posts(self) -> Iterator[Post | None]:
        for piece, encoding in self._pieces():
            item = self._item(piece, encoding, is_told=True) if piece.kind == "item" else None
            if item and item.kind not in {"attachment", *self.options.kinds}:
                self.report.count("left")
                self.report.note("other_kind", line=item.line, title=item.title, detail=item.kind)
            yield self._post(item, self._twin(item)) if item and item.kind in self.options.kinds else None

    def close(self) -> None:
        super().close()
        self.seen.close()

    def _twin(self, item: Item) -> str:
        """Whose GUID the item has, if another had it before in these files: plugins that copy posts copy it too."""
        name = sha256(item.guid.encode()).digest()[:16]
        found = self.seen.execute("SELECT number FROM guids WHERE name = ?", [name]).fetchone() if item.guid else None
        if item.guid and not found:
            self.seen.execute("INSERT INTO guids VALUES (?, ?)", [name, item.number])
        return found[0] if found and found[0] != item.number else ""

    def lead_on(self) -> None:
        lists.lead_on(self.head, self.report)

    def _pieces(self) -> Iterator[tuple[Piece, str]]:
        for stream in self.streams():
            scanner = Scanner(stream)
            for piece in _to_the_break(scanner):
                self.has_read(scanner.read)
                yield piece, scanner.encoding

    def _name(self) -> None:
        """The site's name is fixed by the first thing that needs it, after its addresses were read."""
        self.name_site(",".join(sorted(self.hosts)))

    def _learn_site(self, piece: Piece, encoding: str) -> None:
        try:
            self.know_host(posts.element(piece, encoding).text or "")
        except Unreadable:
            return

    def _learn_file(self, piece: Piece, encoding: str) -> None:
        item = self._item(piece, encoding, is_told=False)
        if item and item.kind == "attachment":
            self._name()
            alt = item.meta.get("_wp_attachment_image_alt", "")
            self.files.know(Asked(item.number, item.file or item.guid, alt, item.excerpt), parent=item.parent)

    def _learn_reusable(self, piece: Piece, encoding: str) -> None:
        item = self._item(piece, encoding, is_told=False)
        if item and item.kind == "wp_block" and item.status == "publish" and not item.password:
            self.room -= len(item.content)
            if self.room >= 0:
                self.reusable[item.number] = item.content

    def _learn_head(self, piece: Piece, encoding: str) -> None:
        try:
            row = posts.element(piece, encoding)
        except Unreadable as error:
            self.report.note("unreadable", line=piece.line, title=piece.kind, detail=str(error))
            return
        if piece.kind == "wp:author":
            self.head.know_person(posts.person(row))
        else:
            self.head.know_category(posts.category(row), (row.findtext("{wp}term_id") or "").strip())

    def _item(self, piece: Piece, encoding: str, *, is_told: bool) -> Item | None:
        code, detail = "cut_off", ""
        if piece.is_whole:
            try:
                item = posts.item(posts.element(piece, encoding), line=piece.line, zone=self.zone)
            except Unreadable as error:
                code, detail = "unreadable", str(error)
            else:
                if is_told:
                    self.report.count("comment", item.comments)
                return item
        if is_told:
            self.report.count("left")
            self.report.note(code, line=piece.line, title="", detail=detail)
        return None

    def _post(self, item: Item, twin: str = "") -> Post:
        place, others = self.head.place_of(item)
        featured = item.meta.get("_thumbnail_id", "")
        return Post(
            number=item.number or _of_words(item),
            name="\n".join([self.key, item.guid or item.number or _of_words(item), *([item.number] if twin else [])]),
            title=item.title,
            slug=item.slug,
            line=item.line,
            at=item.at,
            written=lambda: shortcodes.plain_html(item.content, self.reusable),
            is_page=item.kind == "page",
            is_out=item.status in _OUT and not item.password,
            why="password" if item.password else item.status if item.status in _WHY else "",
            gone=item.status if item.status in _UNSAVED else "",
            standfirst=item.excerpt,
            place=place,
            tags=(*(term.name for term in item.terms if term.taxonomy == "post_tag"), *others),
            names=tuple(self.head.names_of(item)),
            lead=Asked(featured, "") if featured.isdigit() else None,
            language=_first(item, "language").partition("-")[0],
            group=_first(item, "post_translations"),  # of Polylang
            is_hidden_from_search=item.meta.get("_yoast_wpseo_meta-robots-noindex") == "1",
            addresses=tuple(self._old_addresses(item)),
            told=tuple(_told(item, twin)),
        )

    def _old_addresses(self, item: Item) -> list[str]:
        found = [f"/?p={item.number}"] if item.number.isdigit() else []
        if item.kind == "page" and found:
            found.append(f"/?page_id={item.number}")
        for address in (item.link, item.guid):
            try:
                parts = urlsplit(address)
            except ValueError:
                continue
            if parts.query and parts.netloc.lower().removeprefix("www.") in self.hosts:
                asked = parse_qs(parts.query).get("p", [""])[0]
                found += [f"/?p={asked}"] if asked.isdigit() else []
            elif not parts.query and (path := self.own_path(address)):
                found.append(path)
                found += _renamed(path, item.old_slugs)
        return list(dict.fromkeys(found))


def _renamed(path: str, slugs: Iterable[str]) -> list[str]:
    """The path as it was when the story had other slugs."""
    folder, slash = path.rstrip("/").rpartition("/")[0], "/" if path.endswith("/") else ""
    found = []
    for slug in slugs:
        with suppress(addresses.BadAddress):
            found.append(addresses.as_stored(f"{folder}/{slug}{slash}"))
    return found


def _told(item: Item, twin: str) -> Iterator[tuple[str, str]]:
    if item.is_sticky:
        yield "sticky", ""
    if item.status == "future" and item.at and item.at <= timezone.now() and not item.password:
        yield "overdue", f"{item.at:%Y-%m-%d %H:%M} UTC"
    if twin:
        yield "same_guid", twin


def _of_words(item: Item) -> str:
    """What names an item that has no number of its own."""
    return "x" + sha256("\n".join([item.title, item.link, str(item.at), item.content]).encode()).hexdigest()[:16]


def _first(item: Item, taxonomy: str) -> str:
    return next((term.slug for term in item.terms if term.taxonomy == taxonomy), "")


def _to_the_break(scanner: Scanner) -> Iterator[Piece]:
    """The pieces; a packed file that is cut off or broken ends with one that says so."""
    try:
        yield from scanner
    except BROKEN_PACKING:
        yield Piece("item", b"", scanner.line, is_whole=False)
