"""Witnesses' files, as the desk gets them: clean copies to look at and play, originals to download."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from citizen_reports import copies, quarantine, scanning
from citizen_reports.handling import HandlingRefused, note_event
from citizen_reports.models.files import Attachment, FileScan
from citizen_reports.models.reports import Report, ReportEvent
from citizen_reports.signatures import MEDIA, PICTURES
from images.serving import wanted_range
from safeguards.problems import Unsealable
from safeguards.stores import StoreAway

# What an original says of itself, by the names of `capture`: for everybody that it does, for verifiers what.
_SAID = {
    "place": (_("where it was made"), _("Place")),
    "taken": (_("when"), _("Time")),
    "device": (_("with what device"), _("Device")),
    "notes": (_("names and notes"), _("Notes")),
}


class Line(NamedTuple):
    """One file on the report's page."""

    file: Attachment
    kind: str  # of its copy: "image", "video", "audio"; "" where there is none
    removed: Sequence[str | Promise]
    facts: Sequence[tuple[str | Promise, str]]
    scanned: str
    is_infected: bool
    can_blur: bool
    can_make_anew: bool


def lines(report: Report) -> list[Line]:
    """The report's files, with all that its page says of them; one query."""
    return [_line(file) for file in report.attachments.select_related("scan", "library_copy")]


def _line(file: Attachment) -> Line:
    is_made = file.derivative_state == Attachment.Derivative.MADE
    facts: dict[str, Any] = json.loads(file.capture_facts.open() or "{}")
    removed: list[str | Promise] = [words for name, (words, _label) in _SAID.items() if name in facts]
    if left_out := int(facts.get("left_out", 0)):
        removed.append(
            ngettext("%(number)s track or chapter", "%(number)s tracks and chapters", left_out) % {"number": left_out}
        )
    said = [(label, _fact(facts[name])) for name, (_words, label) in _SAID.items() if name in facts]
    scan = getattr(file, "scan", None)
    is_infected = bool(scan and scan.state == FileScan.State.INFECTED)
    has_copy = file.sniffed_type in MEDIA or file.sniffed_type in PICTURES
    return Line(
        file=file,
        kind=file.copy_type.partition("/")[0] if is_made else "",
        removed=removed if is_made else [],
        facts=said,
        scanned=_scanned(scan),
        is_infected=is_infected,
        can_blur=copies.can_blur(file),
        can_make_anew=has_copy and not is_infected and (bool(file.blurred) or _has_no_copy(file)),
    )


def _has_no_copy(file: Attachment) -> bool:
    return file.derivative_state in (Attachment.Derivative.FAILED, Attachment.Derivative.NONE)


def _fact(value: str | list[float]) -> str:
    return value if isinstance(value, str) else ", ".join(str(each) for each in value)


def _scanned(scan: FileScan | None) -> str:
    """What is to be said of it; nothing is clean but what the scanner called so."""
    if scan is None or (not settings.CLAMD_URL and scan.state in (FileScan.State.RECEIVED, FileScan.State.SCANNING)):
        return gettext("Not scanned for malware")
    return f"{scan.get_state_display()} ({scan.found})" if scan.found else scan.get_state_display()


def copy_response(request: HttpRequest, attachments: QuerySet[Attachment]) -> HttpResponseBase:
    """The clean copy, whole or the part that a player asks for. 404 where there is none, whatever the reason."""
    attachment = attachments.filter(derivative_state=Attachment.Derivative.MADE).first()
    if attachment is None:
        raise Http404
    name = attachment.derivative
    try:
        size = quarantine.size_of(name)
        # Pictures are shown whole; players ask for parts.
        is_played = attachment.copy_type not in PICTURES
        wanted = wanted_range(request, etag=f'"{name}"', size=size) if is_played else None
        start, length = wanted or (0, size)
        pieces = quarantine.part_of(name, start, length)
        first = next(pieces, b"")
    except StoreAway:
        raise
    except (Unsealable, OSError) as error:
        raise Http404 from error
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{name}"'}
    if wanted and not length:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    headers["Content-Length"] = str(length)
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=attachment.copy_type, headers=headers)

    if not is_played:
        return HttpResponse(b"".join([first, *pieces]), content_type=attachment.copy_type, headers=headers)

    def whole() -> Any:
        yield first
        yield from pieces

    return StreamingHttpResponse(whole(), status=status, content_type=attachment.copy_type, headers=headers)


def poster_response(attachments: QuerySet[Attachment]) -> HttpResponse:
    """A frame of a film's clean copy, as JPEG. 404 where there is none."""
    attachment = attachments.filter(derivative_state=Attachment.Derivative.MADE).exclude(poster="").first()
    if attachment is None:
        raise Http404
    try:
        return HttpResponse(b"".join(quarantine.opened(attachment.poster)), content_type="image/jpeg")
    except StoreAway:
        raise
    except (Unsealable, OSError) as error:
        raise Http404 from error


def original_response(report: Report, attachments: QuerySet[Attachment], *, actor: Any) -> HttpResponseBase:
    """The very bytes, as a download that no browser shows (RFC 6266). The event is written first.

    Raises `HandlingRefused` for an infected file: nobody gets it.
    """
    attachment = attachments.first()
    if attachment is None:
        raise Http404
    if scanning.is_infected(attachment):
        raise HandlingRefused(gettext("This file is infected: it is blocked for everybody."))
    pieces = quarantine.original(attachment)
    try:
        first = next(pieces, b"")
    except StoreAway:
        raise
    except (Unsealable, OSError) as error:
        raise Http404 from error
    note_event(report, actor=actor, verb=ReportEvent.Verb.ORIGINAL_DOWNLOADED, file=attachment.pk)

    def whole() -> Any:
        yield first
        yield from pieces

    name = attachment.display_name.open() if attachment.display_name else f"{report.reference}-{attachment.pk}"
    # The ending says that it is evidence, so that no system opens it by a double click.
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.original") or "attachment"
    return StreamingHttpResponse(
        whole(), content_type="application/octet-stream", headers={"Content-Disposition": disposition}
    )
