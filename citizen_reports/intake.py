"""What a witness does: send a report, write again, take back permission, have their contact data deleted, or all of it.

Each verb is one transaction, and each bears being done twice. Nothing is kept of where a request came from.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from articles import actions, snapshots
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from citizen_reports import blocking, consent_alarms, into_library, likeness, quarantine, receipts, retention
from citizen_reports.models import Consent, IntakeForm, Message, Report, ReportEvent, ReportStory, WitnessIdentity
from citizen_reports.models.people import Credit
from citizen_reports.models.reports import Exposure, ReportState

RECEIPT_SHOWN_FOR = timedelta(minutes=15)
_NOT_LIVE = (State.DRAFT, State.IN_REVIEW, State.RETURNED, State.READY, State.WITHDRAWN)
TOLD = ("kind", "title", "body", "place", "happened_on", "happened_precision", "exposure")
IDENTITY = ("name", "credit_name", "email", "phone", "other_contact", "safe_contact_note", "may_contact")


class ReportGone(Exception):
    """The report was purged meanwhile."""


@dataclass(frozen=True)
class Received:
    """A report safely stored. ``code``: its receipt, "" once that is no longer shown; ``again``: it was here before."""

    report: Report
    code: str
    again: bool


def found_forms() -> None:
    """The house's own form, at ``/report/witness/``. Safe to call again; what the desk changed stays."""
    IntakeForm.objects.get_or_create(slug="witness", defaults={"title": gettext_noop("Tell us what you saw")})


def sent_with(nonce: str) -> Received | None:
    """What was already received with this form's token, if anything was."""
    report = Report.objects.filter(token_lookup=receipts.token_lookup(nonce)).select_related("form").first()
    if report is None:
        return None
    is_shown = report.receipt_until is not None and timezone.now() < report.receipt_until
    return Received(report, receipts.code_for(nonce) if is_shown else "", again=True)


def receive(
    content: dict[str, Any],
    *,
    intake: IntakeForm,
    nonce: str,
    language: str,
    story: int | None = None,
    is_spam: bool = False,
    is_screened: bool = False,
) -> Received:
    """One report from what the form held (`forms.ReportForm.cleaned_data`) and the files waiting under its token.

    `is_screened`: its sender's machine has worked for it, so it is "new", not "not yet looked at".
    However often and however fast one token comes, it is one report: the others get what `sent_with` says.
    """
    code = receipts.code_for(nonce)
    try:
        with transaction.atomic():
            # Of who stays anonymous no address counts, not even one that was typed before.
            hidden = {"email": ""} if content["exposure"] == Exposure.ANONYMOUS else {}
            files = quarantine.waiting(receipts.token_lookup(nonce)).values_list("dedupe_key", flat=True)
            flags = blocking.flags_of(
                content | hidden, list(files),
                is_trapped=is_spam, times_before=likeness.times(content["body"]),
            )  # fmt: skip
            state = ReportState.NEW if is_screened else ReportState.UNSCREENED
            state = ReportState.SPAM if blocking.CERTAIN.intersection(flags) else state
            report = _store(
                content, intake, code=code, nonce=nonce, language=language, story=story, state=state, flags=flags
            )
    except IntegrityError:
        if received := sent_with(nonce):
            return received
        raise
    return Received(report, code, again=False)


@transaction.atomic
def write_again(report: Report, *, body: str, nonce: str) -> bool:
    """The witness's next message, with the files waiting under the token; False when it was already here.

    Raises `ReportGone`.
    """
    at = _moment(report.exposure)
    lookup = receipts.token_lookup(nonce)
    content = {"report": report, "direction": Message.Direction.FROM_WITNESS, "body": body, "at": at}
    message, is_new = Message.objects.get_or_create(token_lookup=lookup, defaults=content)
    if is_new:
        quarantine.attach(lookup, report, at=at, message=message)
        _heard_from(report, "witness_wrote", at)
        Report.objects.filter(pk=report.pk, state=ReportState.WAITING).update(state=ReportState.IN_VERIFICATION)
    return is_new


@transaction.atomic
def withdraw_consent(report: Report) -> bool:
    """From now on nothing of the report may be published anew; False when no permission was in force."""
    at = _moment(report.exposure)
    if not report.consents.filter(withdrawn_at=None).update(withdrawn_at=at):
        return False
    _heard_from(report, "witness_withdrew_consent", at)
    consent_alarms.follow(report, at=at)
    return True


@transaction.atomic
def forget_contact(report: Report) -> bool:
    """Name and contact data are deleted, the report is anonymous, and so is its credit; False when there were none.

    Under legal hold no name is printed any more, and the rest waits until it is lifted (`contact_waits`).
    """
    at = _moment(Exposure.ANONYMOUS)
    take_stories(report.pk)
    held = Report.objects.select_for_update().get(pk=report.pk)
    if contact_waits(held):
        return True
    if held.legal_hold:
        if not WitnessIdentity.objects.filter(report=report).exists():
            return False
        _print_no_name(report, at=at)
    elif not delete_contact(report, at=at):
        return False
    _heard_from(report, "witness_deleted_contact", at, **({"waits": True} if held.legal_hold else {}))
    return True


@transaction.atomic
def ask_deletion(report: Report) -> bool:
    """The desk shall delete all of it now (`citizen_reports.deletion`); False when that was asked already.

    It is kept no longer for that.
    """
    at = _moment(report.exposure)
    there = Report.objects.filter(pk=report.pk, purged_at=None)
    asks = {"deletion_asked_at": at, "last_activity": at, "witness_waits": True, "is_announced": False}
    if not there.filter(deletion_asked_at=None).update(**asks):
        if not there.exists():
            raise ReportGone
        return False
    _event(report, "witness_asked_deletion", at)
    return True


