"""Reads WordPress exports: items as posts in our words."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils import timezone

from articles import addresses
from articles.models.moves import MovingRun
from articles.moving import old_lists
from articles.moving.exports import BROKEN_PACKING, Export, host_of
from articles.moving.media import original
from articles.moving.posts import Asked, Post
from articles.wordpress import lists, posts, shortcodes
from articles.wordpress.folders import Folders
from articles.wordpress.head import Head
from articles.wordpress.posts import Item, Person, Term, Unreadable
from articles.wordpress.scan import Piece, Scanner

_SITE = ("wp:base_site_url", "wp:base_blog_url")
_CREDIT = ("_media_credit", "_navis_media_credit_org")
_LEARNT = (b"attachment", b"wp_block", b"guest-author")
_UNSAVED = {"trash", "auto-draft", "inherit"}
_OUT = {"publish", "future"}
_WHY = {"private", "pending"}
_STATES = {*_UNSAVED, *_OUT, *_WHY, "draft"}
# What WordPress keeps of its own among the posts, thousands of it on some sites: counted by kind.
_ITS_OWN = {
    "nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache", "user_request", "wp_block",
    "wp_font_face", "wp_font_family", "wp_global_styles", "wp_navigation", "wp_template", "wp_template_part",
}  # fmt: skip
# Lists of the old site that are known here, and what WordPress and its plugins keep for themselves.
_TAXONOMIES = {
    "", "author", "category", "language", "nav_menu", "post_format", "post_tag", "post_translations", "term_language",
    "term_translations", "wp_pattern_category", "wp_theme", "yst_prominent_words",
}  # fmt: skip
_MOST_REUSABLE = 16 * 1024 * 1024  # signs of texts that several posts show


class WordPressExport(Export):
    kind = MovingRun.Kind.WORDPRESS

    def learn(self) -> None:
        self.head = Head()
        self.reusable: dict[str, str] = {}
        self.room = _MOST_REUSABLE
        self.seen = sqlite3.connect("")  # a file of its own, gone when it is closed: there may be millions
        self.seen.execute("CREATE TABLE guids (name BLOB PRIMARY KEY, number TEXT) WITHOUT ROWID")
        self.seen.execute("CREATE TABLE tags (slug TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID")
        self.folders = Folders()
        self.named: set[str] = set()
        self.above = ""  # the path below which the old site lay
        for piece, encoding in self._pieces():
            if piece.kind in _SITE:
                self._learn_site(piece, encoding)
            elif piece.kind == "item":
                self.folders.look(piece.source, self.hosts, self.head)
                if any(kind in piece.source for kind in _LEARNT):
                    self._learn_item(piece, encoding)
            elif piece.kind in {"wp:author", "wp:category", "wp:tag"}:
                self._learn_head(piece, encoding)
        self.hosts = self.hosts or self.named
        self._name()
        for names in self.head.too_deep():
            self.report.note("too_deep", line=0, title=names[-1], detail=" › ".join(names))

    def posts(self) -> Iterator[Post | None]:
        own: Counter[str] = Counter()
        for piece, encoding in self._pieces():
            item = self._item(piece, encoding, is_told=True) if piece.kind == "item" else None
            if item and item.kind not in {"attachment", "guest-author", *self.options.kinds}:
                self.report.count("left")
                if item.kind in _ITS_OWN:
                    own[item.kind] += 1
                else:
                    self.report.note("other_kind", line=item.line, title=item.title, detail=item.kind)
            yield self._post(item, self._twin(item)) if item and item.kind in self.options.kinds else None
        for kind, count in sorted(own.items()):
            self.report.note("other_kind", line=0, title="", detail=f"{kind} ({count})")
            self.report.count("note:other_kind", count - 1)

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
        above = f"{self.above}/".lstrip("/")
        of_categories = self._folders_of_categories(f"{above}category")
        of_tags = self.folders.of(self._tags_among)
        found = self.seen.execute("SELECT slug, name FROM tags")
        for pairs in (
            lists.of_categories(self.head, [f"{above}category", *of_categories]),
            old_lists.of_tags(self.looking(found), [f"{above}tag", *of_tags]),
            lists.of_people(self.head, self.above),
            lists.of_files(self.key),
        ):
            old_lists.lead_on(self.looking(pairs), self.report)

    def _folders_of_categories(self, usual: str) -> list[str]:
        """What stands before several slugs in links; else, unless that is the usual, before a single one."""
        known = {unquote(slug): slug for slug in self.head.categories}
        found = self.folders.of(lambda slugs: len(slugs & known.keys()))
        if found or usual in self.folders:
            return found
        lines = {
            name: self.head.line_of(Term("category", known[slug], "")) for name, slug in self.folders.of_one(known)
        }
        pages = {name for name, line in lines.items() if any(map(old_lists.is_known, lists.ways(line, name)))}
        return [name for name in lines if name not in pages]

    def _know_tag(self, slug: str, name: str) -> None:
        if slug:
            self.seen.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", [unquote(slug), old_lists.short(name)])

    def _tags_among(self, slugs: set[str]) -> int:
        marks = ", ".join("?" * len(slugs))
        return int(self.seen.execute(f"SELECT COUNT(*) FROM tags WHERE slug IN ({marks})", [*slugs]).fetchone()[0])  # noqa: S608  # marks alone

    def _pieces(self) -> Iterator[tuple[Piece, str]]:
        for stream in self.streams():
            scanner = Scanner(stream)
            for piece in _to_the_break(scanner):
                self.has_read(scanner.read)
                yield piece, scanner.encoding

    def _name(self) -> None:
        """The site's name is fixed by the first thing that needs it, after its addresses were read."""
        self.name_site(",".join(sorted(self.named)))

    def _learn_site(self, piece: Piece, encoding: str) -> None:
        """Of several sites in a network the "site" is that, as wordpress.com: links to it do not lead to the paper."""
        try:
            address = (posts.element(piece, encoding).text or "").strip()
        except Unreadable:
            return
        if host := host_of(address):
            self.named.add(host)
            if piece.kind == "wp:base_blog_url":
                self.hosts.add(host)
                path = urlsplit(address).path.strip("/")
                self.above = f"/{path}" if path else ""

    def _learn_item(self, piece: Piece, encoding: str) -> None:
        """A file, a text that several posts show, a person without an account."""
        item = self._item(piece, encoding, is_told=False)
        if item is None:
            return
        if item.kind == "attachment":
            self._learn_file(item)
        elif item.kind == "wp_block" and item.status == "publish" and not item.password:
            self.room -= len(item.content)
            if self.room >= 0:
                self.reusable[item.number] = item.content
        elif item.kind == "guest-author" and item.title:
            self.head.know_person(Person(item.meta.get("cap-user_login") or item.slug.removeprefix("cap-"), item.title))

    def _learn_file(self, item: Item) -> None:
        self._name()
        alt = item.meta.get("_wp_attachment_image_alt", "")
        page = self.own_path(item.link) if item.parent in {"", "0"} and "?" not in item.link else ""
        credit = ", ".join(filter(None, (item.meta.get(name) for name in _CREDIT)))  # of plugins of newsrooms
        asked = Asked(item.number, original(item.file or item.guid), alt, item.excerpt, credit)
        self.files.know(asked, parent=item.parent, page=page)

    def _learn_head(self, piece: Piece, encoding: str) -> None:
        try:
            row = posts.element(piece, encoding)
        except Unreadable as error:
            self.report.note("unreadable", line=piece.line, title=piece.kind, detail=str(error))
            return
        if piece.kind == "wp:author":
            self.head.know_person(posts.person(row))
        elif piece.kind == "wp:tag":
            self._know_tag(*posts.tag(row))
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
        for term in item.terms:
            if term.taxonomy == "post_tag":
                self._know_tag(term.slug, term.name)
        featured, is_for_some = item.meta.get("_thumbnail_id", ""), posts.is_for_some(item.meta)
        return Post(
            number=item.number or _of_words(item),
            name="\n".join([self.key, item.guid or item.number or _of_words(item), *([item.number] if twin else [])]),
            title=item.title,
            slug=item.slug,
            line=item.line,
            at=item.at,
            written=lambda: shortcodes.plain_html(item.content, self.reusable, item.meta.get("footnotes", "")),
            is_page=item.kind == "page",
            is_out=item.status in _OUT and not item.password and not is_for_some,
            why="password" if item.password else item.status if item.status in _WHY else "members" * is_for_some,
            gone=item.status if item.status in _UNSAVED else "",
            standfirst=shortcodes.without_shortcodes(item.excerpt),
            place=place,
            tags=(*(term.name for term in item.terms if term.taxonomy == "post_tag"), *others),
            names=tuple(self.head.names_of(item)),
            lead=Asked(featured, "") if featured.isdigit() else None,
            language=_first(item, "language").partition("-")[0],
            group=_first(item, "post_translations"),  # of Polylang
            is_hidden_from_search=item.meta.get("_yoast_wpseo_meta-robots-noindex") == "1",
            addresses=tuple(self._old_addresses(item)),
            told=tuple(_told(item, twin, is_open=not is_for_some and not item.password)),
            changed=item.changed,
            in_feeds="" if twin else item.guid,
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


def _told(item: Item, twin: str, *, is_open: bool) -> Iterator[tuple[str, str]]:
    if item.is_sticky:
        yield "sticky", ""
    if item.status == "future" and item.at and item.at <= timezone.now() and is_open:
        yield "overdue", f"{item.at:%Y-%m-%d %H:%M} UTC"
    if item.status not in _STATES:
        yield "state", item.status
    if twin:
        yield "same_guid", twin
    terms = [f"{term.taxonomy}: {term.name}" for term in item.terms if term.taxonomy not in _TAXONOMIES]
    if terms:
        yield "terms", ", ".join(terms)
    if fields := posts.fields(item.meta):
        yield "fields", ", ".join(fields)
    # Of podcasts; WordPress itself notes here what a text links to.
    enclosure = item.meta.get("enclosure", "").split("\n")[0].strip()
    if enclosure and enclosure.rpartition("/")[2] not in item.content:
        yield "dropped", f"enclosure {enclosure}"


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
