"""The desk's refusals, and the mail that was kept in files."""

import logging
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from newsroom import mail_out as mail_files

log = logging.getLogger(__name__)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person is signed in, and their role does not allow it. Says so, and where to go on."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    log.warning("member of staff %s was refused %s", request.user.pk, page)
    context = {**admin.site.each_context(request), "title": gettext("Not allowed")}
    return render(request, "admin/403.html", context, status=403)


@require_safe
def mail_out(request: HttpRequest) -> HttpResponse:
    """The newest two hundred letters that went to files, newest first."""
    _refuse(request)
    parser = BytesHeaderParser(policy=policy.default)
    letters = []
    for file in mail_files.letters():
        with file.open("rb") as opened:
            head = parser.parse(opened)
        letters.append({"name": file.name, "date": head["date"].datetime, "to": head["to"], "subject": head["subject"]})
    context = {**admin.site.each_context(request), "title": gettext("Mail sent to files"), "letters": letters}
    return render(request, "admin/mail_out.html", context)


@require_safe
def mail_out_letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter: its heads, its plain text, and the source of its HTML part."""
    _refuse(request)
    try:
        with (Path(settings.MAIL_OUT_DIR) / name).open("rb") as opened:
            letter = BytesParser(policy=policy.default).parse(opened)
    except FileNotFoundError as missing:
        raise Http404 from missing
    context = {
        **admin.site.each_context(request),
        "title": letter["subject"],
        "heads": [(head, letter[head]) for head in ("From", "To", "Cc", "Reply-To", "Date") if letter[head]],
        "text": _part(letter, "plain"),
        "source": _part(letter, "html"),
    }
    return render(request, "admin/mail_out_letter.html", context)


def _part(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    return part.get_content() if part else ""


def _refuse(request: HttpRequest) -> None:
    if not settings.MAIL_TO_FILES:
        raise Http404
    if not request.user.has_perm("newsroom.view_mail_out"):
        raise PermissionDenied
