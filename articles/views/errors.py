import sys
import time
from collections import deque
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from articles import paths
from articles.languages import LANGUAGES
from articles.models.published import PublishedArticle
from articles.reading import open_edition
from articles.search import likely
from articles.views.elsewhere import NEWEST, address
from articles.views.readers import tagged

_guesses: deque[float] = deque(maxlen=5)  # moments of the last
_OF_READERS = frozenset({"archive", "author", "authors", "pages", "series", "tag", "tags"})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the language of the edition that the address is below, with what may have been looked for.

    Only readers' addresses are looked at so: who asks for a picture or for the desk in vain is told no more than that.
    So is who comes in a flood of made-up addresses; that page is kept by nobody. 503 when the database is away.
    """
    try:
        return _not_found(request)
    except (OperationalError, InterfaceError):  # a handler's own errors come to no middleware
        return unavailable(request)


def _not_found(request: HttpRequest) -> HttpResponse:
    path = address(request)
    is_text = path.startswith(f"{paths.TEXT}/")
    path = path.removeprefix(paths.TEXT) if is_text else path
    first = path.split("/")[1]
    edition = open_edition(first if first in LANGUAGES else "")
    if not edition.is_offered:
        edition = open_edition()
    context: dict[str, Any] = {"edition": edition}
    shown: list[PublishedArticle] = []
    is_readers = first in LANGUAGES or first not in paths.RESERVED or first in _OF_READERS
    may_guess = is_readers and _may_guess()
    if may_guess:
        found = likely.stories(path, language=edition.language, zone=edition.zone)
        newest = PublishedArticle.objects.filter(language=edition.language).newest_first().cards()[: 2 * NEWEST]
        latest = [story for story in newest if story not in found][:NEWEST]
        context |= {"wanted": likely.words_of(path), "likely": found, "newest": latest}
        shown = [*found, *latest]
    page = render(request, "articles/text/missing.html" if is_text else "404.html", context, status=404)
    return tagged(page, "missing", stories=shown) if may_guess or not is_readers else page


def _may_guess() -> bool:
    """Few readers come in vain at the same moment: more than five a second, in one process, are none."""
    now = time.monotonic()
    if len(_guesses) == _guesses.maxlen and now - _guesses[0] < 1:
        return False
    _guesses.append(now)
    return True


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without the database; 503 where that is what has failed, in a session that cannot be read for example."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        return unavailable(request)
    _speak(request)
    return HttpResponse(render_to_string("500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 without the database, which does not answer just now."""
    _speak(request)
    return HttpResponse(
        render_to_string("503.html"), status=503, headers={"Retry-After": "5", "Cache-Control": "no-store"}
    )


def _speak(request: HttpRequest) -> None:
    """The address's language; where it names none, what was spoken when this went wrong."""
    if named := named_language(request):
        translation.activate(named)


def named_language(request: HttpRequest) -> str:
    """That the address names, by ``?lang=`` or by its edition; "" where it names none. Asks no database."""
    try:
        asked = request.GET.get("lang", "")
    except TooManyFieldsSent:
        asked = ""
    first, second = [*request.path_info.split("/"), "", ""][1:3]
    of_text = second if f"/{first}" == paths.TEXT else ""
    return next((each for each in (asked, first, of_text) if each in dict(settings.LANGUAGES)), "")
