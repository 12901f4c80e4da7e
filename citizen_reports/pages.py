"""What all pages for witnesses have in common: strict headers, limits, one look, the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles.reading import Edition, Link, open_edition
from citizen_reports.uploads import SealingUpload
from safeguards import limits

# Where “leave this page” leads: somewhere that everybody may have open.
NEUTRAL_PAGE = "https://www.wikipedia.org/"
_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
# Per neighbourhood of the network, which may be one mobile company's whole city, or everybody who uses Tor.
_LIMITS = {
    "citizen_reports.send": ((60, timedelta(minutes=1)), (400, timedelta(hours=1))),
    "citizen_reports.receipt": ((20, timedelta(minutes=1)), (200, timedelta(hours=1))),
}
View = Callable[..., Any]


def for_witnesses(view: View) -> View:
    """GET, HEAD and POST; strict headers; no file of the request is ever written to the temporary folder."""

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [SealingUpload(request)]
        response = view(request, *args, **kwargs)
        for header, value in _HEADERS.items():
            response.headers[header] = value
        return response

    # No session and no cookie, so there is no standing that another site could borrow: what a cross-site request would
    # forge, the signed single-use token in the form decides.
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(csp(_POLICY)(handle)))


def not_for_search(view: View) -> View:
    """The same, and search engines keep away."""

    @wraps(view)
    def handle(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return for_witnesses(handle)


def edition_for(request: HttpRequest) -> Edition:
    """The paper in the language that ``?lang=`` asks for, if it has that edition and we speak it; else in its own."""
    wanted = request.GET.get("lang", "")
    edition = open_edition(wanted if wanted in dict(settings.LANGUAGES) else "")
    return edition if edition.is_offered else open_edition()


def languages_of(edition: Edition) -> list[Link]:
    """The languages that these pages can be read in."""
    spoken = (edition.site.language, *dict(settings.LANGUAGES))
    return [link for link in edition.editions if link.language in spoken]


def within_limits(request: HttpRequest, name: str) -> bool:
    """Counts one doing of `name`; False when too many came from the request's neighbourhood."""
    address = limits.client_address(request)
    return all(limits.hit(f"{name}.{per}", address, limit=limit, per=per) for limit, per in _LIMITS[name])


def too_many() -> str:
    return gettext("Very much is reaching us from your network just now. Please wait a few minutes and send it again.")


def not_now() -> str:
    return gettext("We cannot keep anything just now. Please choose your files again, and send it in a few minutes.")


def page(request: HttpRequest, template: str, edition: Edition, *, status: int = 200, **context: Any) -> HttpResponse:
    """One of ``templates/citizen_reports/``."""
    shown = {"edition": edition, "languages": languages_of(edition), "neutral_page": NEUTRAL_PAGE, **context}
    response = render(request, f"citizen_reports/{template}.html", shown, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = "120"
    return response
