"""Where the picture and the links of counted letters lead. A reader is led on whatever comes of the count."""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Callable

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.encoding import escape_uri_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from articles.views.reads import may_be_counted
from subscriptions import opens

log = logging.getLogger(__name__)
# A GIF of one transparent pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


@csrf_exempt  # nothing is posted here: 405, as to every other method
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The invisible picture of a letter; 404 for a forged address."""
    delivery = _genuine(token, opens.PICTURE)
    _count(request, lambda: opens.opened(delivery))
    return HttpResponse(PIXEL, content_type="image/gif", headers=_KEPT_BY_NOBODY)


@csrf_exempt  # nothing is posted here: 405, as to every other method
@require_safe
def onward(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
    """On to the page of ours that the address names, if we wrote it: for good, even if the letter is long forgotten."""
    path = f"/{rest}"
    delivery = _genuine(token, path)
    _count(request, lambda: opens.followed(delivery, path))
    return HttpResponseRedirect(escape_uri_path(path), headers=_KEPT_BY_NOBODY)


def _genuine(token: str, path: str) -> int:
    delivery = opens.read(token, path)
    if delivery is None or (path and not opens.is_here(path)):
        raise Http404
    return delivery


def _count(request: HttpRequest, count: Callable[[], None]) -> None:
    """Unless somebody only looks ahead, or asks not to be counted."""
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if request.method != "GET" or "prefetch" in ahead or not may_be_counted(request):
        return
    try:
        count()
    except DatabaseError:  # worth no reader's page
        log.warning("a letter was not counted")
