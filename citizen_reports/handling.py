"""The desk's verbs on a report. Each is one transaction with one event; refusals are `HandlingRefused` with words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles import actions, actions_desk, markup
from articles.models.desk import Article
from citizen_reports import desks, retention
from citizen_reports.mail import letters
from citizen_reports.models.mail import OutboundEmail
from citizen_reports.models.people import Consent, Credit, WitnessIdentity
from citizen_reports.models.reports import (
    OPEN_STATES,
    Message,
    Priority,
    Report,
    ReportEvent,
    ReportState,
    ReportStory,
    Verification,
)
from citizen_reports.questions import answers_in
from safeguards.sealing import keyed_hash

if TYPE_CHECKING:
    from accounts.models import User

S = ReportState
Did = ReportEvent.Verb
_ASIDE = {S.SPAM, S.HELD, S.DUPLICATE, S.DECLINED}
# From which state the desk may move a report where. "used" is reached by way of a story, "purged" by the purge.
MOVES: dict[str, frozenset[str]] = {
    S.UNSCREENED: frozenset({S.NEW, S.TRIAGED, *_ASIDE}),
    S.NEW: frozenset({S.TRIAGED, S.IN_VERIFICATION, *_ASIDE}),
    S.TRIAGED: frozenset({S.IN_VERIFICATION, S.WAITING, S.READY, *_ASIDE}),
    S.IN_VERIFICATION: frozenset({S.WAITING, S.READY, S.TRIAGED, *_ASIDE}),
    S.WAITING: frozenset({S.IN_VERIFICATION, S.READY, S.CLOSED, *_ASIDE}),
    S.READY: frozenset({S.IN_VERIFICATION, S.WAITING, S.CLOSED, *_ASIDE}),
    S.USED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset({S.TRIAGED}),
    **{aside: frozenset({S.TRIAGED, S.CLOSED}) for aside in _ASIDE},
    S.PURGED: frozenset(),
}

BRIEF = 4000  # characters at most; the report itself holds them all


class HandlingRefused(Exception):
    """The verb was refused and nothing has changed. ``str()`` of it is fit for the desk."""


def note_event(report: Report, *, actor: User | None, verb: ReportEvent.Verb, **detail: Any) -> ReportEvent:
    """One line of the report's history, in the caller's transaction. `detail` must hold nothing that is sealed."""
    return ReportEvent.objects.create(
        report=report.pk, reference=report.reference, actor=actor, verb=verb, detail=detail
    )


def need(actor: User, permission: str) -> None:
    if not actor.has_perm(f"citizen_reports.{permission}"):
        raise HandlingRefused(gettext("Your role does not allow this. Ask an editor."))


def hold(number: Any, actor: User, *, even_purged: bool = False) -> Report:
    """The report's row, locked, in the caller's transaction; refused when another desk has it or it was purged."""
    report = Report.objects.select_for_update().get(pk=number)
    if not desks.seen_by(actor).filter(pk=number).exists():
        raise HandlingRefused(gettext("Another desk has this report now."))
    if report.state == S.PURGED and not even_purged:
        raise HandlingRefused(gettext("This report has been purged: nothing of it is left."))
    return report


def activity(report: Report) -> dict[str, Any]:
    """Activity, and with it a new end of the time for which the report is kept; for an update."""
    now = timezone.now()
    return {"last_activity": now, **retention.lasting(report, now)}


@transaction.atomic
def move(number: Any, *, actor: User, to: str, reason: str = "") -> Report:
    """Moves a report to another state. "ready" needs a verification, or an editor's written reason to go without."""
    need(actor, "change_report")
    report = hold(number, actor)
    if to not in MOVES[report.state]:
        raise HandlingRefused(
            gettext("This report is now “%(state)s” and cannot be moved there. Load the page again.")
            % {"state": report.get_state_display()}
        )
    if to == S.READY and report.verification in (Verification.UNVERIFIED, Verification.IN_PROGRESS):
        if not reason.strip():
            raise HandlingRefused(
                gettext("Say first what verification found, or give the reason why it is used without.")
            )
        need(actor, "verify_report")
    if to == S.READY and is_for_two(report, judge=last_judge(report), ready_by=actor.pk, lowered_by=lowered_by(report)):
        if report.priority != Priority.HIGH:
            raise HandlingRefused(lowered_alone() % {"reference": report.reference})
        raise needs_two()
    values = {"state": to, **activity(report)}
    if report.state == S.DUPLICATE or to in OPEN_STATES:  # it is worked on for itself again
        values["duplicate_of"] = None
    before, report.state = report.state, to
    Report.objects.filter(pk=report.pk).update(**values)
    note_event(report, actor=actor, verb=Did.MOVED, before=before, after=to, reason=reason.strip())
    return report


