"""The files of the old site, and which picture of the library each became. Taken when a story first needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from articles.models.moves import MovedThing
from articles.moving.media import Source, names_of
from articles.moving.posts import Asked
from articles.moving.report import Report
from articles.moving.texts import in_words
from images import library
from images.models import Picture
from images.pixels import PictureRefused
from safeguards.stores import StoreAway

FILE = "file"
_BATCH = 500
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif", ".tif", ".tiff")


class Files:
    """`key` names the old site, once it is known; on a trial (`writes` is False) nothing is put into the library."""

    def __init__(self, source: Source, report: Report, *, writes: bool, rights: dict[str, str]) -> None:
        self.key = ""
        self.source = source
        self.report = report
        self.writes = writes
        self.rights = rights
        self._waiting: list[MovedThing] = []

    def know(self, asked: Asked, *, parent: str, page: str = "") -> None:
        """A file that the export lists: its address and words, for the stories that will ask for it.

        `page` is the old address of a page of its own.
        """
        name = next(iter(names_of(asked.url)), "")[:190]
        said = {**_said(asked), **({"page": page} if page else {})}
        self._waiting.append(
            MovedThing(source=self.key, kind=FILE, foreign=asked.number, said=said, parent=parent[:20], name=name)
        )
        if len(self._waiting) >= _BATCH:
            self.all_known()

    def all_known(self) -> None:
        MovedThing.objects.bulk_create(self._waiting, ignore_conflicts=True)
        self._waiting.clear()

    def of_post(self, number: str) -> list[int]:
        """All pictures of a gallery that names none: those that were uploaded with the post."""
        rows = self._rows().filter(parent=number).order_by("pk")[:100]
        return [mine for mine in (self._taken(row, "") for row in rows) if mine is not None]

    def of_numbers(self, numbers: Iterable[str]) -> list[int]:
        found = (self.picture(Asked(number, "")) for number in list(numbers)[:100])
        return [mine for mine in found if mine is not None]

    def picture(self, asked: Asked) -> int | None:
        """The library's picture for what a text names; None, and a word in the report, where there is none.

        Raises `safeguards.stores.StoreAway`: then it can be had later.
        """
        row = self._rows().filter(foreign=asked.number).first() if asked.number else None
        if row is None and asked.url:
            row = self._by_url(asked)
        return self._taken(row, asked.alt) if row else None

    def _rows(self) -> Any:
        return MovedThing.objects.filter(source=self.key, kind=FILE)

    def _by_url(self, asked: Asked) -> MovedThing | None:
        """Files that the export does not list are known by their address from here on."""
        names = names_of(asked.url)
        if not names or not urlsplit(asked.url).path.lower().endswith(_PICTURES):
            return None
        known = self._rows().filter(name__in=[name[:190] for name in names]).order_by("pk").first()
        new = MovedThing(
            source=self.key, kind=FILE, foreign=f"@{names[0]}"[:190], name=names[0][:190], said=_said(asked)
        )
        return known or new

    def _taken(self, row: MovedThing, alt: str) -> int | None:
        if row.number:
            known = Picture.objects.filter(pk=row.number).values_list("alt_text", flat=True).first()
            if alt and known == "" and self.writes:  # taken by one that said nothing of it
                Picture.objects.filter(pk=row.number, alt_text="").update(alt_text=alt[:250])
            if known is not None:
                return row.number
        url = str(row.said.get("url", ""))
        if not names_of(url) or not urlsplit(url).path.lower().endswith(_PICTURES):
            return None
        file = self.source.open(url)
        if file is None:
            return None
        with file:
            if not self.writes:
                return 0
            name = url.rpartition("/")[2]
            try:
                credit = row.said.get("credit", "")
                picture = library.add(
                    file, filename=name, actor=None, alt_text=row.said.get("alt") or alt[:250],
                    caption=row.said.get("caption", ""), **(self.rights | ({"credit": credit} if credit else {})),
                )  # fmt: skip
            except PictureRefused as refused:
                if isinstance(refused.__cause__, StoreAway):
                    raise refused.__cause__ from None  # the picture is good: the whole run waits
                self.report.note("bad_picture", line=0, title=name, detail=str(refused))
                return None
        row.number = picture.pk
        row.save()
        self.report.count("picture")
        return picture.pk


def _said(asked: Asked) -> dict[str, str]:
    return {
        "url": asked.url, "alt": asked.alt[:250], "caption": in_words(asked.caption)[:600],
        **({"credit": asked.credit[:160]} if asked.credit else {}),
    }  # fmt: skip
