"""The inbox in order: who has a report, which desk, how soon; which comes next; and the word that new ones wait."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from accounts import notices
from accounts.models import User
from accounts.roles import Role
from articles.models.places import Section
from citizen_reports import desks, handling, receipts
from citizen_reports.blocking import sender_lookup
from citizen_reports.models.inbox import BlockRule
from citizen_reports.models.people import WitnessIdentity
from citizen_reports.models.reports import Priority, Report, ReportEvent, ReportState

GIVEN = gettext_noop("Report %(reference)s is with you now.")
NEW = gettext_noop("A new report waits: %(reference)s (%(desk)s)")
UNWISHED = gettext_noop("The witness of report %(reference)s wishes that it be deleted now.")
WROTE = gettext_noop("The witness of report %(reference)s has written.")
HANDLERS = frozenset({Role.REPORTER, Role.SUBEDITOR, Role.EDITOR, Role.CHIEF})
_TOLD_AT_ONCE = 20


@transaction.atomic
def sort(
    number: Any, *, actor: User, priority: str, section: int | None = None, assignee: int | None = None,
    seen: str | None = None,
) -> Report:  # fmt: skip
    """Gives a report a priority, a desk and a person, or takes them away. Raises `HandlingRefused`.

    A person who does not work for that desk may be given the report all the same: then they see this one. `seen` is
    what `standing` said on the page: when somebody has sorted it since, nothing happens.
    """
    handling.need(actor, "change_report")
    report = handling.hold(number, actor)
    if seen not in (None, standing(report)):
        raise handling.HandlingRefused(
            gettext("This has changed meanwhile, so nothing was done. Look again at how it stands.")
        )
    person = User.objects.filter(pk=assignee, is_active=True, role__in=HANDLERS).first() if assignee else None
    if priority not in Priority.values or (assignee and not person):
        raise handling.HandlingRefused(gettext("Choose a priority, and a person who works with reports."))
    is_lowered = report.priority == Priority.HIGH and priority != Priority.HIGH
    if is_lowered and (handling.last_judge(report) == actor.pk or not actor.has_perm("citizen_reports.verify_report")):
        raise handling.needs_two()
    if section and not Section.objects.filter(pk=section).exists():
        raise handling.HandlingRefused(gettext("This section is no longer there."))
    values = {"priority": priority, "section_id": section, "assigned_to_id": assignee}
    changed = {name: value for name, value in values.items() if getattr(report, name) != value}
    if not changed:
        return report
    Report.objects.filter(pk=report.pk).update(**changed)
    lowered = {"lowered": True} if is_lowered else {}  # who does that counts as one of two (`handling.is_for_two`)
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.SORTED, **changed, **lowered)
    if person and "assigned_to_id" in changed:
        tell([person], GIVEN, report, actor=actor)
    report.refresh_from_db()
    return report


def standing(report: Report) -> str:
    """How a report is sorted, for a hidden field."""
    return f"{report.priority} {report.section_id or 0} {report.assigned_to_id or 0}"


@transaction.atomic
def same_as(number: Any, *, actor: User, reference: str) -> Report:
    """Says that a report tells the same as another one (its reference): that one is worked on, this one set aside."""
    handling.need(actor, "change_report")
    others = desks.seen_by(actor).filter(reference=reference_of(reference), purged_at=None)
    # Both rows, always in this order: two people who link two reports both ways wait for each other.
    both = Report.objects.filter(Q(pk=number) | Q(pk__in=others.values("pk"))).order_by("pk")
    list(both.select_for_update().values_list("pk"))
    report, other = handling.hold(number, actor), others.first()
    if other is None or other == report:
        raise handling.HandlingRefused(gettext("There is no other report with this reference."))
    first = other.duplicate_of or other
    if first == report:
        raise handling.HandlingRefused(gettext("That report is set aside as the same as this one already."))
    Report.objects.filter(pk=report.pk).update(duplicate_of=first)
    Report.objects.filter(duplicate_of=report).update(duplicate_of=first)
    if ReportState.DUPLICATE in handling.MOVES[report.state]:
        handling.move(number, actor=actor, to=ReportState.DUPLICATE)
    for one, another in ((report, first), (first, report)):
        handling.note_event(one, actor=actor, verb=ReportEvent.Verb.LINKED, other=another.reference)
    report.refresh_from_db()
    return report


@transaction.atomic
def block(number: Any, *, actor: User, reason: str) -> int:
    """Makes the report spam, and blocks its sender's address and its files; how many blocks are new.

    Nobody need see who it is: the address is opened for its hash alone. Raises `HandlingRefused` without a reason.
    """
    handling.need(actor, "block_sender")
    if not reason.strip():
        raise handling.HandlingRefused(gettext("Say why. Colleagues will see the reason, and not the address."))
    report = handling.hold(number, actor)
    identity = WitnessIdentity.objects.filter(report=report).first()
    address = identity.email.open() if identity and identity.email else ""
    wanted = [("sender", sender_lookup(address))] if address else []
    wanted += [("file", key) for key in report.attachments.values_list("dedupe_key", flat=True)]
    if not wanted:
        raise handling.HandlingRefused(gettext("There is nothing to block: no address and no file came with it."))
    made = sum(
        BlockRule.objects.get_or_create(
            kind=kind, lookup=lookup, defaults={"by": actor, "reason": reason.strip()[:300]}
        )[1]
        for kind, lookup in wanted
    )
    if ReportState.SPAM in handling.MOVES[report.state]:
        handling.move(number, actor=actor, to=ReportState.SPAM, reason=reason)
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.BLOCKED, blocks=made, reason=reason.strip())
    return made


def reference_of(typed: str) -> str:
    """A reference as it is written, from what somebody typed: ``cr 7k2m9q`` is CR-7K2M-9Q."""
    bare = "".join(filter(str.isalnum, typed.upper()))
    bare = (bare.removeprefix("CR") if len(bare) > 6 else bare).translate(receipts.READ_AS)
    return f"CR-{bare[:4]}-{bare[4:]}"[:12]


def neighbours(report: Report, user: User) -> tuple[Report | None, Report | None]:
    """The open reports before and after this one as the inbox lists them, None at its ends; two queries."""
    open_ones = desks.seen_by(user).filter(is_open=True).exclude(pk=report.pk)
    here = report.last_activity
    # The bound comes first and alone, so that an index leads there: of 100,000 rows two are read.
    after = Q(last_activity__lte=here) & (Q(last_activity__lt=here) | Q(pk__gt=report.pk))
    before = Q(last_activity__gte=here) & (Q(last_activity__gt=here) | Q(pk__lt=report.pk))
    return (
        open_ones.filter(before).order_by("last_activity", "-pk").first(),
        open_ones.filter(after).order_by("-last_activity", "pk").first(),
    )


def announce() -> int:
    """For the worker, every quarter of an hour: tells who has a report, else editors and chiefs of its desk, that it
    came, that its witness wrote again, or wishes that it be deleted, which is for editors; of how many.

    Not at once: a notice keeps its minute, and of an anonymous witness not even the database knows that.
    """
    waiting = Report.objects.filter(is_announced=False, purged_at=None).exclude(
        state=ReportState.SPAM, deletion_asked_at=None
    )
    told = 0
    rows = waiting.select_related("section__parent", "assigned_to").order_by("received_at", "pk")
    for report in rows[:_TOLD_AT_ONCE]:
        with transaction.atomic():
            # Only one worker gets through here.
            if waiting.filter(pk=report.pk).update(is_announced=True):
                told += 1
                people = {report.assigned_to} if report.assigned_to else set(editors_of(report))
                message = NEW if report.state in (ReportState.UNSCREENED, ReportState.NEW) else WROTE
                if report.deletion_asked_at:
                    people, message = people | set(editors_of(report)), UNWISHED
                tell(people, message, report, desk=str(report.section or gettext("every desk")))
    return told


def tell(people: Iterable[User], message: str, report: Report, *, actor: User | None = None, desk: str = "") -> None:
    """A notice that holds the reference, the desk and the link, and nothing of what was said or by whom."""
    url = reverse("admin:citizen_reports_report_change", args=[report.pk])
    notices.tell(people, message, url, actor=actor, reference=report.reference, desk=desk)


def editors_of(report: Report) -> QuerySet[User]:
    """Editors and chiefs of the report's desk; of every desk where it has none."""
    people = User.objects.filter(is_active=True, role__in=(Role.EDITOR, Role.CHIEF))
    if report.section is None:
        return people
    theirs = Q(section_limits__section__in={report.section_id, report.section.parent_id} - {None})
    return people.filter(Q(section_limits=None) | theirs).distinct()