def is_for_two(report: Report, *, judge: int | None, ready_by: int | None, lowered_by: int | None) -> bool:
    """A second person is wanted: the report is of high priority, or was, and no two stand behind it.

    One wrote down last what verification found (`judge`), another marked it as ready (`ready_by`). Whoever lowered its
    priority (`lowered_by`) is one of the two from then on: nobody gets rid of the other alone. People's numbers.
    """
    if report.priority == Priority.HIGH:
        return None in (judge, ready_by) or judge == ready_by
    return lowered_by is not None and {judge, ready_by} <= {lowered_by, None}


def needs_two() -> HandlingRefused:
    return HandlingRefused(
        gettext("A report of high priority needs two people: one verifies it, another marks it ready.")
    )


def lowered_alone() -> str:
    """With a place for the report's reference."""
    return gettext(
        "Report %(reference)s was of high priority until the one person behind it lowered that. Somebody else writes"
        " down what they find, or marks it as ready."
    )


def lowered_by(report: Report) -> int | None:
    """Who gave it another priority than high; None when nobody did."""
    sorted_ = ReportEvent.objects.filter(report=report.pk, verb=Did.SORTED, detail__lowered=True).order_by("-pk")
    return sorted_.values_list("actor", flat=True).first()


def last_judge(report: Report) -> int | None:
    """Who last wrote down what verification found; None when nobody did."""
    judged = ReportEvent.objects.filter(report=report.pk, verb=Did.JUDGED).order_by("-pk")
    return judged.values_list("actor", flat=True).first()


@transaction.atomic
def judge(number: Any, *, actor: User, verification: str, reason: str) -> Report:
    """Writes down what verification found, and why."""
    need(actor, "verify_report")
    if verification not in Verification.values:
        raise HandlingRefused(gettext("Choose what verification found."))
    if verification not in (Verification.UNVERIFIED, Verification.IN_PROGRESS) and not reason.strip():
        raise HandlingRefused(gettext("Write down how you know: colleagues and readers may ask."))
    report = hold(number, actor)
    Report.objects.filter(pk=report.pk).update(verification=verification, **activity(report))
    note_event(
        report, actor=actor, verb=Did.JUDGED, before=report.verification, after=verification, reason=reason.strip()
    )
    return report


@transaction.atomic
def take(number: Any, *, actor: User) -> Report:
    """Puts the report on the actor's own list."""
    need(actor, "change_report")
    report = hold(number, actor)
    Report.objects.filter(pk=report.pk).update(assigned_to=actor)
    note_event(report, actor=actor, verb=Did.TAKEN)
    return report


@transaction.atomic
def answer(
    number: Any, *, actor: User, text: str, internal: bool = False, by_mail: str = "", once: str = ""
) -> Message:
    """Writes to the witness (read with the receipt), or a note that stays with the desk.

    To a witness who wrote by mail it goes by mail: the answer itself, or (`by_mail` "notice") only that there is one.
    Two with the same `once` are one: a form that was sent by a double click.
    """
    need(actor, "change_report")
    if not text.strip():
        raise HandlingRefused(gettext("There is nothing to send: write something first."))
    report = hold(number, actor)
    lookup = keyed_hash(f"{report.pk} {once}", purpose="citizen_reports.answer") if once else None
    if lookup and (sent := Message.objects.filter(token_lookup=lookup).first()):
        return sent
    direction = Message.Direction.INTERNAL if internal else Message.Direction.TO_WITNESS
    message = Message.objects.create(
        report=report, direction=direction, author=actor, body=text.strip(), token_lookup=lookup
    )
    values = activity(report)
    if not internal:
        values["witness_waits"] = False
        if report.state == S.UNSCREENED:
            values["state"] = S.NEW
        if letters.reaches(report):
            notice = by_mail == OutboundEmail.Kind.NOTICE
            letters.queue_answer(message, OutboundEmail.Kind.NOTICE if notice else OutboundEmail.Kind.ANSWER)
    Report.objects.filter(pk=report.pk).update(**values)
    note_event(report, actor=actor, verb=Did.NOTED if internal else Did.ANSWERED)
    return message


