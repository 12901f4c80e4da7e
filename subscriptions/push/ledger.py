"""The ledger of notices to devices, by the rules of `subscriptions.ledger`: nothing lost or sent twice in silence.

ready → sending (committed before the request goes out) → sent, gone, failed or uncertain, or ready again for later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from jobs import leases
from subscriptions.models.push import PushAddress, PushDelivery, PushRound

if TYPE_CHECKING:
    from accounts.models import User

State, Reason = PushDelivery.State, PushDelivery.Reason
LEASE = timedelta(minutes=2)
BUSY = "429"  # what a push service answers that asks us to wait
# How long a notice that a person sends again may be on its way.
AGAIN_WITHIN = timedelta(minutes=30)


class NoticeProblem(Exception):
    """The verb no longer fits; nothing was changed. ``str()`` of it may be shown to the editor."""

    def __init__(self) -> None:
        super().__init__(gettext("This has changed meanwhile, so nothing was done. Look again at how it stands."))


def account(round_: PushRound) -> dict[str, int]:
    """Its devices by what became of the notice, counted anew: a number for every state."""
    found = dict(round_.deliveries.order_by().values_list("state").annotate(count=Count("pk")))
    return {state.value: found.get(state.value, 0) for state in State}


def devices(round_: PushRound) -> QuerySet[PushAddress]:
    """Those that want the notice: its language, and one of its topics."""
    through = PushAddress.topics.through.objects
    wish = through.filter(pushaddress=OuterRef("pk"), topic__in=list(round_.topics.values_list("pk", flat=True)))
    return PushAddress.objects.filter(Exists(wish), language=round_.language)


def prepare(worker: str) -> int:
    """Addresses one round that is due, if there is one, in one statement: no list of devices passes through here."""
    due = PushRound.objects.filter(state=PushRound.State.SCHEDULED, not_after__gt=timezone.now())
    if not due.filter(due_at__lte=timezone.now()).exists():
        return 0
    claimed = leases.claim(due, worker=worker, limit=1, lease=LEASE)
    for round_ in claimed:
        with transaction.atomic():
            now = timezone.now()
            held = PushRound.objects.filter(pk=round_.pk, state=PushRound.State.SCHEDULED, lease_by=worker)
            # Written first, so that it stands or falls with the audience: who stops it meanwhile waits for this row.
            if held.update(state=PushRound.State.SENDING, prepared_at=now, lease_by="", lease_until=None):
                _address(round_)
                PushRound.objects.filter(pk=round_.pk).update(audience=round_.deliveries.count())
    return len(claimed)


def _address(round_: PushRound) -> None:
    now = timezone.now()
    row: dict[str, Combinable] = {
        "round_id": Value(round_.pk), "address_id": F("pk"), "service": F("service"),
        "state": Value(State.READY.value), "reason": Value(""), "attempts": Value(0), "lease_by": Value(""),
        "due_at": Value(now, PushDelivery._meta.get_field("due_at")),
        "changed_at": Value(now, PushDelivery._meta.get_field("changed_at")),
    }  # fmt: skip
    # A device that is switched off at this moment waits until its row stands, instead of breaking the statement.
    found = devices(round_).order_by().select_for_update(no_key=True).values_list(*row.values())
    select, params = found.query.sql_with_params()
    table = connection.ops.quote_name(PushDelivery._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) {select} ON CONFLICT DO NOTHING", params)
    for service, until in _resting(now):
        round_.deliveries.filter(service=service, state=State.READY).update(due_at=until)


def _resting(now: datetime) -> list[tuple[str, datetime]]:
    """Push services that have asked to be left alone, and until when: what waits for them already says so."""
    waiting = PushDelivery.objects.filter(state=State.READY, reason=BUSY, due_at__gt=now)
    return list(waiting.order_by().values_list("service").annotate(until=Max("due_at")))


def claim(*, worker: str, limit: int) -> list[PushDelivery]:
    """Up to `limit` notices that may go out at this moment, marked ``sending`` for `LEASE`: commit, then send."""
    now = timezone.now()
    may_go = PushDelivery.objects.filter(
        state=State.READY, address__isnull=False, round__state=PushRound.State.SENDING, round__not_after__gt=now
    )
    if not may_go.filter(due_at__lte=now).exists():
        return []
    claimed = leases.claim(may_go, worker=worker, limit=limit, lease=LEASE, values={"state": State.SENDING})
    found = PushDelivery.objects.select_related("round", "address").in_bulk([each.pk for each in claimed])
    return [found[each.pk] for each in claimed]


def close(
    delivery: PushDelivery, state: PushDelivery.State, reason: str, *, worker: str, due_at: datetime | None = None
) -> bool:
    """Writes what became of a notice; False when the lease was lost and the row is already uncertain.

    ``READY`` means later, at `due_at`; where that is too late, it has failed.
    """
    values: dict[str, object] = {"state": state, "reason": reason, "changed_at": timezone.now()}
    if due_at and due_at < delivery.round.not_after:
        values["due_at"] = due_at
    elif due_at:
        values["state"] = State.FAILED
    mine = PushDelivery.objects.filter(pk=delivery.pk, state=State.SENDING, lease_by=worker)
    return bool(mine.update(lease_by="", lease_until=None, **values))


def rest(service: str, until: datetime) -> None:
    """The push service asked to be left alone until then: nothing that waits for it goes out before."""
    waiting = PushDelivery.objects.filter(service=service, state=State.READY, due_at__lt=until)
    waiting.filter(round__state=PushRound.State.SENDING).update(due_at=until)


def recover() -> int:
    """What dead workers left going out is uncertain; how many."""
    now = timezone.now()
    lost = PushDelivery.objects.filter(state=State.SENDING, lease_until__lt=now)
    if not lost.exists():
        return 0
    return lost.update(state=State.UNCERTAIN, reason=Reason.WORKER_LOST, lease_by="", lease_until=None, changed_at=now)


def expire() -> int:
    """Rounds whose time is over: what was not sent is left out; how many."""
    late = PushRound.objects.filter(state__in=PushRound.OPEN, not_after__lte=timezone.now())
    return sum(stop(round_, PushRound.State.EXPIRED, Reason.STALE) for round_ in late)


@transaction.atomic
def stop(round_: PushRound, state: PushRound.State, reason: PushDelivery.Reason) -> bool:
    """Ends an open round: what has not begun to go out is left out. False if it was no longer open."""
    now = timezone.now()
    held = PushRound.objects.filter(pk=round_.pk, state__in=PushRound.OPEN)
    if not held.update(state=state, finished_at=now, lease_by="", lease_until=None):
        return False
    waiting = PushDelivery.objects.filter(round=round_, state=State.READY)
    waiting.update(state=State.SKIPPED, reason=reason, changed_at=now)
    write_down(round_)
    return True


def settle(*, quietly: bool = False) -> None:
    """Writes down how the rounds stand that are being sent, and closes those of which every notice is decided.

    `quietly`, when nothing was sent: a round with devices that wait still is not counted anew.
    """
    rounds = PushRound.objects.filter(state=PushRound.State.SENDING)
    if quietly:
        rounds = rounds.exclude(Exists(PushDelivery.objects.filter(
            round=OuterRef("pk"), state__in=PushDelivery.OPEN, address__isnull=False
        )))  # fmt: skip
    for round_ in rounds:
        with transaction.atomic():
            # Put off, and then switched off by the reader.
            orphans = PushDelivery.objects.filter(round=round_, state=State.READY, address=None)
            orphans.update(state=State.SKIPPED, reason=Reason.UNWANTED, changed_at=timezone.now())
            found = write_down(PushRound.objects.select_for_update().get(pk=round_.pk))
            if not any(found[state] for state in PushDelivery.OPEN):
                undecided = _undecided(round_).exists()
                state = PushRound.State.NEEDS_ATTENTION if undecided else PushRound.State.DONE
                sending = PushRound.objects.filter(pk=round_.pk, state=PushRound.State.SENDING)
                sending.update(state=state, finished_at=timezone.now())


def write_down(round_: PushRound) -> dict[str, int]:
    """Counts, and keeps the figures in the round's row, where lists find them."""
    found = account(round_)
    counts = {name: found[name] for name in ("sent", "failed", "uncertain")}
    PushRound.objects.filter(pk=round_.pk).update(**counts)
    return found


