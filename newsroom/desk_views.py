"""The desk's first page, its refusals, and the mail that was kept in files."""

from collections.abc import Iterable
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.models import User
from articles import rights_alarm
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from citizen_reports.handling import OPEN_STATES
from citizen_reports.models.reports import Report
from newsroom import health
from newsroom import mail_out as mail_files
from subscriptions.models.letters import Edition

SHOWN = 8
LOOKED_THROUGH = 500


def first_page(user: User) -> dict[str, Any]:
    """What the desk's first page shows to this member of staff. Every list is short, and none reads a whole table."""
    alarms = rights_alarm.alarms(on=timezone.localdate())
    may_see_mail = settings.MAIL_TO_FILES and user.has_perm("newsroom.view_mail_out")
    return {
        "may_write": user.has_perm("articles.add_article"),
        "import_address": reverse("admin:articles_article_import") if user.has_perm("articles.import_text") else "",
        "reports_waiting": _reports_waiting(user),
        "letters_open": _letters_open(user),
        # For those who see every story. What is longest over comes first.
        "rights_alarms": alarms[:SHOWN] if user.has_perm("articles.view_article") else [],
        "my_drafts": _my_drafts(user),
        "unpublished_changes": _unpublished_changes(user),
        "recently_published": PublishedArticle.objects.newest_first().cards()[:SHOWN],
        "health": health.report(alarms),
        "letters": len(mail_files.letters()) if may_see_mail else 0,
    }


def _my_drafts(user: User) -> list[Article]:
    # Two queries that an index answers each, rather than one with OR, for which a database reads the whole table.
    drafts = Article.objects.filter(state=State.DRAFT).select_related("section__parent").defer("body")
    begun = drafts.filter(created_by=user)[:SHOWN]
    signed = drafts.filter(bylines__author__user=user).distinct()[:SHOWN]
    mine = {story.pk: story for story in [*begun, *signed]}
    return sorted(mine.values(), key=lambda story: story.saved_at, reverse=True)[:SHOWN]


def _reports_waiting(user: User) -> Iterable[Report]:
    if not user.has_perm("citizen_reports.view_report"):
        return []
    waiting = Report.objects.filter(state__in=OPEN_STATES, witness_waits=True).select_related("assigned_to")
    return waiting.order_by("-last_activity")[:SHOWN]


def _letters_open(user: User) -> Iterable[Edition]:
    """Letters that are on their way, or that somebody must look at."""
    if not user.has_perm("subscriptions.view_edition"):
        return []
    return Edition.objects.exclude(state__in=(Edition.State.DONE, Edition.State.CANCELLED)).defer("html", "text")[
        :SHOWN
    ]


def _unpublished_changes(user: User) -> Iterable[Article]:
    newest = Article.objects.filter(state=State.PUBLISHED).order_by("-saved_at").values("pk")[:LOOKED_THROUGH]
    changed = Article.objects.for_user(user).filter(pk__in=newest).exclude(digest=F("live_digest"))
    return changed.select_related("section__parent", "saved_by").defer("body")[:SHOWN]


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person is signed in, and their role does not allow it. Says so, and where to go on."""
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
