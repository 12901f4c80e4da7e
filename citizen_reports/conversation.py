"""`/report/receipt/`: a witness comes back, reads what the desk asks, answers, and has the last word on their data."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.db import OperationalError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models.published import PublishedArticle
from articles.reading import Edition
from citizen_reports import intake, pieces, quarantine, receipts
from citizen_reports.forms import ReplyForm
from citizen_reports.models import Attachment, Message, Report, WitnessIdentity
from citizen_reports.models.reports import ReportState
from citizen_reports.pages import edition_for, in_same_language, not_for_search, not_now, page, too_many, within_limits
from citizen_reports.uploads import Refusal, Room, receiving

log = logging.getLogger(__name__)
_READING = _("Your report is with the newsroom. Somebody will read it.")
_CONTACT_WAITS = _(
    "We must still keep your name and contact data, because of a legal matter. We print no name of yours any more, and"
    " delete them as soon as that is over."
)
_DELETION_ASKED = _(
    "You asked us to delete your report. Somebody in the newsroom does it soon; then your receipt opens nothing any"
    " more. If it cannot be done yet, you read here why."
)
_AT_REST = _("The newsroom is not working on this report any more. Thank you for sending it.")
# What is called spam or held stays between us: it may be a mistake, and a sender of spam learns nothing.
STATE_WORDS: dict[ReportState, str | Promise] = {
    ReportState.UNSCREENED: _READING,
    ReportState.NEW: _READING,
    ReportState.SPAM: _READING,
    ReportState.HELD: _READING,
    ReportState.TRIAGED: _("The newsroom has read your report."),
    ReportState.IN_VERIFICATION: _("The newsroom is checking what you reported."),
    ReportState.WAITING: _("The newsroom has a question for you. Please answer below."),
    ReportState.READY: _("What you reported was checked. It may become part of a story."),
    ReportState.USED: _("Your report became part of a story."),
    ReportState.CLOSED: _AT_REST,
    ReportState.DUPLICATE: _AT_REST,
    ReportState.DECLINED: _AT_REST,
}


@not_for_search
def receipt(request: HttpRequest) -> HttpResponse:
    """Where the receipt is typed in. Wrong, expired and purged ones get one and the same answer."""
    edition = edition_for(request)
    if request.method != "POST":
        return _sign_in(request, edition)
    unsent = request.POST.get("unsent", "")
    if not within_limits(request, "citizen_reports.receipt"):
        return _sign_in(request, edition, problem=too_many(), unsent=unsent, status=429)
    report = receipts.find(request.POST.get("receipt", ""))
    if report is None:
        problem = gettext("There is no report under this receipt.")
        return _sign_in(request, edition, problem=problem, unsent=unsent, status=422)
    return _conversation(request, edition, report, form=ReplyForm(unsent=unsent))


@not_for_search
def write(request: HttpRequest) -> HttpResponse:
    """The witness's next message, with or without files."""
    if request.method != "POST":
        return _to_receipt(request)
    edition = edition_for(request)
    try:
        return _take(request, edition)
    except OperationalError:  # held for too long by somebody else, or out of room: what was typed comes along
        log.exception("a witness's message could not be stored")
        return _sign_in(request, edition, problem=not_now(), unsent=request.POST.get("body", ""), status=503)


def _take(request: HttpRequest, edition: Edition) -> HttpResponse:
    is_allowed = within_limits(request, "citizen_reports.send")
    with receiving(request, Room.widest() if is_allowed else None) as upload:
        token, form = request.POST.get("visit", ""), ReplyForm(request.POST)
        visit, report = _visit(token)
        if visit is None or report is None:
            return _over(request, edition)
        lookup = receipts.token_lookup(visit.nonce)
        done = gettext("Your message has reached the newsroom.")
        if Message.objects.filter(token_lookup=lookup).exists():
            return _conversation(request, edition, report, done=done)
        if not is_allowed:
            return _conversation(request, edition, report, form=form, visit=token, problems=[too_many()], status=429)
        already = sum(file.size for file in report.attachments.all())
        upload.keep(lookup=lookup, room=Room.of(report.form), already=already)
        try:
            late = [Refusal.CUT_SHORT.said_of(name) for name in pieces.complete_all(lookup)]
        except pieces.Refused as refused:  # what is here whole goes along when it is sent again
            problems, waiting = [refused.refusal.said_of(""), *upload.problems()], list(quarantine.waiting(lookup))
            return _conversation(
                request, edition, report, form=form, visit=token, problems=problems, waiting=waiting, status=503
            )
        waiting, problems = list(quarantine.waiting(lookup)), upload.problems() + late
        if form.is_valid() and not problems and not form.cleaned_data["body"] and not waiting:
            problems = [gettext("Please write something, or choose a file.")]
        if problems or not form.is_valid():
            return _conversation(
                request, edition, report, form=form, visit=token, problems=problems, waiting=waiting, status=422
            )
        try:
            intake.write_again(report, body=form.cleaned_data["body"], nonce=visit.nonce)
        except intake.ReportGone:
            return _over(request, edition)
        return _conversation(request, edition, report, done=done)


