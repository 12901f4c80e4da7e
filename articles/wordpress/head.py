"""What the head of an export says of people and categories, for the items that name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from articles.moving.house import section_slug
from articles.moving.posts import Place
from articles.wordpress.posts import Category, Item, Person, Term

# What WordPress calls the category of posts that have none, by its translations; Polylang puts a language behind.
NONE_OF_ITS_OWN = re.compile(
    r"(?:uncategori[sz]ed|non-classee?|sin-categor[ií]a|sem-categoria|senza-categoria|allgemein|nicht-kategorisiert|"
    r"geen-categorie|bez-kategorii|bez-kategorie|nezarazene|nezaradene|okategoriserade?|ukategoriser(?:et|t)|"
    r"ikke-kategoriseret|yleinen|luokittelematon|genel|egyeb|kategorizalatlan|fara-categorie|necategorizat|"
    r"nekategorizirano|nesvrstano|без-рубрики|без-категорії|некатегоризирано|некатегоризовано|"
    r"χωρίς-κατηγορία|μη-κατηγοριοποιημένο|غير-مصنف|غير-مصنفة|بدون-تصنيف|دسته‌بندی-نشده|دسته-بندی-نشده|כללי|"
    r"未分类|未分類|미분류)(?:-[a-z]{2})?"
)
LEVELS = 2  # of sections
_PRIMARY = ("_yoast_wpseo_primary_category", "rank_math_primary_category")


def _is_none(slug: str) -> bool:
    return bool(NONE_OF_ITS_OWN.fullmatch(unquote(slug)))


class Head:
    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.persons: list[Person] = []
        self.categories: dict[str, Category] = {}
        self.numbers: dict[str, str] = {}  # a category's number in WordPress → its slug

    def know_person(self, person: Person) -> None:
        self.people[person.login] = person.name
        self.persons.append(person)

    def know_category(self, category: Category, number: str) -> None:
        self.categories[category.slug] = category
        self.numbers[number] = category.slug

    def place_of(self, item: Item) -> tuple[Place | None, list[str]]:
        """The section, and the names of other categories and of those too deep to be one, which become tags.

        The category that an SEO plugin calls the main one, else the first.
        """
        terms = [term for term in item.terms if term.taxonomy == "category" and not _is_none(term.slug)]
        if not terms:
            return None, []
        wanted = next((self.numbers[item.meta[key]] for key in _PRIMARY if item.meta.get(key) in self.numbers), "")
        main = next((term for term in terms if term.slug == wanted), terms[0])
        deeper = [each.name or each.slug for each in self.line_of(main)[LEVELS:]]
        others = list(dict.fromkeys([*deeper, *(term.name for term in terms if term != main)]))
        place = self._place(main)
        above = {name.casefold() for name in place.names}
        return place, [name for name in others if name.casefold() not in above]

    def too_deep(self) -> Iterator[list[str]]:
        """Categories that become tags, each with the names of all above it."""
        for slug in self.categories:
            line = self.line_of(Term("category", slug, slug))
            if len(line) > LEVELS:
                yield [each.name or each.slug for each in line]

    def line_of(self, term: Term) -> list[Category]:
        """A category with all above it, from the top; what circles is cut."""
        line = [self.categories.get(term.slug) or Category(term.slug, term.name, "", "")]
        while (above := self.categories.get(line[0].parent)) and above not in line and len(line) < 10:
            line.insert(0, above)
        return line

    def _place(self, term: Term) -> Place:
        """Where a category lies; of more than two levels the first two."""
        line = self.line_of(term)
        whole = "/".join(each.slug for each in line)
        lists = (f"/category/{line[0].slug}/", f"/category/{whole}/")
        line = line[:LEVELS]
        return Place(
            tuple(section_slug(each.slug, each.name) for each in line),
            tuple(each.name or each.slug for each in line),
            lists[-len(line) :],
        )

    def names_of(self, item: Item) -> list[str]:
        """Authors whom a plugin (Co-Authors Plus) names, where there are any, else who wrote the item.

        It names people by what they sign in with, and those without an account by their slug.
        """
        named = [
            self.people.get(term.name) or self.people.get(term.slug.removeprefix("cap-")) or term.name
            for term in item.terms
            if term.taxonomy == "author" and term.name
        ]
        return named or [self.people.get(item.author, item.author)]
