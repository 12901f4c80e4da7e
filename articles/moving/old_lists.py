"""The old addresses of lists, whichever system had them: a row for each, where readers find nothing of ours.

What hangs on them (feeds, further pages) is led on by rule: `articles.views.former`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils import timezone

from articles import addresses
from articles.models.places import Tag
from articles.models.published import OldPath
from articles.moving.report import Report
from authors.models import Author

_BATCH = 200
_NO_SLUG = re.compile(r"[^\w-]+")
Pair = tuple[str, str]  # an old address as it is stored, and where it leads


def lead_on(pairs: Iterable[Pair], report: Report) -> None:
    """Writes a row for each address that has none. Safe to run again."""
    for some in _batches(pairs):
        taken = addresses.in_use(old for old in some if "?" not in old)
        taken |= set(OldPath.objects.filter(path__in=some).values_list("path", flat=True))
        rows = [
            OldPath(path=old, kind=OldPath.Kind.MOVED, target=target, at=timezone.now())
            for old, target in some.items()
            if old not in taken
        ]
        report.count("address", len(OldPath.objects.bulk_create(rows, ignore_conflicts=True)))


def of_tags(tags: Iterable[Pair], folders: Iterable[str] = ("tag",)) -> Iterator[Pair]:
    """Of each tag that came: `tags` are its slug there and its name, `folders` what stood before the slug."""
    folders = list(folders)
    for some in _batches(tags):
        names = {slug: short(name) for slug, name in some.items()}
        known = {tag.name.casefold(): tag for tag in Tag.objects.filter(name__in=set(names.values()))}
        if others := sorted({name for name in names.values() if name and name.casefold() not in known}):
            called = {"name__named": others}  # all at once, since it reads the whole table
            found = Tag.objects.filter(**called).order_by("-pk")
            known = {tag.name.casefold(): tag for tag in found} | known
        for slug, name in names.items():
            if tag := known.get(name.casefold()):
                for folder in folders:
                    yield from stored(f"/{folder}/{slug}/", tag.get_absolute_url())


def is_known(old: str) -> bool:
    """Whether something is at an address, or leads on from it."""
    return any(
        addresses.in_use([path]) or OldPath.objects.filter(path__in=[path, path.rstrip("/")]).exists()
        for path, _target in stored(old, "")
    )


def short(name: str) -> str:
    """A tag's name as the house keeps it."""
    return name[:100].strip()


def of_person(author: Author, slug: str, *, above: str = "") -> Iterator[Pair]:
    """`slug` is what the person's list was called there; `above` is the path below which the old site lay."""
    if said := _NO_SLUG.sub("-", slug.lower()).strip("-"):
        yield from stored(f"{above}/author/{said}/", author.get_absolute_url())


def author_called(name: str) -> Author | None:
    name = " ".join(name.split())[:120]
    return Author.objects.filter(name__named=name).order_by("pk").first() if name else None


def stored(old: str, target: str) -> Iterator[Pair]:
    try:
        yield addresses.as_stored(old), target
    except addresses.BadAddress:
        return


def _batches(pairs: Iterable[Pair]) -> Iterator[dict[str, str]]:
    rows = iter(pairs)
    while some := dict(islice(rows, _BATCH)):
        yield some