def contact_waits(report: Report) -> bool:
    """Under this legal hold the witness had their contact data deleted: it is done when `keeping` lifts it."""
    if not report.legal_hold:
        return False
    verbs = (ReportEvent.Verb.PUT_ON_HOLD, ReportEvent.Verb.CONTACT_DELETED)
    newest = ReportEvent.objects.filter(report=report.pk, verb__in=verbs).order_by("-pk").first()
    return newest is not None and bool(newest.detail.get("waits"))


def take_stories(number: Any) -> None:
    """Takes hold of the stories of that report before its own row, as a publication does: see `stories`."""
    linked = ReportStory.objects.filter(report=number).values("article")
    list(Article.objects.select_for_update(of=("self",)).filter(pk__in=linked).order_by("pk").values_list("pk"))


def delete_contact(report: Report, *, at: datetime) -> bool:
    """What both the witness and, on their wish, the desk have done; in the caller's transaction. False: nothing was."""
    if not WitnessIdentity.objects.filter(report=report).delete()[0]:
        return False
    Report.objects.filter(pk=report.pk).update(exposure=Exposure.ANONYMOUS)
    _print_no_name(report, at=at)
    return True


def _print_no_name(report: Report, *, at: datetime) -> None:
    # Consents are not changed: the one that named them ends, the same without a name begins.
    named = report.consents.filter(withdrawn_at=None).exclude(credit=Credit.ANONYMOUS).first()
    if named:
        Consent.objects.filter(pk=named.pk).update(withdrawn_at=at)
        named.pk, named.credit, named.granted_at = None, Credit.ANONYMOUS, at
        named.save(force_insert=True)
    take_off_name(report)


def take_off_name(report: Report, *, but: str = "") -> None:
    """Any name of the witness but this one goes from drafts and from the library; what readers have before them stays.

    In the caller's transaction, which has taken the stories.
    """
    for used in report.stories.select_related("article").exclude(credit_line__in=("", but)):
        if used.article.state in _NOT_LIVE:
            content = snapshots.take(used.article)
            kept = [line for line in content["bylines"] if line["name"] != used.credit_line]
            actions.save(used.article_id, actor=None, content={"bylines": kept})
            ReportStory.objects.filter(pk=used.pk).update(credit_line="")
    into_library.forget_name(report, but=but)


def forget_receipt_times() -> int:
    """For the worker, every few minutes: when a report came is kept to the minute only while its receipt is shown."""
    return Report.objects.filter(receipt_until__lt=timezone.now()).update(receipt_until=None)


def _store(
    content: dict[str, Any],
    intake: IntakeForm,
    *,
    code: str,
    nonce: str,
    language: str,
    story: int | None,
    state: ReportState,
    flags: list[str],
) -> Report:
    at = _moment(content["exposure"])
    published = PublishedArticle.objects.filter(pk=story or 0).values_list("pk", flat=True)
    report = Report.objects.create(
        reference=_fresh_reference(),
        form=intake,
        language=language,
        channel=content.get("channel", "web"),
        answers_story_id=published.first(),
        state=state,
        receipt_lookup=receipts.lookup_of(code),
        token_lookup=receipts.token_lookup(nonce),
        received_at=at,
        last_activity=at,
        receipt_until=timezone.now() + RECEIPT_SHOWN_FOR,
        **retention.first(intake, at),
        answers=content.get("answers", ""),
        section=intake.section,
        flags=flags,
        **{name: content[name] for name in TOLD},
    )
    likeness.trace_text(report, content["body"])
    _store_identity(report, content)
    if content["publish_text"] or content["publish_media"]:
        Consent.objects.create(
            report=report,
            text_version=intake.consent_version,
            granted_at=at,
            **{name: content[name] for name in ("publish_text", "publish_media", "credit", "made_it_myself", "of_age")},
        )
    quarantine.attach(report.token_lookup, report, at=at)
    _event(report, "received", at)
    return report


def _store_identity(report: Report, content: dict[str, Any]) -> None:
    # Anonymous means that we know nothing, whatever was typed; a name they chose for print tells nothing.
    kept = ("credit_name",) if report.exposure == Exposure.ANONYMOUS else IDENTITY
    identity = {name: content[name] for name in kept if content[name]}
    if report.exposure != Exposure.ANONYMOUS and content.get("personal_answers"):
        identity["answers"] = content["personal_answers"]
    if identity:
        WitnessIdentity.objects.create(report=report, **identity)


def _heard_from(report: Report, verb: str, at: datetime, **detail: bool) -> None:
    """The desk sees that the witness was here, and the time until the purge begins again."""
    fields = {
        "witness_waits": True,
        "is_announced": False,
        "last_activity": at,
        **retention.lasting(report, at),
    }
    if not Report.objects.filter(pk=report.pk, purged_at=None).update(**fields):
        raise ReportGone
    _event(report, verb, at, **detail)


def _event(report: Report, verb: str, at: datetime, **detail: bool) -> None:
    ReportEvent.objects.create(report=report.pk, reference=report.reference, verb=verb, at=at, detail=detail)


def _moment(exposure: str) -> datetime:
    """Now; of an anonymous witness only the hour."""
    now = timezone.now()
    return now.replace(minute=0, second=0, microsecond=0) if exposure == Exposure.ANONYMOUS else now


def _fresh_reference() -> str:
    while True:
        drawn = "".join(secrets.choice(receipts.ALPHABET) for _ in range(6))
        reference = f"CR-{drawn[:4]}-{drawn[4:]}"
        if not Report.objects.filter(reference=reference).exists():
            return reference
