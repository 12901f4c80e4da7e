"""The form, and the confirmation that follows from its POST directly: the receipt is in no address and no cookie."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from articles.models.published import PublishedArticle
from articles.reading import Edition
from citizen_reports import intake, pages, pieces, quarantine, receipts
from citizen_reports.forms import ReportForm
from citizen_reports.models import IntakeForm
from citizen_reports.pages import edition_for, for_witnesses, page, token_name, within_limits
from citizen_reports.uploads import Refusal, Room, SealingUpload, receiving
from safeguards import form_tokens, proof_of_work
from safeguards.numbers import whole
from safeguards.problems import TokenProblem, TokenTooFast, TokenTooOld

log = logging.getLogger(__name__)
TYPING_TAKES = timedelta(seconds=3)
_ANY_TIME = timedelta(days=3650)


@for_witnesses
def start(request: HttpRequest) -> HttpResponse:
    """The open forms; where there is one, or the story has one of its own, the form itself."""
    story = whole(request.GET.get("story"))
    if own := IntakeForm.objects.open_at(timezone.now()).filter(story_call_outs__story=story or 0).first():
        return _answer(request, own)
    edition = edition_for(request)
    open_forms = _open_forms(edition)
    if len(open_forms) == 1:
        return _answer(request, open_forms[0])
    return _choice(request, edition, open_forms, story)


@for_witnesses
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """One form. A closed one is not shown, but takes what somebody was still typing when it closed."""
    chosen = get_object_or_404(IntakeForm, slug=slug)
    is_open = IntakeForm.objects.open_at(timezone.now()).filter(pk=chosen.pk).exists()
    if not is_open and request.method != "POST":
        edition = edition_for(request)
        story = whole(request.GET.get("story"))
        return _choice(request, edition, _open_forms(edition), story, is_closed=True, status=404)
    return _answer(request, chosen)


@for_witnesses
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """What the paper promises a witness and what it cannot; the house form's own advice stands on top. No script."""
    edition = edition_for(request)
    house = IntakeForm.objects.filter(slug="witness").first() or IntakeForm()
    return page(request, "safety", edition, intake=house, words=house.in_words(edition.language))


def _open_forms(edition: Edition) -> list[IntakeForm]:
    found = IntakeForm.objects.open_at(timezone.now())
    return [form for form in found if not form.languages or edition.language in form.languages]