@transaction.atomic
def send_again(round_: PushRound, *, actor: User | None) -> None:
    """The devices of which it is not known get the notice again; where it was shown, it replaces itself."""
    now = timezone.now()
    held = PushRound.objects.select_for_update().filter(pk=round_.pk).exclude(state=PushRound.State.STOPPED).first()
    again = _undecided(round_).filter(address__isnull=False)
    if not (held and again.update(state=State.READY, reason="", attempts=0, due_at=now, changed_at=now)):
        raise NoticeProblem
    PushRound.objects.filter(pk=round_.pk).update(
        state=PushRound.State.SENDING, finished_at=None, not_after=max(held.not_after, now + AGAIN_WITHIN)
    )
    write_down(round_)
    record(actor=actor, verb=gettext_noop("notice sent again"), thing=round_)


@transaction.atomic
def let_be(round_: PushRound, *, actor: User | None) -> None:
    """What is uncertain stays so for ever, and nobody need look at it again."""
    if not _undecided(round_).update(reason=Reason.LET_BE, changed_at=timezone.now()):
        raise NoticeProblem
    PushRound.objects.filter(pk=round_.pk, state=PushRound.State.NEEDS_ATTENTION).update(state=PushRound.State.DONE)
    record(actor=actor, verb=gettext_noop("notice let be"), thing=round_)


@transaction.atomic
def stop_by_hand(round_: PushRound, *, actor: User | None) -> None:
    """Whoever has not got the notice will not get it."""
    if not stop(round_, PushRound.State.STOPPED, Reason.STOPPED):
        raise NoticeProblem
    record(actor=actor, verb=gettext_noop("notice stopped"), thing=round_)


def _undecided(round_: PushRound) -> QuerySet[PushDelivery]:
    return PushDelivery.objects.filter(round=round_, state=State.UNCERTAIN).exclude(reason=Reason.LET_BE)
