"""Old addresses that the desk writes down itself: what may be one, and where one may lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from unicodedata import category, normalize
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.translation import gettext

from articles import paths
from articles.models.places import Section, Series, Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.site import Page, SiteSettings
from authors.models import Author

LONGEST = 400
LONGEST_CHAIN = 20
_LISTS = {"author": Author, "tag": Tag, "series": Series}


class BadAddress(ValueError):
    """Its ``str()`` says to an editor what is wrong with an address."""


def as_stored(text: str, *, own_site_only: bool = False) -> str:
    """The path as `OldPath` keeps it: decoded, composed, without host. Raises `BadAddress`.

    A whole address is taken for its path; with `own_site_only` only one that lies on this site.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = parts.netloc
    except ValueError as broken:
        raise BadAddress(gettext("This is no address.")) from broken
    if host and own_site_only and host.lower() != urlsplit(settings.SITE_URL).netloc.lower():
        raise BadAddress(gettext("This leads to another site. Old addresses lead on within this one."))
    if parts.scheme not in {"", "http", "https"} or (host and not parts.scheme):
        raise BadAddress(gettext("This is no address."))
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise BadAddress(gettext("Leave out what comes after ? or #."))
    path = normalize("NFC", unquote(parts.path))
    if not path.startswith("/"):
        raise BadAddress(gettext("Begin with a slash: /culture/2019/ferry/"))
    if "//" in path or "\\" in path or {".", ".."} & {*path.split("/")}:
        raise BadAddress(gettext("This is no address."))
    if any(category(sign)[0] == "C" or sign == "\ufffd" for sign in path):
        raise BadAddress(gettext("There are characters in it that no address has."))
    if len(path) > LONGEST:
        raise BadAddress(gettext("At most %(count)d characters.") % {"count": LONGEST})
    return path


def in_use(candidates: Iterable[str]) -> set[str]:
    """Those of `candidates` at which readers find something now; the number of queries does not grow with them."""
    wanted = set(candidates)
    found = set(PublishedArticle.objects.filter(path__in=wanted).values_list("path", flat=True))
    found |= set(Page.objects.filter(path__in=wanted).values_list("path", flat=True))
    site = SiteSettings.load()
    fronts = {
        paths.section_path(section, language=language, main_language=site.language)
        for section in Section.objects.order_by().values_list("path", flat=True)
        for language in site.languages
    }
    found |= wanted & fronts
    slugs: dict[str, dict[str, str]] = {name: {} for name in _LISTS}
    for path in wanted - found:
        try:
            match = resolve(path)
        except Resolver404:
            continue
        name, is_ours = match.url_name or "", match.namespace == "articles"
        if is_ours and name in _LISTS:
            slugs[name][match.kwargs["slug"]] = path
        elif is_ours and match.kwargs.get("language"):
            language = match.kwargs["language"]
            if name and language in site.languages and language != site.language:
                found.add(path)
        elif name or not is_ours:
            found.add(path)
    for name, by_slug in slugs.items():
        if by_slug:
            known = _LISTS[name]._default_manager.filter(slug__in=by_slug).values_list("slug", flat=True)
            found |= {by_slug[slug] for slug in known}
    return found


def folders(path: str) -> list[str]:
    """The addresses that `path` lies below, the site's own front left out: ``/a/``, ``/a/b/`` for ``/a/b/c/``."""
    segments = path.strip("/").split("/")
    return ["/" + "/".join(segments[:depth]) + "/" for depth in range(1, len(segments))]


class Judge:
    """Whether some old addresses may lead where they are to lead: asked of many at once, with few queries.

    `said` is the whole list that the pairs are from: an address that it sends on is followed to the end.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], said: Mapping[str, str] | None = None) -> None:
        pairs = list(pairs)
        self.said = said or {}
        targets = {step for _old, new in pairs for step in self._way(new)}
        olds = {old for old, _new in pairs}
        self.live = in_use(olds | targets)
        rows = OldPath.objects.filter(path__in=olds | targets)
        self.rows = {row.path: row for row in rows}

    def target_of(self, old: str, new: str, *, is_prefix: bool) -> str:
        """Where `old` is to lead, chains made short. Raises `BadAddress` where that cannot be."""
        if old in self.live:
            raise BadAddress(gettext("Readers find something at the old address now; it cannot lead elsewhere."))
        row = self.rows.get(old)
        if row and (row.article_number or row.kind != OldPath.Kind.MOVED):
            raise BadAddress(gettext("This is the old address of a story, which keeps it by itself."))
        end = self._end(new)
        if end == old:
            raise BadAddress(gettext("This would lead round in a circle."))
        if is_prefix:
            if not old.endswith("/") or not end.endswith("/"):
                raise BadAddress(gettext("With all below it, both addresses end with a slash."))
            back = OldPath.objects.filter(path__in=[end, *folders(end)], is_prefix=True, target__startswith=old)
            if end.startswith(old) or back.exists():
                raise BadAddress(gettext("This would lead round in a circle."))
        return end

    def _way(self, new: str) -> list[str]:
        """`new` and where the list sends it on to, step by step."""
        way = [new]
        while len(way) < LONGEST_CHAIN and (further := self.said.get(way[-1])) and further not in way:
            way.append(further)
        return way

    def _end(self, new: str) -> str:
        way = self._way(new)
        for step in way:
            if step in self.live:
                return step
        row = self.rows.get(way[-1])
        if row and row.kind != OldPath.Kind.MOVED:
            raise BadAddress(gettext("The story at the new address has been taken off."))
        if not row:
            raise BadAddress(gettext("Readers find nothing at the new address."))
        return row.target
