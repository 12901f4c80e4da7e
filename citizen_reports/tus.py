"""``/report/upload/…``: resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload).

The core protocol, creation, expiration and termination. Every request carries the page's token in the header
``Form-Token``: it stands in for a session, and an address alone, which some log may hold, opens nothing. Where it is a
visit, the answer to bytes that came brings one in its place, so that a page does not close over its files. A refusal
is a line of plain text for the witness.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any

from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from citizen_reports import pieces, receipts
from citizen_reports.models import IntakeForm, Report, Upload
from citizen_reports.pages import (
    FORM_STAYS_OPEN,
    POLICY,
    edition_for,
    in_same_language,
    token_name,
    too_many,
    with_headers,
    within_limits,
)
from citizen_reports.uploads import Refusal, Room
from safeguards import form_tokens, limits
from safeguards.numbers import whole
from safeguards.problems import TokenProblem

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
CONTENT_TYPE = "application/offset+octet-stream"
# How many of the server's threads may wait for films, however slowly those arrive: the others are for readers. Half of
# them may be taken by one neighbourhood of the network.
AT_ONCE, FROM_ONE = 24, 12
_busy: Counter[str] = Counter()
_lock = threading.Lock()
_MB = 1024 * 1024
_OVER = _("This page was open for too long. Please load it again and choose your files again.")
_STATUS = {Refusal.EMPTY: 400, Refusal.NO_SPACE: 507, Refusal.AWAY: 503}
View = Callable[..., Any]


class Refusing(Exception):
    """Ends a request with this status and, where the witness can do something about it, a sentence."""

    def __init__(self, status: int, words: str | Promise = "") -> None:
        self.status, self.words = status, words
        super().__init__(status)


def by_protocol(**views: View) -> View:
    """One address of the protocol: a view for each method; OPTIONS tells what we can do."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.headers.get("X-HTTP-Method-Override", request.method or "").upper()
        if method == "OPTIONS":
            most = str(Room.widest().media_bytes)
            return _empty({"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": most})
        if method not in views:
            return HttpResponse(status=405, headers={"Allow": ", ".join(["OPTIONS", *views])})
        if request.headers.get("Tus-Resumable") != VERSION:
            return HttpResponse(status=412, headers={"Tus-Version": VERSION})
        try:
            return views[method](request, *args, **kwargs)
        except Refusing as refusing:
            edition_for(request)
            return HttpResponse(str(refusing.words), status=refusing.status, content_type="text/plain; charset=utf-8")

    @wraps(answer)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = with_headers(answer(request, *args, **kwargs))
        response.headers["Tus-Resumable"] = VERSION
        if response.status_code in (429, 503):
            response.headers["Retry-After"] = "5"
        return response

    # As for the pages: no session, so nothing that another site could borrow.
    return csrf_exempt(csp(POLICY)(handle))


