"""What every request passes, besides Django's own. Readers' pages never touch a session here."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from articles.views import errors

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
DESK = ("/admin/", "/accounts/")


def site_language(get_response: Handler) -> Handler:
    """Every request begins in the default language and time zone, whatever the thread did before."""

    def handle(request: HttpRequest) -> HttpResponse:
        translation.activate(settings.LANGUAGE_CODE)
        timezone.deactivate()
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return handle


class ContentPolicy(CSPMiddleware):
    """The Content-Security-Policy: strict everywhere; under the desk's addresses it may carry a nonce.

    A page's one inline style is allowed by its hash, which ``critical_style`` of the templates leaves at the request.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path.startswith(DESK) and parts.config is None:
            parts.config = settings.DESK_CONTENT_SECURITY_POLICY["DIRECTIVES"]
        if not report_only and hasattr(request, "critical_style"):
            update = parts.update or {}
            styles = update.get("style-src", [])
            parts.update = {**update, "style-src": [*styles, request.critical_style]}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
        )
        return super().process_response(request, response)


def desk_comfort(get_response: Handler) -> Handler:
    """The desk speaks each person's language (a stranger's browser's) and shows times in their zone; never cached."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(DESK):
            return get_response(request)
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            timezone.activate(ZoneInfo(request.user.time_zone))
        else:
            translation.activate(translation.get_language_from_request(request))
        response = get_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return handle


class DatabaseAway:
    """A database that does not answer makes 503 with a time to come again, not 500: nothing is broken, it passes."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, InterfaceError)):
            log.warning("the database does not answer: %s", type(exception).__name__)
            return errors.unavailable(request)
        return None
