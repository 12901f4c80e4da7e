"""Which headers an answer carries, by its address: one table, for every status, errors and redirects included.

A view may say more exactly how long readers' pages are kept (`articles.views.readers`). What is private is never kept,
whatever a view says, and errors that pass are not either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from citizen_reports import pages as witnesses

Handler = Callable[[HttpRequest], HttpResponse]

ASK_EACH_TIME = "public, max-age=0, must-revalidate"
NO_STORE = "no-store"
# What a browser may keep of an address that was asked for in vain, or that leads on.
_LASTING = frozenset({200, 203, 204, 206, 301, 302, 303, 304, 307, 308, 404, 410, 416})
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}


@dataclass(frozen=True)
class Kind:
    """A kind of address. ``keeps``: how answers are kept unless the view says; of a private one always."""

    name: str
    keeps: str = ASK_EACH_TIME
    is_private: bool = False
    referrer: str = "strict-origin-when-cross-origin"
    resource: str = "same-origin"  # who may show it as part of a page: Cross-Origin-Resource-Policy
    frame: str = "SAMEORIGIN"
    policy: Mapping[str, Any] = field(default_factory=lambda: settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])


# Addresses there carry tokens, or name stories that are not published. Not "no-referrer": forms would come without an
# origin, and the check against forged ones refuses that.
DESK = Kind(
    "desk", "private, no-store", is_private=True, referrer="same-origin",
    policy=settings.DESK_CONTENT_SECURITY_POLICY["DIRECTIVES"],
)  # fmt: skip
WITNESS = Kind("witness", NO_STORE, is_private=True, referrer="no-referrer", frame="DENY", policy=witnesses.POLICY)
# Forms of readers and what is sent by signed links.
FORM = Kind("form", NO_STORE, is_private=True, referrer="no-referrer")
# The picture in letters that are counted: mailboxes on the web show it on their own pages.
OPENED = Kind("opened", NO_STORE, is_private=True, referrer="no-referrer", resource="cross-origin")
# For programs: hooks, counters, those who watch the machine.
MACHINE = Kind("machine", NO_STORE, is_private=True, referrer="no-referrer")
# Pictures, films, fonts and icons: letters, feeds and other people's pages may show them.
FILE = Kind("file", resource="cross-origin")
STATIC = Kind("static")
# What witnesses' pages are made of. A browser that kept it would say that somebody was there, and when, though its
# history was deleted.
WITNESS_STATIC = Kind("witness static", NO_STORE, is_private=True, referrer="no-referrer")
PAGE = Kind("page")

# The first that fits counts.
KINDS: tuple[tuple[str, Kind], ...] = (
    ("/admin/", DESK),
    ("/accounts/", DESK),
    ("/report/", WITNESS),
    ("/subscribe/opened/", OPENED),
    ("/subscribe/", FORM),
    ("/corrections/report/", FORM),
    ("/hooks/", MACHINE),
    ("/health/", MACHINE),
    ("/metrics", MACHINE),
    ("/read/", MACHINE),
    ("/pictures/", FILE),
    ("/fonts/", FILE),
    ("/favicon.ico", FILE),
    ("/apple-touch-icon.png", FILE),
    (f"{settings.STATIC_URL}report/", WITNESS_STATIC),
    (settings.STATIC_URL, STATIC),
    ("/", PAGE),
)


def kind_of(path: str) -> Kind:
    return next(kind for begins, kind in KINDS if path.startswith(begins))


def headers_by_route(get_response: Handler) -> Handler:
    """Outermost, so that no answer is without them, whoever made it."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kind = kind_of(request.path_info)
        told = response.headers
        for name, value in EVERYWHERE.items():
            told[name] = value
        told["Referrer-Policy"], told["X-Frame-Options"] = kind.referrer, kind.frame
        told["Cross-Origin-Resource-Policy"] = kind.resource
        if kind.is_private:
            told["Cache-Control"] = kind.keeps
        elif response.status_code not in _LASTING:
            told["Cache-Control"] = NO_STORE
        else:
            told.setdefault("Cache-Control", kind.keeps)
        return response

    return handle
