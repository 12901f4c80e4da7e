"""Witnesses' files, as the desk gets them: safe copies to look at, originals to download."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from citizen_reports import quarantine
from citizen_reports.handling import note_event
from citizen_reports.models.files import Attachment
from citizen_reports.models.reports import Report, ReportEvent
from safeguards.problems import Unsealable


def safe_copy_response(attachments: QuerySet[Attachment]) -> HttpResponse:
    """The picture made from the pixels alone, as JPEG. 404 where there is none, whatever the reason."""
    attachment = attachments.filter(derivative_state=Attachment.Derivative.MADE).first()
    if attachment is None:
        raise Http404
    try:
        data = quarantine.safe_copy(attachment)
    except (Unsealable, OSError) as error:
        raise Http404 from error
    return HttpResponse(data, content_type="image/jpeg")


def original_response(report: Report, attachments: QuerySet[Attachment], *, actor: Any) -> HttpResponseBase:
    """The very bytes, as a download that no browser shows (RFC 6266). The event is written first."""
    attachment = attachments.first()
    if attachment is None:
        raise Http404
    pieces = quarantine.original(attachment)
    try:
        first = next(pieces, b"")
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