@transaction.atomic
def look_at_identity(number: Any, *, actor: User, reason: str) -> dict[str, str]:
    """Who the witness is, by field or by question; {} when they left nothing. Each look is an event with its reason."""
    need(actor, "view_identity")
    if not reason.strip():
        raise HandlingRefused(gettext("Say why you need to know who this is. The reason is kept."))
    report = hold(number, actor)
    note_event(report, actor=actor, verb=Did.IDENTITY_SEEN, reason=reason.strip())
    identity = WitnessIdentity.objects.filter(report=report).first()
    if identity is None:
        return {}
    names = ("name", "credit_name", "email", "phone", "other_contact", "safe_contact_note")
    found = {name: getattr(identity, name).open() for name in names if getattr(identity, name)}
    answered = {answer.label: answer.words for answer in answers_in(identity.answers)}
    return answered | found | {"may_contact": gettext("yes") if identity.may_contact else gettext("no")}


def consent_in_force(report: Report) -> Consent | None:
    """What the witness allows now; None when nothing, or when it was withdrawn."""
    return report.consents.filter(withdrawn_at=None).first()


def credit_line(report: Report, consent: Consent) -> str:
    """The name to print by the witness's own choice; "" for none."""
    identity = WitnessIdentity.objects.filter(report=report).first()
    if identity is None or consent.credit == Credit.ANONYMOUS:
        return ""
    name = identity.name.open() if identity.name else ""
    if consent.credit == Credit.FULL:
        return name
    if consent.credit == Credit.FIRST:
        return name.split(" ")[0] if name else ""
    return identity.credit_name.open() if identity.credit_name else ""


@transaction.atomic
def make_story(number: Any, *, actor: User, credit_checked: bool = False) -> Article:
    """A draft story of the report's words, with the credit that the witness chose; the report is then "used".

    Needs state "ready" and a consent in force that covers the text. A name in print asks once more
    (`credit_checked`). A second call gives the story that there is.
    """
    need(actor, "change_report")
    report = hold(number, actor)
    made = report.stories.filter(removed_at=None).select_related("article").order_by("pk").last()
    if made and report.state == S.USED:
        return made.article
    if report.state != S.READY:
        raise HandlingRefused(gettext("Only a report that is ready to use can become a story."))
    consent = consent_in_force(report)
    if consent is None or not consent.publish_text:
        raise HandlingRefused(gettext("The witness has not agreed that this text may be published. Ask them first."))
    credit = credit_line(report, consent)
    if credit and not credit_checked:
        raise HandlingRefused(gettext("The witness’s name will be printed. Tick that you are sure."))
    article = actions.create(actor=actor)
    actions.save(
        article.pk,
        actor=actor,
        content={
            "headline": (report.title.open() if report.title else "")[:200],
            "body": markup.from_plain(report.body.open()),
            "language": report.language,
            "bylines": [{"author": None, "name": credit, "credit": ""}] if credit else [],
        },
    )
    if brief := _brief(report):
        # Not the person's own planning: what was asked for comes along whoever makes the draft.
        actions_desk.plan(article.pk, actor=None, brief=brief)
    ReportStory.objects.create(report=report, article=article, consent=consent, credit_line=credit, by=actor)
    Report.objects.filter(pk=report.pk).update(state=S.USED, **activity(report))
    note_event(report, actor=actor, verb=Did.BECAME_STORY, story=article.pk)
    record(actor=actor, verb=gettext_noop("report linked"), thing=article, report=report.reference)
    article.refresh_from_db()
    return article


def _brief(report: Report) -> str:
    """What the witness answered to the form's questions, for whoever writes; never what tells who they are."""
    answers = answers_in(report.answers)
    heading = gettext("Report %(reference)s") % {"reference": report.reference}
    told = [heading, *(f"{answer.label}\n{answer.words}" for answer in answers)]
    return "\n\n".join(told)[:BRIEF] if answers else ""
