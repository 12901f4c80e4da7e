"""Addresses that lead to nothing published: moved, withdrawn, killed, or never there."""

from unicodedata import normalize

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from articles.models.published import OldPath
from articles.reading import open_edition
from articles.views.readers import tagged


def address(request: HttpRequest) -> str:
    """The path as stored: decoded, its accents composed (some systems send them apart)."""
    return normalize("NFC", request.path_info)


def elsewhere(request: HttpRequest, *, below: str = "") -> HttpResponse:
    """What is true of an address now: 301 to where it leads on, 410 for a story taken off. Raises ``Http404``.

    `below` ends the address of a page that hangs on a story (``history/``) and goes where the story went.
    """
    path = address(request)
    old, rest = _find(path), ""
    if not old and below:
        old, rest = _find(path.removesuffix(below)), below
    if not old:
        raise Http404
    if old.kind == OldPath.Kind.MOVED:
        query = request.META.get("QUERY_STRING", "")
        rest = path[len(old.path) :] if old.is_prefix else rest
        response = HttpResponsePermanentRedirect(old.target + rest + (f"?{query}" if query else ""))
        return tagged(response, *_tags(old))
    # The notice is all that is said of a killed story, and of a withdrawn one that it was here.
    page = render(request, "410.html", {"edition": open_edition(old.language), "old": old}, status=410)
    return tagged(page, *_tags(old))


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
