"""The door for mail services and servers elsewhere: ``POST /hooks/mail/`` with the mail (RFC 5322) as its body.

Signed with the setting ``REPORTS_HOOK_KEY``::

    X-Newsroom-Timestamp: seconds since 1970
    X-Newsroom-Digest:    SHA-256 of the body, hexadecimal
    X-Newsroom-Signature: HMAC-SHA-256 under the key of "<timestamp>.<digest>", hexadecimal

The signature is checked before a byte of the body is read, so strangers cannot make us read. 202: the mail is safely
kept, or was here before. 400: the body is not what was signed. 401: no good signature, or one of more than five minutes
ago. 413: larger than 35 MB. 503: not now; send it again.
"""

import hashlib
import hmac
import time

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from citizen_reports.mail import receiving
from safeguards.numbers import whole

WINDOW = 300
DOOR = "hook"


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """See above. A sending that is repeated changes nothing."""
    if not settings.REPORTS_HOOK_KEY:
        raise Http404
    digest = request.headers.get("X-Newsroom-Digest", "").lower()
    if not _is_signed(request, digest):
        return _say(401, "The signature is missing, wrong or too old.")
    raw = request.read(receiving.LARGEST + 1)
    if len(raw) > receiving.LARGEST:
        return _say(413, "The mail is larger than 35 MB.")
    if hashlib.sha256(raw).hexdigest() != digest:
        return _say(400, "The body is not what was signed.")
    try:
        receiving.ingest(raw, DOOR)
    except (OSError, OperationalError):
        response = _say(503, "Not now. Please send it again.")
        response.headers["Retry-After"] = "120"
        return response
    return _say(202, "Kept.")


def signature(timestamp: str, digest: str) -> str:
    """What a sender puts into ``X-Newsroom-Signature``."""
    return hmac.digest(settings.REPORTS_HOOK_KEY.encode(), f"{timestamp}.{digest}".encode(), hashlib.sha256).hex()


def _is_signed(request: HttpRequest, digest: str) -> bool:
    timestamp = request.headers.get("X-Newsroom-Timestamp", "")
    moment = whole(timestamp, digits=12)
    if moment is None:
        return False
    given = request.headers.get("X-Newsroom-Signature", "").lower().encode()
    is_good = hmac.compare_digest(signature(timestamp, digest).encode(), given)
    return is_good and abs(time.time() - moment) <= WINDOW


def _say(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
