from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from unicodedata import normalize
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_safe

from articles.models.published import PublishedArticle

View = Callable[..., Any]
Response = TypeVar("Response", bound=HttpResponse)
EVERY_PAGE = "site"  # what stands around every story: settings, menus, sections


class CameMeanwhile(Http404):
    """The story was not there when it was looked for, and was published before it was asked where it had gone."""


def for_readers(view: Callable[..., HttpResponse]) -> View:
    """A page for everybody: GET and HEAD alone, 304 to who has it already.

    A browser asks again each time, and so does a shared cache that nobody tells of changes: who has just published,
    corrected or killed a story sees it as it is now. One that is told (`settings.SURROGATE_SECONDS`) may keep it.

    A page has one address: those that have their accents apart, as many as there are ways to part them, lead to it.
    """

    def with_headers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        composed = normalize("NFC", request.path_info)
        if composed != request.path_info:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect("/" + quote(composed.lstrip("/")) + (f"?{query}" if query else ""))
        try:
            response = view(request, *args, **kwargs)
        except CameMeanwhile:
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", _cache_control())
        return response

    # Nothing is changed here; without the exemption another method would be told 403 and not 405.
    return csrf_exempt(require_safe(conditional_page(with_headers)))


def tagged(response: Response, *tags: str, stories: Iterable[PublishedArticle] = ()) -> Response:
    """Declares what the page hangs on: `tags` such as ``section:4``, and every story that it shows.

    A store of finished pages, or a cache in front that knows the header, throws it away when one of them changes; a
    page that declares nothing is kept by nobody.
    """
    shown = dict.fromkeys(f"article:{story.pk}" for story in stories)
    response.headers["Surrogate-Key"] = " ".join([EVERY_PAGE, *tags, *shown])
    return response


def _cache_control() -> str:
    if not settings.SURROGATE_SECONDS:
        return "public, max-age=0, must-revalidate"
    return f"public, max-age=0, s-maxage={settings.SURROGATE_SECONDS}, stale-while-revalidate=2, stale-if-error=86400"
