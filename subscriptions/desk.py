"""What the desk does with letters that are under way: each verb a conditional update, audited; the loser is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles.models.published import PublishedArticle
from subscriptions import ledger, manual, ways
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.manual import ManualLetter

if TYPE_CHECKING:
    from accounts.models import User

State, Reason = Delivery.State, Delivery.Reason
# How long a letter that a person sends again may be on its way.
AGAIN_WITHIN = timedelta(minutes=30)


# From here what was refused can be tried again; a cancelled letter stays cancelled.
AGAIN_FROM = (
    Edition.State.SENDING, Edition.State.PAUSED, Edition.State.DONE, Edition.State.NEEDS_ATTENTION,
    Edition.State.EXPIRED,
)  # fmt: skip


class LetterProblem(Exception):
    """The verb no longer fits; nothing was changed. ``str()`` of it may be shown to the editor."""

    def __init__(self) -> None:
        super().__init__(gettext("This has changed meanwhile, so nothing was done. Look again at how it stands."))


@transaction.atomic
def pause(edition: Edition, *, actor: User | None) -> None:
    """Nothing more goes out until `resume`; what is on its way at this moment still does."""
    _move(edition, [Edition.State.SENDING], state=Edition.State.PAUSED)
    record(actor=actor, verb=gettext_noop("letter paused"), thing=edition)


@transaction.atomic
def resume(edition: Edition, *, actor: User | None) -> None:
    """Goes on with a paused letter, or with one that had become too late; it then has its hours once more."""
    hours = timedelta(hours=edition.newsletter.not_after_hours)
    now = timezone.now()
    state = Edition.State.SENDING if edition.prepared_at else Edition.State.SCHEDULED
    # A digest goes round the world, and a spread letter takes its time: neither loses what it has left.
    _move(
        edition, [Edition.State.PAUSED, Edition.State.EXPIRED],
        state=state, problem="", attempts=0, due_at=now, finished_at=None,
        not_after=Greatest(F("not_after"), Value(now + hours, DateTimeField())),
    )  # fmt: skip
    _must_be_live(edition)
    late = edition.deliveries.filter(state=State.SKIPPED, reason=Reason.STALE)
    again = now + hours if edition.newsletter.is_digest else None
    late.update(state=State.READY, reason="", attempts=0, due_at=now, changed_at=now, not_after=again)
    ledger.write_down(edition)
    record(actor=actor, verb=gettext_noop("letter resumed"), thing=edition)


@transaction.atomic
def cancel(edition: Edition, *, actor: User | None) -> None:
    """Whoever has not got the letter will not get it."""
    if not ledger.cancel(edition):
        raise LetterProblem
    record(actor=actor, verb=gettext_noop("letter cancelled"), thing=edition)


@transaction.atomic
def try_now(edition: Edition, *, actor: User | None) -> None:
    """The mail server that letters wait for is tried at once: somebody knows that it is there again."""
    if not ways.wake():
        raise LetterProblem
    record(actor=actor, verb=gettext_noop("mail server tried at once"), thing=edition)


@transaction.atomic
def send_again(delivery: Delivery, *, actor: User | None) -> None:
    """The reader of an uncertain delivery gets the letter, perhaps for the second time: a person has decided so.

    Not of a letter that was cancelled.
    """
    now = timezone.now()
    _have_time(Delivery.objects.filter(pk=delivery.pk), now)
    _decide(delivery, state=State.READY, reason="", attempts=0, due_at=now)
    edition = Edition.objects.select_for_update(no_key=True).get(pk=delivery.edition_id)
    if edition.state not in AGAIN_FROM:
        raise LetterProblem
    _must_be_live(edition)
    closed = Q(state__in=[Edition.State.NEEDS_ATTENTION, Edition.State.DONE, Edition.State.EXPIRED])
    Edition.objects.filter(closed, pk=edition.pk).update(
        state=Edition.State.SENDING, problem="", due_at=now, finished_at=None
    )
    Edition.objects.filter(pk=edition.pk, not_after__lt=now + AGAIN_WITHIN).update(not_after=now + AGAIN_WITHIN)
    ledger.write_down(edition)
    record(actor=actor, verb=gettext_noop("letter sent again"), thing=edition, delivery=delivery.pk)


@transaction.atomic
def retry_refused(edition: Edition, *, actor: User | None) -> None:
    """The letters that the mail server refused are tried once more, and no others. The story must still be live."""
    now = timezone.now()
    held = Edition.objects.select_for_update().filter(pk=edition.pk, state__in=AGAIN_FROM).first()
    _must_be_live(edition)
    refused = edition.deliveries.filter(state=State.FAILED)
    _have_time(refused, now)
    if not (held and refused.update(state=State.READY, reason="", attempts=0, due_at=now, changed_at=now)):
        raise LetterProblem
    if held.state != Edition.State.PAUSED:
        held.state, held.problem, held.due_at, held.finished_at = Edition.State.SENDING, "", now, None
    held.not_after = max(held.not_after, now + AGAIN_WITHIN)
    held.save(update_fields=["state", "problem", "due_at", "finished_at", "not_after"])
    ledger.write_down(held)
    record(actor=actor, verb=gettext_noop("refused letters tried again"), thing=edition)


@transaction.atomic
def let_be(delivery: Delivery, *, actor: User | None) -> None:
    """The delivery stays uncertain for ever, and nobody need look at it again."""
    _decide(delivery, reason=Reason.LET_BE)
    ledger.settle(delivery.edition)
    record(actor=actor, verb=gettext_noop("letter let be"), thing=delivery.edition, delivery=delivery.pk)


def _move(edition: Edition, sources: list[Edition.State], **values: object) -> None:
    if not Edition.objects.filter(pk=edition.pk, state__in=sources).update(**values):
        raise LetterProblem


def _have_time(again: QuerySet[Delivery], now: datetime) -> None:
    """Those with an hour of their own (digests) may go out once more."""
    again.filter(not_after__lt=now + AGAIN_WITHIN).update(not_after=now + AGAIN_WITHIN)


def _must_be_live(edition: Edition) -> None:
    """Its story can be read. Asked when the edition's row is held, for which `receivers.stop_edition` waits.

    A letter by the desk has no story of its own: it was written anew without what was taken off, and says something.
    """
    letter = ManualLetter.objects.filter(edition=edition).first()
    if letter and manual.is_empty(letter):
        raise LetterProblem
    if edition.article_number and not PublishedArticle.objects.filter(pk=edition.article_number).exists():
        raise LetterProblem


def _decide(delivery: Delivery, **values: object) -> None:
    undecided = Delivery.objects.filter(pk=delivery.pk, state=State.UNCERTAIN).exclude(reason=Reason.LET_BE)
    if not undecided.update(changed_at=timezone.now(), **values):
        raise LetterProblem
