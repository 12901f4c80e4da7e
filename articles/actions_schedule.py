"""The verbs of the clock: what is to happen to a story by itself, and when. Each is one transaction, as in `actions`.

A publication is frozen when it is scheduled: what is written afterwards stays in the desk until somebody says
otherwise. `articles.clockwork` carries the rows out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles import checks
from articles.actions import finish_save, take_hold
from articles.clocks import Zones, on_both_clocks
from articles.models.desk import Article
from articles.models.desk import State as Standing
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.models.workflow import ScheduledChange
from articles.problems import DeskProblem, NotAllowed, NotReady
from articles.schedule import CANCELLED, PUBLICATIONS, settle, waiting
from articles.verbs import VERBS

if TYPE_CHECKING:
    from accounts.models import User

Verb, State = ScheduledChange.Verb, ScheduledChange.State
DISMISSED = gettext_noop("Somebody has cancelled it.")
CHANGED = gettext_noop("schedule changed")


class TooLate(DeskProblem):
    """The clock, or somebody else, was quicker."""

    def __init__(self, change: ScheduledChange) -> None:
        super().__init__(
            gettext("This cannot be changed any more: it is “%(state)s”.") % {"state": change.get_state_display()}
        )


@transaction.atomic
def schedule(
    number: int,
    *,
    verb: str,
    at: datetime,
    actor: User | None,
    expected_version: int | None = None,
    options: dict[str, bool] | None = None,
    override: str = "",
    note: str = "",
) -> ScheduledChange:
    """Sets the clock: at `at` the story goes out as it is saved now (`verb` "publish", also for the changes of a live
    one), or is taken off ("withdraw").

    `options` and `override` as for `actions.publish`; checks look at what will be true at that time, so that nothing
    is set that an embargo forbids. Raises `NotReady`, with messages by field (``at``, or the checks'), besides what
    `take_hold` raises.
    """
    article = take_hold(number, verb="schedule", actor=actor, expected_version=expected_version)
    kind = _kind(article, verb)
    if not VERBS[kind].allowed(actor, article):
        raise NotAllowed
    _refuse_time(article, kind, at)
    same = (Verb.WITHDRAW,) if kind == Verb.WITHDRAW else PUBLICATIONS
    there = waiting(article.pk).filter(verb__in=same).first()
    if there:
        raise _not_then(gettext("The clock is set already: %(when)s. Change that."), there.at)
    frozen = (None, []) if kind == Verb.WITHDRAW else _freeze(article, at, actor=actor, override=override)
    revision, set_aside = frozen
    settle(article, same, actor=actor, why=gettext_noop("It was scheduled anew."))  # what had failed
    change = ScheduledChange.objects.create(
        article=article, verb=kind, revision=revision, at=at, due_at=at, created_by=actor, options=options or {},
        override=" ".join(override.split())[:300] if revision else "", set_aside=set_aside,
        note=" ".join(note.split())[:300],
    )  # fmt: skip
    record(actor=actor, verb=VERBS["schedule"].audit, thing=article, **_told(change))
    return change


@transaction.atomic
def reschedule(
    change_number: int,
    *,
    actor: User | None,
    at: datetime | None = None,
    take_newest: bool = False,
    options: dict[str, bool] | None = None,
    override: str = "",
    note: str | None = None,
) -> ScheduledChange:
    """Changes what waits: another time, or what is saved now instead of what was frozen (`take_newest`).

    None leaves a thing as it is. Everything is looked at anew, as by `schedule`; the reason of before sets aside what
    it was given for, and nothing else. Raises `TooLate` once it is done.
    """
    change, article = _hold(change_number, "schedule", actor)
    if change.state != State.WAITING:
        raise TooLate(change)
    if not VERBS[change.verb].allowed(actor, article):
        raise NotAllowed
    change.at = at or change.at
    _refuse_time(article, change.verb, change.at)
    if change.verb != Verb.WITHDRAW:
        reason = " ".join(override.split())[:300] or change.override
        known = change.set_aside if reason == change.override else None
        frozen = None if take_newest else change.revision
        change.revision, change.set_aside = _freeze(
            article, change.at, actor=actor, override=reason, known=known, frozen=frozen
        )
        change.override = reason
    change.options = change.options if options is None else options
    change.note = change.note if note is None else " ".join(note.split())[:300]
    # As new: a worker that has just claimed it finds its lease gone.
    change.due_at, change.attempts, change.lease_by, change.lease_until = change.at, 0, "", None
    change.error, change.warned_at = "", None
    change.save()
    record(actor=actor, verb=CHANGED, thing=article, **_told(change))
    return change


@transaction.atomic
def cancel(change_number: int, *, actor: User | None) -> ScheduledChange:
    """Takes it off the clock; for one that has failed: somebody has seen it. A second click changes nothing.

    Raises `TooLate` when it has been carried out.
    """
    change, article = _hold(change_number, "unschedule", actor)
    if change.state == State.CANCELLED:
        return change
    if change.state == State.DONE:
        raise TooLate(change)
    change.state, change.finished_at, change.lease_by, change.lease_until = State.CANCELLED, timezone.now(), "", None
    change.error = change.error or DISMISSED
    change.save(update_fields=["state", "finished_at", "lease_by", "lease_until", "error"])
    record(actor=actor, verb=CANCELLED, thing=article, **_told(change))
    if change.verb == Verb.PUBLISH:
        # Nothing would be there to be taken off.
        settle(article, (Verb.WITHDRAW,), actor=actor, why=gettext_noop("It is not published any more."))
    return change


def _hold(number: int, verb: str, actor: User | None) -> tuple[ScheduledChange, Article]:
    """The story's row first, as everybody takes it, then the change as it is now."""
    article = take_hold(ScheduledChange.objects.get(pk=number).article_id, verb=verb, actor=actor)
    return ScheduledChange.objects.select_for_update(of=("self",)).get(pk=number), article


def _kind(article: Article, verb: str) -> str:
    if verb == Verb.WITHDRAW:
        return verb
    return Verb.UPDATE if article.state == Standing.PUBLISHED else Verb.PUBLISH


def _refuse_time(article: Article, kind: str, at: datetime) -> None:
    if at <= timezone.now():
        raise NotReady({"at": [gettext("This time is past. To do it now, use the button for that.")]})
    others = {other.verb: other for other in waiting(article.pk) if other.verb != kind}
    if kind == Verb.WITHDRAW:
        before = next((others[verb] for verb in PUBLICATIONS if verb in others), None)
        if before and at <= before.at:
            raise _not_then(gettext("It goes out only then: %(when)s. Take it off later."), before.at)
        if not before and article.state != Standing.PUBLISHED:
            raise NotReady({"at": [gettext("Readers do not see this story, and nothing is set that would show it.")]})
    elif Verb.WITHDRAW in others and at >= others[Verb.WITHDRAW].at:
        raise _not_then(gettext("It is taken off before: %(when)s."), others[Verb.WITHDRAW].at)


def _freeze(
    article: Article,
    at: datetime,
    *,
    actor: User | None,
    override: str,
    known: Collection[str] | None = None,
    frozen: int | None = None,
) -> tuple[int, list[str]]:
    """The number of the revision that is to go out (None: what is saved now), once nothing stands in its way then, and
    the codes of what was set aside for that."""
    wanted = article.latest_revision if frozen is None else frozen
    revision = article.revisions.filter(number=wanted).first() or finish_save(article, actor=actor)
    if article.state == Standing.PUBLISHED and revision.digest == article.live_digest:
        raise NotReady({"at": [gettext("Readers see exactly this already: there is nothing to publish.")]})
    found = checks.examine_story(article, revision.content, site=SiteSettings.load(), at=at)
    said = checks.hold(found, actor=actor, override=override, known=known)
    Revision.objects.filter(pk=revision.pk, verb=Revision.Verb.SAVED).update(verb=Revision.Verb.SCHEDULED)
    return revision.number, said.get("overridden", [])


def _not_then(message: str, at: datetime) -> NotReady:
    return NotReady({"at": [message % {"when": on_both_clocks(at, Zones.of(SiteSettings.load()))}]})


def _told(change: ScheduledChange) -> dict[str, Any]:
    """What audit rows say of it."""
    told = {"what": change.verb, "at": change.at.isoformat(), "revision": change.revision}
    if change.override:
        told["override"] = change.override
    return {**told, **({"note": change.note} if change.note else {})}