@not_for_search
def withdraw_consent(request: HttpRequest) -> HttpResponse:
    """The witness takes back the permission to publish."""
    return _settle(request, intake.withdraw_consent, _("Your permission to publish is withdrawn."))


@not_for_search
def forget_contact(request: HttpRequest) -> HttpResponse:
    """The witness has their name and contact data deleted."""
    return _settle(request, intake.forget_contact, _("Your name and contact data are deleted."), waits=_CONTACT_WAITS)


@not_for_search
def ask_deletion(request: HttpRequest) -> HttpResponse:
    """The witness wishes that all of the report be gone: the desk does it, or says in the conversation why not."""
    return _settle(request, intake.ask_deletion, _DELETION_ASKED)


def _settle(
    request: HttpRequest, verb: Callable[[Report], bool], done: Promise, *, waits: Promise | None = None
) -> HttpResponse:
    """`waits` is said where a legal hold is in the way, and what was wished is done later."""
    if request.method != "POST":
        return _to_receipt(request)
    edition = edition_for(request)
    _opened, report = _visit(request.POST.get("visit", ""))
    if report is None:
        return _over(request, edition)
    try:
        verb(report)
    except intake.ReportGone:
        return _over(request, edition)
    report.refresh_from_db(fields=["legal_hold"])
    return _conversation(request, edition, report, done=waits if waits and intake.contact_waits(report) else done)


def _to_receipt(request: HttpRequest) -> HttpResponse:
    """For whoever comes to one of these addresses without a form, as a phone does that opens its pages anew."""
    return HttpResponseRedirect(in_same_language(request, reverse("citizen_reports:receipt")))


def _visit(token: str) -> tuple[receipts.Visit | None, Report | None]:
    visit = receipts.read_visit(token)
    if visit is None:
        return None, None
    return visit, Report.objects.select_related("form").filter(pk=visit.report, purged_at=None).first()


def _sign_in(
    request: HttpRequest, edition: Edition, *, problem: str = "", unsent: str = "", status: int = 200
) -> HttpResponse:
    return page(request, "receipt", edition, status=status, problem=problem, unsent=unsent)


def _over(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The visit has ended: what they wrote comes along to the next."""
    problem = gettext("For your safety this page closed after 30 minutes. Please type in your receipt again.")
    return _sign_in(request, edition, problem=problem, unsent=request.POST.get("body", ""), status=422)


def _conversation(
    request: HttpRequest, edition: Edition, report: Report, *, form: ReplyForm | None = None, visit: str = "",
    problems: Sequence[str] = (), waiting: Sequence[Attachment] = (), done: str | Promise = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of one report. The original text is not on it: whoever finds the receipt shall not read it."""
    messages = report.messages.exclude(direction=Message.Direction.INTERNAL).annotate(files=Count("attachments"))
    report.refresh_from_db(fields=["state", "legal_hold", "deletion_asked_at"])
    published = PublishedArticle.objects.filter(pk__in=report.stories.values("article"))
    return page(
        request, "conversation", edition, status=status, report=report, messages=messages, problems=problems,
        waiting=waiting, done=done, form=form or ReplyForm(), visit=visit or receipts.open_visit(report.pk),
        state_words=STATE_WORDS[ReportState(report.state)],
        has_consent=report.consents.filter(withdrawn_at=None).exists(),
        contact_waits=_CONTACT_WAITS if intake.contact_waits(report) else "",
        deletion_asked=_DELETION_ASKED if report.deletion_asked_at else "",
        has_identity=WitnessIdentity.objects.filter(report=report).exists(),
        stories=published.only("headline", "path", "language"),
    )  # fmt: skip