def _choice(
    request: HttpRequest, edition: Edition, forms: list[IntakeForm], story: int | None, *, is_closed: bool = False,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    query = urlencode({"lang": edition.language} | ({"story": str(story)} if story else {}))
    told = [(form, form.in_words(edition.language)) for form in forms]
    return page(request, "start", edition, status=status, forms=told, query=query, is_closed=is_closed)


def _answer(request: HttpRequest, chosen: IntakeForm) -> HttpResponse:
    edition = edition_for(request, chosen.languages)
    if request.method == "POST":
        try:
            return _receive(request, chosen, edition)
        except OperationalError:  # held for too long by somebody else, or out of room: what was typed comes back
            log.exception("a report could not be stored")
            form = ReportForm(chosen, edition.language, request.POST)
            token, story = request.POST.get("token", ""), whole(request.POST.get("story"))
            return _form_page(
                request, chosen, edition, form, token=token, story=story, status=503, problems=[pages.not_now()]
            )
    token, story = form_tokens.issue(token_name(chosen)), whole(request.GET.get("story"))
    form, nonce = ReportForm(chosen, edition.language), _nonce(token, chosen)
    return _form_page(request, chosen, edition, form, token=token, story=story, nonce=nonce)


def _form_page(
    request: HttpRequest, chosen: IntakeForm, edition: Edition, form: ReportForm, *, token: str,
    story: int | None, nonce: str = "", status: int = 200, **context: Any,
) -> HttpResponse:  # fmt: skip
    return page(
        request, "report", edition, status=status, among=chosen.languages, intake=chosen, form=form, token=token,
        words=chosen.in_words(edition.language), about=_story(story), nonce=nonce, work_bits=proof_of_work.BITS,
        **context,
    )  # fmt: skip


def _receive(request: HttpRequest, chosen: IntakeForm, edition: Edition) -> HttpResponse:
    is_allowed = within_limits(request, "citizen_reports.send")
    room = Room.of(chosen)
    with receiving(request, room if is_allowed else None) as upload:
        form, story = ReportForm(chosen, edition.language, request.POST), whole(request.POST.get("story"))
        token, nonce, problem = _token(request.POST.get("token", ""), chosen)
        if received := intake.sent_with(nonce):
            return _received_page(request, edition, received, upload)
        lookup = receipts.token_lookup(nonce)
        is_proved = proof_of_work.is_done(nonce, request.POST.get("work", ""))
        if is_allowed:
            taken_out = filter(None, map(whole, request.POST.getlist("take_out")))
            quarantine.remove(quarantine.waiting(lookup).filter(pk__in=taken_out))
            upload.keep(lookup=lookup, room=room)
            try:
                upload.refused += [(name, Refusal.CUT_SHORT) for name in pieces.complete_all(lookup)]
            except pieces.Refused as refused:  # what is here whole goes along when it is sent again
                return _form_page(
                    request, chosen, edition, form, token=token, story=story, nonce=nonce, status=503,
                    problems=[refused.refusal.said_of("")], file_problems=upload.problems(),
                    waiting=quarantine.waiting(lookup),
                )  # fmt: skip
            is_allowed = is_proved or within_limits(request, "citizen_reports.send_unproved")
        if not is_allowed:
            problem = pages.too_many()
        # A full disk or a broken line is no fault of theirs: the text is taken, and the confirmation says what is not.
        is_refused = any(refusal not in (Refusal.NO_SPACE, Refusal.CUT_SHORT) for _name, refusal in upload.refused)
        if problem or is_refused or not form.is_valid():
            return _form_page(
                request, chosen, edition, form, token=token, story=story, nonce=nonce,
                status=422 if is_allowed else 429, problems=[problem] if problem else [],
                file_problems=upload.problems(), waiting=quarantine.waiting(lookup),
            )  # fmt: skip
        received = intake.receive(
            form.cleaned_data, intake=chosen, nonce=nonce, language=edition.language, story=story,
            is_spam=form.is_spam, is_screened=is_proved,
        )  # fmt: skip
        return _received_page(request, edition, received, upload, contact_dropped=form.drops_contact)


def _token(text: str, chosen: IntakeForm) -> tuple[str, str, str]:
    """The token to go on with, its nonce, and what to tell the witness ("" when all is well)."""
    try:
        return text, _nonce(text, chosen, at_least=TYPING_TAKES, at_most=pages.FORM_STAYS_OPEN), ""
    except TokenTooFast:
        problem = gettext("This came faster than a person can type. Please send it again in a few seconds.")
        return text, _nonce(text, chosen), problem
    except TokenTooOld:
        nonce = _nonce(text, chosen)
        if intake.sent_with(nonce):
            return text, nonce, ""
        problem = gettext("This page was open for more than a day. Please choose your files again, then send.")
    except TokenProblem:
        problem = gettext("The page could not be accepted as it came. Please send it again in a few seconds.")
    fresh = form_tokens.issue(token_name(chosen))
    return fresh, _nonce(fresh, chosen), problem


def _nonce(
    token: str, chosen: IntakeForm, *, at_least: timedelta = timedelta(0), at_most: timedelta = _ANY_TIME
) -> str:
    return form_tokens.read(token, form=token_name(chosen), at_least=at_least, at_most=at_most).nonce


def _story(number: int | None) -> PublishedArticle | None:
    return PublishedArticle.objects.filter(pk=number).only("headline", "language").first() if number else None


def _received_page(
    request: HttpRequest,
    edition: Edition,
    received: intake.Received,
    upload: SealingUpload,
    *,
    contact_dropped: bool = False,
) -> HttpResponse:
    files = received.report.attachments.all()
    said_where = [file for file in files if '"place"' in file.capture_facts.open()]
    return page(
        request, "received", edition, received=received, said_where=said_where, number_of_files=len(files),
        file_problems=upload.problems(), contact_dropped=contact_dropped,
    )  # fmt: skip