def create(request: HttpRequest, slug: str) -> HttpResponse:
    """POST: room for a file of ``Upload-Length`` bytes; its address is the answer's ``Location``."""
    intake = get_object_or_404(IntakeForm, slug=slug)
    lookup, already = _sender(request, intake)
    length, told = _number(request, "Upload-Length"), _metadata(request)
    if not within_limits(request, "citizen_reports.upload"):
        raise Refusing(429, too_many())
    name, declared_type = told.get("filename", ""), told.get("filetype", "")
    # What is not taken anyway must not use up what the network may send.
    if length > Room.of(intake).most(declared_type):
        raise Refusing(413, Refusal.TOO_LARGE.said_of(name))
    if not within_limits(request, "citizen_reports.upload_mb", times=1 + length // _MB):
        raise Refusing(429, too_many())
    with _in_words(name):
        upload = pieces.begin(
            intake, lookup, name=name, declared_type=declared_type, length=length, mark=told.get("mark", ""),
            already=already,
        )  # fmt: skip
    place = reverse("citizen_reports:upload", args=[upload.name])
    place = in_same_language(request, place)  # what is refused there is said in the language of the page
    return HttpResponse(status=201, headers={"Location": place, "Upload-Expires": _expires(upload)})


def offset(request: HttpRequest, name: str) -> HttpResponse:
    """HEAD: how many bytes are here."""
    upload = _upload(request, name)
    if upload.offset == upload.length and not upload.attachment_id:
        _complete(upload)  # the server died between the last piece and the whole
    length, here = str(upload.length), str(upload.offset)
    headers = {"Upload-Offset": here, "Upload-Length": length, "Upload-Expires": _expires(upload)}
    return HttpResponse(status=200, headers=headers)


def append(request: HttpRequest, name: str) -> HttpResponse:
    """PATCH: more bytes, from ``Upload-Offset`` on. With the last of them the file is whole and waits."""
    upload, visit = _upload(request, name), receipts.read_visit(request.headers.get("Form-Token", ""))
    if request.content_type != CONTENT_TYPE:
        raise Refusing(415)
    at = _number(request, "Upload-Offset")
    if "Transfer-Encoding" in request.headers:
        raise Refusing(411)  # of a body in chunks nobody can say beforehand whether it fits
    if at != upload.offset:
        raise Refusing(409)
    sent = _number(request, "Content-Length") if request.headers.get("Content-Length") else 0
    if at + sent > upload.length:
        raise Refusing(413)
    here, at = at, _take(request, upload, at) if sent else at
    if at == upload.length and not upload.attachment_id:
        _complete(upload)
    headers = {"Upload-Offset": str(at), "Upload-Expires": _expires(upload)}
    if visit and at > here and (goes_on := receipts.go_on(visit)):
        headers["Form-Token"] = goes_on
    return _empty(headers)


def remove(request: HttpRequest, name: str) -> HttpResponse:
    """DELETE: the witness does not want to send it after all."""
    pieces.take_out(_upload(request, name))
    return _empty({})


to_form = by_protocol(POST=create)
to_file = by_protocol(HEAD=offset, PATCH=append, DELETE=remove)


def _take(request: HttpRequest, upload: Upload, at: int) -> int:
    bucket = limits.bucket("citizen_reports.upload", limits.client_address(request))
    try:
        with _slot(bucket), _in_words(upload.display_name.open()):
            return pieces.append(upload, request.read, at=at)
    except pieces.OutOfStep:
        raise Refusing(409) from None


@contextmanager
def _slot(bucket: str) -> Iterator[None]:
    """While in it, one of the threads for uploads is taken."""
    with _lock:
        if _busy.total() >= AT_ONCE or _busy[bucket] >= FROM_ONE:
            raise Refusing(503)
        _busy[bucket] += 1
    try:
        yield
    finally:
        with _lock:
            _busy.subtract([bucket])
            if not _busy[bucket]:
                del _busy[bucket]


def _complete(upload: Upload) -> None:
    with _in_words(upload.display_name.open()):
        if pieces.complete(upload) is None:
            raise Refusing(404)


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except pieces.Refused as refused:
        raise Refusing(_STATUS.get(refused.refusal, 413), refused.refusal.said_of(name)) from None


def _upload(request: HttpRequest, name: str) -> Upload:
    upload = get_object_or_404(Upload.objects.select_related("form"), name=name)
    lookup, _already = _sender(request, upload.form)
    if lookup != upload.token_lookup:
        raise Refusing(404)
    if upload.expires_at <= timezone.now():
        raise Refusing(410, _OVER)
    return upload


def _sender(request: HttpRequest, intake: IntakeForm) -> tuple[str, int]:
    """Whose page it is: what is stored of its token, and how many bytes the report holds that it belongs to, if any."""
    token = request.headers.get("Form-Token", "")
    if visit := receipts.read_visit(token):
        report = Report.objects.filter(pk=visit.report, form=intake, purged_at=None).first()
        if report is None:
            raise Refusing(403, _OVER)
        return receipts.token_lookup(visit.nonce), sum(file.size for file in report.attachments.all())
    try:
        nonce = form_tokens.read(token, form=token_name(intake), at_least=timedelta(0), at_most=FORM_STAYS_OPEN).nonce
    except TokenProblem:
        raise Refusing(403, _OVER) from None
    lookup = receipts.token_lookup(nonce)
    if Report.objects.filter(token_lookup=lookup).exists():
        raise Refusing(410)
    return lookup, 0


def _number(request: HttpRequest, header: str) -> int:
    number = whole(request.headers.get(header))
    if number is None:
        raise Refusing(400)
    return number


def _metadata(request: HttpRequest) -> dict[str, str]:
    """``Upload-Metadata``: pairs of a key and a text in base64, as the protocol has them. At most 4 KB of it."""
    told: dict[str, str] = {}
    for pair in filter(str.strip, request.headers.get("Upload-Metadata", "")[:4096].split(",")):
        key, _space, value = pair.strip().partition(" ")
        try:
            told[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refusing(400) from None
    return told


def _expires(upload: Upload) -> str:
    return http_date(upload.expires_at.timestamp())


def _empty(headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(status=204, headers=headers)
