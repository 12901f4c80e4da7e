"""Refusals in plain words, without the database: what came was too much, or not what can be read."""

import errno

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from articles.views.errors import named_language

WORDS: dict[int, Promise] = {
    400: _("What your browser sent could not be read. Go back and try once more."),
    411: _("What was sent does not say how long it is, so it was not read."),
    413: _("This is more than this page takes, so nothing was saved. Go back, make it shorter or send fewer files."),
    415: _("What was sent is compressed, and this page does not unpack it. Send it as it is."),
    507: _("The server’s disk is full, so nothing was saved. Whoever looks after it has to make room."),
}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_POSTGRESQL_FULL = "53100"  # SQLSTATE disk_full


def is_full_disk(error: Exception) -> bool:
    """Whether a file, or the database, could not be written for want of room."""
    if isinstance(error, DatabaseError):  # SQLite says so in words
        return getattr(error.__cause__, "sqlstate", None) == _POSTGRESQL_FULL or "disk " in str(error)
    return isinstance(error, OSError) and error.errno in _FULL


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """A page for people, a line for programs. What was typed has not been read: the page leads back to it."""
    is_page = "text/html" in request.headers.get("Accept", "")
    with translation.override(_language(request)):
        if is_page:
            answer = render(request, "refused.html", {"words": WORDS[status]})
        else:
            answer = HttpResponse(f"{WORDS[status]}\n", content_type="text/plain; charset=utf-8")
        answer.headers["Content-Language"] = translation.get_language() or ""
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _language(request: HttpRequest) -> str:
    """Of the edition or the form that the address names; else the browser's. The answer is kept by nobody."""
    if named := named_language(request):
        return named
    user = getattr(request, "user", None)
    return user.language if user and user.is_authenticated else translation.get_language_from_request(request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400. Too many fields or files, or too much in them, is 413: that can be mended by who sent it."""
    is_too_much = isinstance(exception, (TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig))
    return refused(request, 413 if is_too_much else 400)
