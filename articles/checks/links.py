"""Checks on links: those that lead nowhere on this site, and those that only the desk can follow."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext

from articles.checks.copy import Block, Copy
from articles.findings import Place
from articles.models.places import Section, Series, Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.site import Page
from authors.models import Author

Found = Iterator[tuple[str, str, Place | None]]  # field, message, place

MOST = 300  # links looked up
_INSIDE = frozenset({"localhost", "localhost.localdomain", "intranet"})
_INSIDE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home", ".intranet")
_DESK = re.compile(r"/(?:admin|accounts|preview)(?:/|\Z)")
_FEED = re.compile(r"/feeds/[a-z]+\.[a-z]+\Z")
# By the name of the page: whose it is, and where its stories are.
_NAMED = {"tag": (Tag, "published_rows"), "series": (Series, "stories"), "author": (Author, "published_rows")}


def desk_link(copy: Copy) -> Found:
    """A link that works for the desk alone: to the admin, to a preview, to somebody's own machine."""
    for block, start, end, parts in _links(copy):
        inside = _DESK.match(parts.path) if _is_ours(parts) else _is_inside(parts.hostname or "")
        if inside:
            message = gettext("Readers cannot follow this link: %(address)s") % {"address": parts.geturl()[:120]}
            yield "body", message, block.place(start, end)


def dead_link(copy: Copy) -> Found:
    """A link to an address of this site at which readers find nothing."""
    ours = [
        (block, start, end, unquote(parts.path or "/")) for block, start, end, parts in _links(copy)
        if _is_ours(parts) and not _DESK.match(parts.path)
    ][:MOST]  # fmt: skip
    dead = _dead({path for *_, path in ours}, copy)
    for block, start, end, path in ours:
        if path in dead:
            message = gettext("This link leads nowhere: %(address)s") % {"address": path[:120]}
            yield "body", message, block.place(start, end)


def _links(copy: Copy) -> Iterator[tuple[Block, int, int, SplitResult]]:
    for block in copy.blocks:
        for address, start, end in block.links:
            try:
                yield block, start, end, urlsplit(address)
            except ValueError:  # "http://[" is no address of anything
                continue


def _is_ours(parts: SplitResult) -> bool:
    if parts.netloc:
        return parts.netloc == urlsplit(settings.SITE_URL).netloc and parts.scheme in {"http", "https"}
    return not parts.scheme


def _is_inside(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host in _INSIDE or host.endswith(_INSIDE_ENDS)


def _dead(paths: Iterable[str], copy: Copy) -> set[str]:
    """Those paths at which readers find nothing, in seven queries at most."""
    places: set[str] = set()
    named: dict[str, dict[str, list[str]]] = {name: {} for name in _NAMED}  # name of the page -> slug -> paths
    dead: set[str] = set()
    for path in paths:
        if path.startswith(settings.STATIC_URL):
            continue
        match = _match(path)
        edition = match and match.kwargs.get("language")
        if match is None or (edition and edition not in copy.site.further_languages):
            dead.add(path)
        elif match.app_names == ["articles"] and match.url_name in _NAMED:
            named[match.url_name].setdefault(match.kwargs["slug"], []).append(path)
        elif match.app_names == ["articles"] and match.url_name in {None, "section_feed"}:
            places.add(path)
    for name, slugs in named.items():
        if slugs:
            model, stories = _NAMED[name]
            # The page is there for readers with its first story, which may be this one.
            has_stories = Q(**{f"{stories}__isnull": False}) | Q(pk__in=_own(name, copy))
            rows = model._default_manager.filter(has_stories, slug__in=slugs).values_list("slug", flat=True)
            known = set(rows.distinct())
            places |= {path for slug, several in slugs.items() if slug not in known for path in several}
    return dead | (places - _standing(places, copy) if places else set())


def _own(name: str, copy: Copy) -> list[int]:
    """The story's own tags, series or authors."""
    if name == "author":
        return [line["author"] for line in copy.content["bylines"] if line["author"]]
    return copy.content["tags"] if name == "tag" else [copy.content["series"] or 0]


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _standing(paths: set[str], copy: Copy) -> set[str]:
    """Those paths at which a story, a page or a section stands, or that lead on to where it is now."""
    standing = set(PublishedArticle.objects.filter(path__in=paths).values_list("path", flat=True))
    standing |= set(Page.objects.filter(path__in=paths).values_list("path", flat=True))
    left = paths - standing
    by_section = {_section_of(path, copy): path for path in left}
    known = set(Section.objects.filter(path__in=by_section).values_list("path", flat=True))
    standing |= {path for path in left if _section_of(path, copy) in known}
    left -= standing
    folders = {
        path: ["/" + "/".join(path.strip("/").split("/")[:depth]) + "/" for depth in range(1, 6)] for path in left
    }
    moved = OldPath.objects.filter(kind=OldPath.Kind.MOVED)
    asked = {*left, *(path.rstrip("/") for path in left), *(each for several in folders.values() for each in several)}
    rows = dict(moved.filter(path__in=asked).values_list("path", "is_prefix")) if left else {}
    return standing | {
        path for path in left
        if path in rows or path.rstrip("/") in rows or any(rows.get(folder) for folder in folders[path])
    }  # fmt: skip


def _section_of(path: str, copy: Copy) -> str:
    """The section that an address names, if it is one: ``news/europe`` of ``/fr/news/europe/feeds/rss.xml``."""
    first, _, rest = path.strip("/").partition("/")
    named = rest if first in copy.site.further_languages else path.strip("/")
    return _FEED.sub("", named)
