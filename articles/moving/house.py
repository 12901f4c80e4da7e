"""The old site's people, categories and tags as the new one's authors, sections and tags. What is there is used."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from articles import actions_site, addresses, paths
from articles.models.places import Section, Tag
from articles.models.published import OldPath
from articles.models.site import Page
from articles.moving.posts import Place
from articles.slugs import slugify
from articles.snapshots import Line
from authors.models import Author

_SLUG = re.compile(r"[^\w-]+")


class House:
    """Asked by each post; makes rows when they are first needed. `fallback` is the section of posts that have none."""

    def __init__(self, *, fallback: Section, writes: bool) -> None:
        self.fallback = fallback
        self.writes = writes
        self.section = cache(self._section)
        self.author = cache(self._author)
        self.tags = Tags()

    def forget(self) -> None:
        """After a transaction that was taken back: rows that were made in it are not there."""
        self.section.cache_clear()
        self.author.cache_clear()
        self.tags.forget()

    def close(self) -> None:
        self.tags.close()

    def section_of(self, place: Place | None) -> Section | None:
        """None on a dry run for one yet to be made."""
        return self.section(place) if place else self.fallback

    def _section(self, place: Place) -> Section | None:
        """As `section_of`; the address of the old site's list leads to it from now on, unless something is there."""
        section = self._found_or_made(place)
        if section and self.writes:
            try:
                old = addresses.as_stored(place.lists[-1])
            except addresses.BadAddress:
                return section
            if not addresses.in_use([old]):
                kept = {"kind": OldPath.Kind.MOVED, "target": f"/{section.path}/", "at": timezone.now()}
                OldPath.objects.get_or_create(path=old, defaults=kept)
        return section

    def _found_or_made(self, place: Place) -> Section | None:
        found = Section.objects.select_related("parent").filter(path="/".join(place.slugs)).first()
        if found or not self.writes:
            return found
        above = self.section(Place(*(part[:1] for part in place))) if len(place.slugs) > 1 else None
        section = Section(parent=above, name=place.names[-1][:80], slug=place.slugs[-1])
        try:
            section.clean()
            if not above and Page.desk.filter(slug=section.slug).exists():
                raise ValidationError(gettext("A page has this address."))
        except ValidationError:
            section.slug = f"{section.slug[:70]}-news"
            there = Section.objects.filter(path=section.make_path()).first()
            if there:
                return there
        return actions_site.save_section(section, actor=None)

    def lines_of(self, names: Iterable[str]) -> list[Line]:
        return [self.author(name) for name in dict.fromkeys(names) if name]

    def tags_of(self, names: Iterable[str]) -> list[int]:
        """Their numbers, in order."""
        return sorted(self.tags.numbers(short for name in names if (short := name[:100].strip())))

    def _author(self, name: str) -> Line:
        name = " ".join(name.split())[:120]
        author = Author.objects.filter(name__named=name).order_by("pk").first()
        if not author and self.writes:
            slug = base = slugify(name) or "author"
            number = 1
            while Author.objects.filter(slug=slug).exists():
                number += 1
                slug = f"{base[:110]}-{number}"
            author = Author.objects.create(name=name, slug=slug)
        return Line(author=author.pk if author else None, name=author.name if author else name, credit="")


class Tags:
    """The paper's tags by their names in any case. To look for each in the table would read all of that each time.

    They wait in a temporary database, since an old site may have any number.
    """

    def __init__(self) -> None:
        self._known: sqlite3.Connection | None = None
        self._made: set[str] = set()

    def numbers(self, names: Iterable[str]) -> set[int]:
        """Those of one post; tags that are not there yet are made, as they are written first."""
        self._made.clear()
        return {self._number(name) for name in names}

    def forget(self) -> None:
        """After a transaction that was taken back: what was made for the last post is not there."""
        for name in self._made:
            self._rows().execute("DELETE FROM tags WHERE name = ?", [name])

    def close(self) -> None:
        if self._known:
            self._known.close()

    def _number(self, name: str) -> int:
        folded = name.casefold()
        if found := self._rows().execute("SELECT number FROM tags WHERE name = ?", [folded]).fetchone():
            return int(found[0])
        tag = Tag.objects.filter(name=name).first() or Tag.objects.create(name=name)
        self._rows().execute("INSERT INTO tags VALUES (?, ?)", [folded, tag.pk])
        self._made.add(folded)
        return tag.pk

    def _rows(self) -> sqlite3.Connection:
        if self._known is None:
            self._known = sqlite3.connect("")  # a file of its own, gone when it is closed
            self._known.execute("CREATE TABLE tags (name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID")
            tags = Tag.objects.order_by("-pk").values_list("name", "pk").iterator(chunk_size=1000)
            folded = ((name.casefold(), number) for name, number in tags)
            self._known.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?)", folded)
        return self._known


def section_slug(slug: str, name: str) -> str:
    """The address that a category had, as far as an address of ours can be it."""
    found = _SLUG.sub("-", unquote(slug)).strip("-")[:80] or slugify(name) or "section"
    return f"{found}-news" if found.lower() in paths.RESERVED else found
