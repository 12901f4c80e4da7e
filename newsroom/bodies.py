"""What requests may bring along: how large a body may be at each address.

Refused before a byte is read, in plain words. What Django itself counts while it reads (fields, files, bytes of fields)
is in the settings `DATA_UPLOAD_MAX_…`, how slowly a body may come in `slow_clients`; docs/security.md has one table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from traceback import walk_tb

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from citizen_reports.mail import receiving
from citizen_reports.models import IntakeForm
from citizen_reports.uploads import Room
from images.video_files import most_bytes
from newsroom.refusing import refused
from newsroom.slow_clients import length_of
from subscriptions import hooks

KB, MB = 1024, 1024 * 1024

Handler = Callable[[HttpRequest], HttpResponse]


def _fields_alone(request: HttpRequest) -> int:
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _of_reports(request: HttpRequest) -> int:
    """Twice what the widest form takes: who sends a phone's whole gallery is told which files are too many.

    Without the database twice what a form takes unless it is told otherwise: the text in it comes back.
    """
    try:
        widest = Room.widest()
    except (OperationalError, InterfaceError):
        widest = Room.of(IntakeForm())
    return 2 * widest.total_bytes + _fields_alone(request)


def _of_desk(request: HttpRequest) -> int:
    """Staff send videos and exports, and the pages themselves say what is too large; strangers send no files."""
    return 2 * most_bytes() + 64 * MB if request.user.is_authenticated else _fields_alone(request)


@dataclass(frozen=True)
class Rule:
    """For addresses that begin so. ``small`` is taken unasked; whether more is, `most` says, which may look it up."""

    begins: str
    small: int
    most: Callable[[HttpRequest], int] | None = None

    def takes(self, length: int, request: HttpRequest) -> bool:
        return length <= self.small or (self.most is not None and length <= self.most(request))


# The first that fits counts.
RULES = (
    Rule("/hooks/mail/events/", hooks.LARGEST),
    Rule("/hooks/", receiving.LARGEST),
    Rule("/report/", MB, _of_reports),  # pieces of files besides: what was announced for each
    Rule("/subscribe/", 64 * KB),
    Rule("/corrections/", 64 * KB),
    Rule("/accounts/", 256 * KB),
    Rule("/admin/", MB, _of_desk),
    Rule("/", 64 * KB),
)


def rule_of(path: str) -> Rule:
    return next(rule for rule in RULES if path.startswith(rule.begins))


class Bodies:
    """Middleware, before anything reads: 411, 413, 415. And 400 for what cannot be read: fields in a charset that is
    none of texts, JSON that is nested too deep.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            return refused(request, 415)  # never unpacked: a few bytes could become many
        if "Transfer-Encoding" in request.headers:
            return refused(request, 411)  # how long it is nobody could say beforehand
        if not _decodes(request.encoding):
            return refused(request, 400)
        length = length_of(request.META)
        is_taken = not length or rule_of(request.path_info).takes(length, request)
        return self.get_response(request) if is_taken else refused(request, 413)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        is_deep = isinstance(exception, RecursionError) and _raised_in(exception) == json.decoder.__file__
        return refused(request, 400) if is_deep else None


def _decodes(charset: str | None) -> bool:
    """Django takes any of Python's codecs for a form's charset; some unpack archives, or know no way round mistakes."""
    try:
        b"1".decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return False
    return True


def _raised_in(exception: Exception) -> str:
    """The source file of the innermost frame."""
    *_outer, (frame, _line) = walk_tb(exception.__traceback__)
    return frame.f_code.co_filename
