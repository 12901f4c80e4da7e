"""The old addresses of lists: each category at each level, each tag, each person, by name and by number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from articles.models.moves import MovedThing
from articles.models.places import Section, Tag
from articles.models.published import PublishedPicture
from articles.moving import old_lists
from articles.moving.house import section_slug
from articles.moving.library import FILE
from articles.moving.old_lists import Pair, stored
from articles.wordpress.head import LEVELS, Head
from articles.wordpress.posts import Category, Person, Term


def of_categories(head: Head, folders: Iterable[str]) -> Iterator[Pair]:
    """A category that has no section of its own leads to the one above, else to the tag that it became.

    `folders`: what stood before the slug.
    """
    folders = list(folders)
    sections = set(Section.objects.order_by().values_list("path", flat=True))
    numbers = {slug: number for number, slug in head.numbers.items()}
    for category in head.categories.values():
        line = head.line_of(Term("category", category.slug, category.name))
        path, tag = _section(line, sections), None
        if not path:
            tag = Tag.objects.filter(name__named=old_lists.short(category.name)).first()
        if target := f"/{path}/" if path else tag.get_absolute_url() if tag else "":
            for folder in folders:
                for way in ways(line, folder):
                    yield from stored(way, target)
            if numbers.get(category.slug, "").isdecimal():
                yield f"/?cat={numbers[category.slug][:20]}", target


def ways(line: list[Category], folder: str) -> list[str]:
    """The addresses of a category's list: below those above it, and by itself."""
    return [f"/{folder}/{'/'.join(each.slug for each in line)}/", f"/{folder}/{line[-1].slug}/"]


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


def of_people(head: Head, above: str) -> Iterator[Pair]:
    """An address of mail is no address of a page: who signed in with one had another."""
    for person in head.persons:
        yield from _of(person, above)


def _of(person: Person, above: str) -> Iterator[Pair]:
    author = old_lists.author_called(person.name)
    if author is None:
        return
    if "@" not in person.login:
        yield from old_lists.of_person(author, person.login, above=above)
    if person.number.isdecimal():
        yield f"/?author={person.number[:20]}", author.get_absolute_url()


def of_files(key: str) -> Iterator[Pair]:
    """The pages of files that hang on no story: each leads to a story that shows the file."""
    things = MovedThing.objects.filter(source=key, kind=FILE, parent__in=["", "0"], number__isnull=False)
    for number, said in things.values_list("number", "said").iterator(chunk_size=500):
        shown = PublishedPicture.objects.filter(picture=number).order_by("pk") if said.get("page") else None
        path = shown.values_list("article__path", flat=True).first() if shown else None
        if path:
            yield said["page"], path
