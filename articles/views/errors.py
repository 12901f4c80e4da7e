from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from articles.languages import LANGUAGES
from articles.reading import open_edition
from articles.views.readers import tagged


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the language of the edition that the address is below."""
    first = request.path_info.split("/")[1]
    edition = open_edition(first if first in LANGUAGES else "")
    if not edition.is_offered:
        edition = open_edition()
    return tagged(render(request, "404.html", {"edition": edition}, status=404), "missing")


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without the database, which may be what has failed."""
    _speak(request)
    return HttpResponse(render_to_string("500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 without the database, which does not answer just now."""
    _speak(request)
    return HttpResponse(
        render_to_string("503.html"), status=503, headers={"Retry-After": "5", "Cache-Control": "no-store"}
    )


def _speak(request: HttpRequest) -> None:
    first = request.path_info.split("/")[1]
    translation.activate(first if first in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
