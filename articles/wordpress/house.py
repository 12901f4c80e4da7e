"""The old site's people, categories and tags as the new one's authors, sections and tags. What is there is used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from articles import actions_site, paths
from articles.actions import names_to_tags
from articles.models.places import Section, Tag
from articles.models.site import Page
from articles.slugs import slugify
from articles.snapshots import Line
from articles.wordpress.posts import Category, Person, Post, Term
from authors.models import Author

NONE_OF_ITS_OWN = {"uncategorized", "uncategorised", "non-classe", "sin-categoria", "allgemein"}
_PRIMARY = ("_yoast_wpseo_primary_category", "rank_math_primary_category")
_SLUG = re.compile(r"[^\w-]+")


class Place(NamedTuple):
    """A section's path in the making: slugs and names from the top, at most two."""

    slugs: tuple[str, ...]
    names: tuple[str, ...]


class House:
    """Filled from the head of the export, asked by each post; makes rows when they are first needed.

    `fallback` is the section of posts that have none.
    """

    def __init__(self, *, fallback: Section, writes: bool) -> None:
        self.fallback = fallback
        self.writes = writes
        self.people: dict[str, str] = {}
        self.categories: dict[str, Category] = {}
        self.numbers: dict[str, str] = {}  # a category's number in WordPress → its slug
        self.section = cache(self._section)
        self.author = cache(self._author)

    def forget(self) -> None:
        """After a transaction that was taken back: rows that were made in it are not there."""
        self.section.cache_clear()
        self.author.cache_clear()

    def know_person(self, person: Person) -> None:
        self.people[person.login] = person.name

    def know_category(self, category: Category, number: str) -> None:
        self.categories[category.slug] = category
        self.numbers[number] = category.slug

    def section_of(self, post: Post) -> tuple[Section | None, list[str]]:
        """The section (None on a dry run for one yet to be made), and the names of other categories, which become tags.

        The category that an SEO plugin calls the main one, else the first.
        """
        terms = [term for term in post.terms if term.taxonomy == "category" and term.slug not in NONE_OF_ITS_OWN]
        if not terms:
            return self.fallback, []
        wanted = next((self.numbers[post.meta[key]] for key in _PRIMARY if post.meta.get(key) in self.numbers), "")
        main = next((term for term in terms if term.slug == wanted), terms[0])
        others = [term.name for term in terms if term != main]
        place = self.place(main)
        above = {name.casefold() for name in place.names}
        return self.section(place), [name for name in others if name.casefold() not in above]

    def place(self, term: Term) -> Place:
        """Where a category lies; of more than two levels the first two, and what circles is cut."""
        line = [self.categories.get(term.slug) or Category(term.slug, term.name, "", "")]
        while line[0].parent in self.categories and len(line) < 10:
            line.insert(0, self.categories[line[0].parent])
        line = line[:2]
        return Place(
            tuple(_slug(each.slug, each.name) for each in line), tuple(each.name or each.slug for each in line)
        )

    def _section(self, place: Place) -> Section | None:
        found = Section.objects.select_related("parent").filter(path="/".join(place.slugs)).first()
        if found or not self.writes:
            return found
        above = self.section(Place(place.slugs[:1], place.names[:1])) if len(place.slugs) > 1 else None
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

    def lines_of(self, post: Post) -> list[Line]:
        """The byline: guest authors of a plugin (Co-Authors Plus) where there are any, else who wrote the post."""
        guests = [term.name for term in post.terms if term.taxonomy == "author" and term.name]
        names = [self.people.get(name, name) for name in guests] or [self.people.get(post.author, post.author)]
        return [self.author(name) for name in dict.fromkeys(names) if name]

    def _author(self, name: str) -> Line:
        name = " ".join(name.split())[:120]
        author = Author.objects.filter(name__iexact=name).order_by("pk").first()
        if not author and self.writes:
            slug = base = slugify(name) or "author"
            number = 1
            while Author.objects.filter(slug=slug).exists():
                number += 1
                slug = f"{base[:110]}-{number}"
            author = Author.objects.create(name=name, slug=slug)
        return Line(author=author.pk if author else None, name=author.name if author else name, credit="")

    def tags_of(self, post: Post, further: Iterable[str]) -> list[Tag]:
        names = [term.name for term in post.terms if term.taxonomy == "post_tag"]
        return names_to_tags(name[:100] for name in [*names, *further])


def _slug(slug: str, name: str) -> str:
    """The address that the category had, as far as an address of ours can be it."""
    found = _SLUG.sub("-", unquote(slug)).strip("-")[:80] or slugify(name) or "section"
    return f"{found}-news" if found.lower() in paths.RESERVED else found
