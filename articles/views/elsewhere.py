"""Addresses that lead to nothing published: moved, withdrawn, killed, or never there."""

import re
from unicodedata import normalize

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from articles import paths
from articles.models.places import Section
from articles.models.published import OldPath, PublishedArticle
from articles.reading import Edition, open_edition
from articles.views.former import led_on
from articles.views.readers import CameMeanwhile, tagged

NEWEST = 5  # stories offered to who came in vain
_STORY = re.compile(r"/(.+)/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^/]+/?")


def address(request: HttpRequest) -> str:
    """The path as stored: decoded, its accents composed (some systems send them apart)."""
    return normalize("NFC", request.path_info)


def elsewhere(request: HttpRequest, *, below: str = "", is_text: bool = False) -> HttpResponse:
    """What is true of an address now: 301 to where it leads on, 410 for a story taken off. Raises ``Http404``.

    `below` ends the address of a page that hangs on a story (``history/``) and goes where the story went; whoever is in
    the text edition stays there.
    """
    path = address(request).removeprefix(paths.TEXT if is_text else "")
    old, rest = _find(path), ""
    if not old and below:
        old, rest = _find(path.removesuffix(below)), below
    if not old:
        came_meanwhile = _STORY.fullmatch(path) and PublishedArticle.objects.filter(path=path).exists()
        if came_meanwhile:
            raise CameMeanwhile
        if not is_text and (onward := led_on(request, path)):
            return onward
        raise Http404
    if old.kind == OldPath.Kind.MOVED:
        query = request.META.get("QUERY_STRING", "")
        rest = path[len(old.path) :] if old.is_prefix else rest
        target = old.target + rest
        if old.target.startswith("/"):
            # Of a prefix that leads to the front, "//evil.example/" would be left: another host, to a browser.
            target = "/" + target.lstrip("/\\")
        target = paths.text_path(target) if is_text else target
        response = HttpResponsePermanentRedirect(target + (f"?{query}" if query else ""))
        return tagged(response, *_tags(old))
    # The notice is all that is said of a killed story, and of a withdrawn one that it was here.
    edition = open_edition(old.language)
    section = _section_of(old, edition)
    stories = PublishedArticle.objects.filter(language=edition.language, **({"section": section} if section else {}))
    newest = list(stories.newest_first().cards()[:NEWEST])
    context = {"edition": edition, "old": old, "section": section, "newest": newest}
    page = render(request, "articles/text/missing.html" if is_text else "410.html", context, status=410)
    further = f"section:{section.pk}" if section else f"front:{edition.language}"
    return tagged(page, *_tags(old), further, stories=newest)


def _section_of(old: OldPath, edition: Edition) -> Section | None:
    """The section that a story's old address lies in; None where there is none of that name any more."""
    folder = _STORY.fullmatch(old.path.removeprefix(edition.path.rstrip("/")))
    return Section.objects.filter(path=folder[1]).select_related("parent").first() if folder else None


def _tags(old: OldPath) -> list[str]:
    return [f"article:{old.article_number}"] if old.article_number else []


def _find(path: str) -> OldPath | None:
    """The row of this very address, with or without its last slash; else that of the nearest folder that moved."""
    segments = path.strip("/").split("/")
    folders = ["/" + "/".join(segments[:depth]) + "/" for depth in range(1, len(segments))]
    rows = {row.path: row for row in OldPath.objects.filter(path__in=[path, path.rstrip("/"), *folders])}
    exact = rows.get(path) or rows.get(path.rstrip("/"))
    if exact:
        return exact
    for folder in reversed(folders):
        row = rows.get(folder)
        # A folder that moved into itself would lead round in a circle.
        if row and row.is_prefix and not row.target.startswith(row.path):
            return row
    return None
