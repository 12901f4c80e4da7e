"""What all pages for witnesses have in common: strict headers, limits, one look, the language asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles.reading import Edition, Link, open_edition
from articles.views.errors import named_language
from citizen_reports.models import IntakeForm
from citizen_reports.uploads import SealingUpload
from safeguards import limits

log = logging.getLogger(__name__)
FORM_STAYS_OPEN = timedelta(hours=24)
POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    # One script of our own, its worker, and where it sends files: only here, and all works without.
    "script-src": [SELF],
    "worker-src": [SELF],
    "connect-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
# Per neighbourhood of the network, which may be one mobile company's whole city, or everybody who uses Tor.
_LIMITS = {
    "citizen_reports.send": ((60, timedelta(minutes=1)), (400, timedelta(hours=1))),
    # Without the proof of work that the script brings along.
    "citizen_reports.send_unproved": ((30, timedelta(minutes=1)), (200, timedelta(hours=1))),
    "citizen_reports.upload": ((120, timedelta(minutes=1)), (1000, timedelta(hours=1))),
    "citizen_reports.upload_mb": ((8000, timedelta(hours=1)),),
    "citizen_reports.receipt": ((20, timedelta(minutes=1)), (200, timedelta(hours=1))),
}
View = Callable[..., Any]


def with_headers(response: HttpResponse) -> HttpResponse:
    """The same answer, kept by nobody and telling no other site of itself."""
    for header, value in _HEADERS.items():
        response.headers[header] = value
    return response


def for_witnesses(view: View) -> View:
    """GET, HEAD and POST; strict headers; no file of the request is ever written to the temporary folder.

    Without the database whatever was sent comes back.
    """

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.upload_handlers = [SealingUpload(request)]
        try:
            return with_headers(view(request, *args, **kwargs))
        except (OperationalError, InterfaceError) as away:
            if request.method != "POST":
                raise
            log.warning("a witness could not be heard: %s", type(away).__name__)
            return with_headers(_not_now(request))

    # No session and no cookie, so there is no standing that another site could borrow: what a cross-site request would
    # forge, the signed single-use token in the form decides.
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(csp(POLICY)(handle)))


def not_for_search(view: View) -> View:
    """The same, and search engines keep away."""

    @wraps(view)
    def handle(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return for_witnesses(handle)


def edition_for(request: HttpRequest, among: Sequence[str] = ()) -> Edition:
    """The paper in the language that ``?lang=`` asks for, if it has that edition and we speak it; else in its own.

    Where `among` names languages, it is one of them.
    """
    wanted = request.GET.get("lang", "")
    if among and wanted not in among:
        wanted = among[0]
    edition = open_edition(wanted if wanted in dict(settings.LANGUAGES) else "")
    return edition if edition.is_offered else open_edition()


def in_same_language(request: HttpRequest, address: str) -> str:
    """The address, asking for the language that the request asks for."""
    language = request.GET.get("lang", "")
    return f"{address}?{urlencode({'lang': language})}" if language else address


def languages_of(edition: Edition, among: Sequence[str] = ()) -> list[Link]:
    """The languages that these pages can be read in; where `among` names some, those of them."""
    spoken = (edition.site.language, *dict(settings.LANGUAGES))
    return [link for link in edition.editions if link.language in spoken and (not among or link.language in among)]


def token_name(intake: IntakeForm) -> str:
    """For `safeguards.form_tokens`: the tokens of one form are of no use to another."""
    return f"citizen_reports.report.{intake.pk}"


def within_limits(request: HttpRequest, name: str, *, times: int = 1) -> bool:
    """Counts doings of `name`; False when too many came from the request's neighbourhood."""
    address = limits.client_address(request)
    return all(limits.hit(f"{name}.{per}", address, limit=limit, per=per, times=times) for limit, per in _LIMITS[name])


def too_many() -> str:
    return gettext("Very much is reaching us from your network just now. Please wait a few minutes and send it again.")


def not_now() -> str:
    return gettext("We cannot keep anything just now. Please choose your files again, and send it in a few minutes.")


def _not_now(request: HttpRequest) -> HttpResponse:
    """503, made without the database: all that was typed, as a form that can be sent again. Files must be chosen anew.

    Going back would not do: pages for witnesses are kept nowhere, so a browser asks for the form again, in vain.
    """
    if named := named_language(request):
        translation.activate(named)
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != "body"]
    shown = {"words": not_now(), "fields": sent, "text": request.POST.get("body"), "exit": settings.REPORT_EXIT_URL}
    response = render(request, "citizen_reports/not_now.html", shown, status=503)
    response.headers["Retry-After"] = "120"
    return response


def page(
    request: HttpRequest, template: str, edition: Edition, *, status: int = 200, among: Sequence[str] = (),
    **context: Any,
) -> HttpResponse:  # fmt: skip
    """One of ``templates/citizen_reports/``; `among` as for `languages_of`."""
    shown = {"edition": edition, "languages": languages_of(edition, among), "exit": settings.REPORT_EXIT_URL, **context}
    response = render(request, f"citizen_reports/{template}.html", shown, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = "120"
    return response
