"""What stood before the slugs of categories and tags in their addresses: a setting that no export names.

It is guessed from the links in texts: what stands before several slugs of categories is the folder of categories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import unquote

from articles.wordpress.head import Head
from articles.wordpress.posts import Term

_MOST_FOLDERS, _MOST_SLUGS = 500, 100
_FEWEST = 2  # a single one may be a page that is called like a category


class Folders:
    """Shown each piece of a first pass, once the head is known; asked when all slugs are."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}
        self._hosts: Collection[str] = ()
        self._link = re.compile(b"")

    def look(self, source: bytes, hosts: Collection[str], head: Head) -> None:
        if not hosts:
            return
        if hosts != self._hosts:
            names = b"|".join(re.escape(host.encode()) for host in sorted(hosts))
            self._hosts = frozenset(hosts)
            self._link = re.compile(rb"https?://(?:www\.)?(?:%s)/([^\s\"'<>?#&\\\[\]]{3,300})" % names)
        for path in self._link.findall(source):
            self._note(path.decode("utf-8", "replace").strip("/").split("/"), head)

    def _note(self, segments: list[str], head: Head) -> None:
        *folder, slug = segments
        if "." in slug or any(part.isdecimal() for part in segments):
            return  # a file, a date, a further page
        if slug in head.categories:
            above = [each.slug for each in head.line_of(Term("category", slug, slug))[:-1]]
            folder = folder[: -len(above)] if above and folder[-len(above) :] == above else folder
        if not folder or folder[-1] in head.categories:
            return  # a story in the folder of its category
        name = "/".join(folder)
        if name in self._seen or len(self._seen) < _MOST_FOLDERS:
            slugs = self._seen.setdefault(name, set())
            if len(slugs) < _MOST_SLUGS:
                slugs.add(unquote(slug))

    def __contains__(self, name: str) -> bool:
        return name in self._seen

    def of_one(self, known: Collection[str]) -> list[tuple[str, str]]:
        """Those below which a single address is linked to, with its slug, where that is one of the `known`."""
        single = ((name, *slugs) for name, slugs in self._seen.items() if len(slugs) == 1)
        return [(name, slug) for name, slug in single if slug in known]

    def of(self, known: Callable[[set[str]], int]) -> list[str]:
        """Those that stand before several slugs, of which most are known. `known` counts them."""
        counted = ((name, slugs, known(slugs)) for name, slugs in self._seen.items())
        return [name for name, slugs, count in counted if count >= _FEWEST and count * 2 > len(slugs)]
