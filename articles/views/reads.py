"""Where a page tells that it was read. No cookie is set or asked for, nothing of who reads is kept."""

import re
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import reads
from safeguards import limits
from safeguards.numbers import whole

# What calls itself no reader. Those that do not say so are few: they would have to run our script and stay.
# Cubot makes phones.
MACHINES = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|headless|preview|monitor|lighthouse|scan|fetch|archiv|curl|wget|python|java/|go-http|okhttp",
    re.IGNORECASE,
)


@csrf_exempt
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Takes a story's number as the whole body; 204 whatever comes of it, and no query.

    No read is counted of those who ask not to be (Global Privacy Control, ``Sec-GPC``; ``DNT``), of machines, and none
    that another site's page sends.
    """
    number = whole(request.read(19).decode("ascii", "replace"))
    if number is not None and _is_from_our_page(request) and may_be_counted(request):
        reads.tally.count(number, address=limits.client_address(request))
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _is_from_our_page(request: HttpRequest) -> bool:
    """By what browsers put beside every request, which no page can change; older ones send the origin alone."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def may_be_counted(request: HttpRequest) -> bool:
    """It comes from no machine that says so, and from nobody who asks not to be followed (``Sec-GPC``, ``DNT``)."""
    if request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1":
        return False
    agent = request.headers.get("User-Agent", "")
    return bool(agent) and not MACHINES.search(agent)
