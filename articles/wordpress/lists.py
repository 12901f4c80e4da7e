"""The old addresses of lists: each category at each level, each person, by name and by number.

What hangs on them (feeds, further pages) is led on by rule: `articles.views.former`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils import timezone

from articles import addresses
from articles.models.places import Section
from articles.models.published import OldPath
from articles.moving.house import section_slug
from articles.moving.report import Report
from articles.wordpress.head import LEVELS, Head
from articles.wordpress.posts import Category, Person, Term
from authors.models import Author

_BATCH = 200
_NO_SLUG = re.compile(r"[^\w-]+")


def lead_on(head: Head, report: Report) -> None:
    """Writes a row for each address that has none, where readers find nothing of ours. Safe to run again."""
    pairs = list(dict([*_categories(head), *_people(head)]).items())
    for start in range(0, len(pairs), _BATCH):
        some = dict(pairs[start : start + _BATCH])
        taken = addresses.in_use(old for old in some if "?" not in old)
        taken |= set(OldPath.objects.filter(path__in=some).values_list("path", flat=True))
        rows = [
            OldPath(path=old, kind=OldPath.Kind.MOVED, target=target, at=timezone.now())
            for old, target in some.items()
            if old not in taken
        ]
        report.count("address", len(OldPath.objects.bulk_create(rows, ignore_conflicts=True)))


def _categories(head: Head) -> Iterator[tuple[str, str]]:
    """A category that has no section of its own leads to the one above."""
    sections = set(Section.objects.order_by().values_list("path", flat=True))
    numbers = {slug: number for number, slug in head.numbers.items()}
    for category in head.categories.values():
        line = head.line_of(Term("category", category.slug, category.name))
        if path := _section(line, sections):
            yield from _stored(f"/category/{'/'.join(each.slug for each in line)}/", f"/{path}/")
            yield from _stored(f"/category/{category.slug}/", f"/{path}/")
            if numbers.get(category.slug, "").isdecimal():
                yield f"/?cat={numbers[category.slug][:20]}", f"/{path}/"


def _section(line: list[Category], sections: set[str]) -> str:
    """The path of the section that a category became, or of the nearest above it; "" for none."""
    path = ""
    for category in line[:LEVELS]:
        slug = section_slug(category.slug, category.name)
        below = [f"{path}/{each}".lstrip("/") for each in (slug, f"{slug[:70]}-news")]
        found = next((each for each in below if each in sections), "")
        if not found:
            break
        path = found
    return path


def _people(head: Head) -> Iterator[tuple[str, str]]:
    for person in head.persons:
        name = " ".join(person.name.split())[:120]
        author = Author.objects.filter(name__named=name).order_by("pk").first() if name else None
        if author:
            yield from _of(person, author.get_absolute_url())


def _of(person: Person, target: str) -> Iterator[tuple[str, str]]:
    """An address of mail is no address of a page: who signed in with one had another."""
    slug = _NO_SLUG.sub("-", person.login.lower()).strip("-")
    if slug and "@" not in person.login:
        yield from _stored(f"/author/{slug}/", target)
    if person.number.isdecimal():
        yield f"/?author={person.number[:20]}", target


def _stored(old: str, target: str) -> Iterator[tuple[str, str]]:
    try:
        yield addresses.as_stored(old), target
    except addresses.BadAddress:
        return
