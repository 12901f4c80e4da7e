"""Reads Ghost's export: rows of ``posts`` as posts in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from articles import addresses
from articles.ghost import bodies
from articles.ghost.relations import GhostTag, Relations, text
from articles.ghost.scan import Row, Scanner
from articles.models.moves import MovingRun
from articles.moving import old_lists
from articles.moving.exports import BROKEN_PACKING, Export
from articles.moving.house import section_slug
from articles.moving.posts import Asked, Place, Post, bounded

_CODE = ("codeinjection_head", "codeinjection_foot", "ghost_head", "ghost_foot")
_OUT = {"published", "scheduled"}


class GhostExport(Export):
    kind = MovingRun.Kind.GHOST

    def learn(self) -> None:
        self.relations = Relations()
        self.know_host(self.options.site)
        for row in self._rows({"settings", *Relations.TABLES}):
            if row.problem:
                self._tell(row)
            elif row.table == "settings":
                self._learn_setting(text(row.fields, "key"), text(row.fields, "value"))
            else:
                self.relations.know(row.table, row.fields)
        self.name_site(",".join(sorted(self.hosts)))
        said = gettext("Import them as subscribers: from the CSV file that Ghost’s page “Members” exports.")
        self.report.note("members_list", line=0, title="", detail=said)

    def close(self) -> None:
        super().close()
        self.relations.close()

    def posts(self) -> Iterator[Post | None]:
        for row in self._rows({"posts"}):
            yield None if row.problem else self._post(row)

    def lead_on(self) -> None:
        tags = old_lists.of_tags(self.looking(self.relations.lists("tags")))
        old_lists.lead_on(self.looking(tags), self.report)
        old_lists.lead_on(self.looking(self._people()), self.report)

    def _people(self) -> Iterator[old_lists.Pair]:
        for slug, name in self.relations.lists("people"):
            if author := old_lists.author_called(name):
                yield from old_lists.of_person(author, slug)

    def _rows(self, tables: set[str]) -> Iterator[Row]:
        for stream in self.streams():
            scanner = Scanner(stream, tables)
            try:
                for row in scanner:
                    self.has_read(scanner.read)
                    yield row
            except BROKEN_PACKING:
                yield scanner.cut_off()

    def _tell(self, row: Row) -> None:
        """What cannot be read, with its place: Ghost writes all of a file on one line, so the line says little."""
        self.report.count("left", row.table == "posts")
        said = {"table": row.table, "row": row.number, "byte": row.byte, **row.fields}
        if row.fields:
            detail = gettext("table “%(table)s”, row %(row)d, from byte %(byte)d: %(error)s") % said
        else:
            detail = gettext("table “%(table)s”, row %(row)d, from byte %(byte)d") % said
        self.report.note(row.problem, line=row.line, title="", detail=detail)

    def _learn_setting(self, key: str, value: str) -> None:
        if key == "db_hash" and value:
            self.name_site(f"ghost {value}")
        elif key in {"timezone", "active_timezone"}:
            try:
                self.zone = ZoneInfo(value)
            except (ValueError, LookupError, OSError):
                return  # the paper's own, then
        elif key in _CODE and value:
            self.report.note("code", line=0, title="", detail=key)

    def _post(self, row: Row) -> Post:
        said = row.fields
        number, slug, status = text(said, "id"), text(said, "slug"), text(said, "status")
        is_page = text(said, "type") == "page" or bool(said.get("page"))
        meta, tags = self.relations.meta_of(number), self.relations.tags_of(number)
        public = [tag for tag in tags if tag.is_public]
        at = _moment(said.get("published_at")) or (None if status in _OUT else _moment(said.get("created_at")))
        why = _why(said, status, meta)
        uuid = text(said, "uuid")
        return Post(
            number=uuid or number,
            name=uuid or f"{self.key}\n{number}",
            title=text(said, "title"),
            slug=slug,
            line=row.line,
            at=at,
            written=lambda: bodies.written(said),
            is_page=is_page,
            is_out=status in _OUT and not why and (at is not None or status != "scheduled"),
            why=why,
            standfirst=text(said, "custom_excerpt"),
            place=_place(public[0]) if public else None,
            tags=tuple(tag.name for tag in public[1:]),
            names=tuple(self.relations.names_of(number, else_of=text(said, "author_id"))),
            lead=_lead(said, meta),
            language=(text(said, "locale") or text(said, "language"))[:2].lower(),
            addresses=tuple(self._old_addresses(said, slug, None if is_page else at)),
            told=tuple(self._told(said, tags)),
            changed=_moment(said.get("updated_at")),
            in_feeds=number,
        )

    def _told(self, said: Mapping[str, Any], tags: list[GhostTag]) -> Iterator[tuple[str, str]]:
        code = [name for name in _CODE if text(said, name)]
        if code:
            yield "code", ", ".join(code)
        internal = [tag.name for tag in tags if not tag.is_public]
        if internal:
            yield "internal_tag", ", ".join(internal)
        canonical = text(said, "canonical_url")
        if canonical and not self._is_own(canonical):
            yield "elsewhere", canonical

    def _is_own(self, address: str) -> bool:
        return address.startswith(("/", "__GHOST_URL__")) or bool(self.own_path(address))

    def _old_addresses(self, said: Mapping[str, Any], slug: str, at: datetime | None) -> list[str]:
        """Ghost's two kinds of addresses, with and without the day on its own clock, and the one it was given."""
        canonical = text(said, "canonical_url").replace("__GHOST_URL__", "")
        wanted = [f"/{slug}/", canonical if canonical.startswith("/") else self.own_path(canonical)]
        if at:
            wanted.insert(1, f"/{at.astimezone(self.zone):%Y/%m/%d}/{slug}/")
        found = []
        for address in wanted if slug else wanted[-1:]:
            try:
                found += [addresses.as_stored(address)] if address else []
            except addresses.BadAddress:
                continue
        return list(dict.fromkeys(found))


def _place(tag: GhostTag) -> Place:
    return Place((section_slug(tag.slug, tag.name),), (tag.name,), (f"/tag/{tag.slug}/",))


def _why(said: Mapping[str, Any], status: str, meta: Mapping[str, Any]) -> str:
    """Why it was not for everybody on the web; "" if it was, or is a plain draft."""
    if status == "sent" or meta.get("email_only"):
        return "mail_only"
    return "" if text(said, "visibility") in {"", "public"} else "members"


def _lead(said: Mapping[str, Any], meta: Mapping[str, Any]) -> Asked | None:
    address = (text(said, "feature_image") or text(said, "image")).replace("__GHOST_URL__", "")
    alt, caption = text(meta, "feature_image_alt"), text(meta, "feature_image_caption")
    return Asked("", address, alt, caption) if address else None


def _moment(said: Any) -> datetime | None:
    """Ghost has written times in milliseconds, as SQL does and as ISO 8601; all are UTC."""
    try:
        if isinstance(said, (int, float)):
            found = datetime.fromtimestamp(said / 1000, UTC)
        else:
            found = datetime.fromisoformat(said or "")
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return bounded(found if found.tzinfo else found.replace(tzinfo=UTC))
