"""What every request passes, besides Django's own. Readers' pages never touch a session here."""

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from articles.views import errors
from newsroom import refusing
from newsroom.headers import kind_of
from safeguards.stores import StoreAway

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
    """The Content-Security-Policy of the address's kind; under the desk's it may carry a nonce.

    A page's one inline style is allowed by its hash, which ``critical_style`` of the templates leaves at the request.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            parts.config = dict(kind_of(request.path_info).policy)
        if not report_only and hasattr(request, "critical_style"):
            update = parts.update or {}
            styles = update.get("style-src", [])
            parts.update = {**update, "style-src": [*styles, request.critical_style]}
        return parts


def desk_comfort(get_response: Handler) -> Handler:
    """The desk speaks each person's language (a stranger's browser's) and shows times in their zone."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(DESK):
            return get_response(request)
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            timezone.activate(ZoneInfo(request.user.time_zone))
        else:
            translation.activate(translation.get_language_from_request(request))
        return get_response(request)

    return handle


class DatabaseAway:
    """A database or a store of files that does not answer makes 503 with a time to come again, not 500: it passes.

    A full disk makes 507, and a body that breaks off 408, which `slow_clients` says in words.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if refusing.is_full_disk(exception):
            log.error("the disk is full: %s", type(exception).__name__)
            return refusing.refused(request, 507)
        if isinstance(exception, (OperationalError, InterfaceError)):
            log.warning("the database does not answer: %s", type(exception).__name__)
            return errors.unavailable(request)
        if isinstance(exception, StoreAway):
            log.warning("the store of files is away: %s", exception)
            return errors.unavailable(request)
        return HttpResponse(status=408) if isinstance(exception, UnreadablePostError) else None
