"""The ledger of deliveries: who is to get a letter, who has it, and that nobody is lost or written to twice in silence.

ready → claimed → sending (committed before the letter goes out) → sent, deferred, failed or uncertain. Every change is
a conditional update, fenced by the worker's lease: a worker that comes too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.db.models.expressions import F
from django.utils import timezone

from articles import signals
from articles.views.readers import EVERY_PAGE
from jobs import leases
from subscriptions.models.letters import Delivery, Edition, Newsletter

State, Reason = Delivery.State, Delivery.Reason
LEASE = timedelta(minutes=5)
# What a letter needs of its delivery and its reader: whole rows take most of the time that a letter does.
_NEEDED = (
    "edition", "address", "domain", "attempts", "not_after", "stories", "is_counted", "subscriber__link_key",
    "subscriber__language", "subscriber__agrees_to_measure",
    "subscriber__paused_until", "subscriber__digest_weekday", "subscriber__digest_hour", "subscriber__time_zone",
    "subscriber__quiet_from", "subscriber__quiet_until",
)  # fmt: skip
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 45, 120, 360))


@dataclass(frozen=True)
class Account:
    """One edition's readers by what became of them. ``waiting``: nothing yet.

    ``sent`` were handed over; some of them are known since to be ``delivered``, ``bounced`` or ``complained``.
    """

    audience: int
    excluded: int
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    waiting: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def balances(self) -> bool:
        """Everybody the letter was meant for is accounted for, once."""
        return self.audience == self.excluded + self.sent + self.failed + self.uncertain + self.skipped + self.waiting


def account(edition: Edition) -> Account:
    """Counted anew, in one query on an index."""
    states = edition.deliveries.order_by().values_list("state").annotate(count=Count("pk"))
    counts: dict[str, int] = dict(states)
    heard = {name: counts.pop(name, 0) for name in ("delivered", "bounced", "complained")}
    decided = {name: counts.pop(name, 0) for name in ("sent", "failed", "uncertain", "skipped")}
    decided["sent"] += sum(heard.values())
    return Account(edition.audience, edition.excluded, **decided, **heard, waiting=sum(counts.values()))


def is_waiting(edition: Edition) -> bool:
    """Some letter of it is not yet decided."""
    return edition.deliveries.filter(state__in=Delivery.OPEN).exists()


def write_down(edition: Edition) -> Account:
    """Counts, and keeps the figures in the edition's row, where lists find them."""
    found = account(edition)
    Edition.objects.filter(pk=edition.pk).update(
        sent=found.sent, failed=found.failed, uncertain=found.uncertain, skipped=found.skipped
    )
    return found


def claim(edition: Edition, *, worker: str, limit: int) -> list[Delivery]:
    """Up to `limit` deliveries of the edition that are due, held for `LEASE`, with their readers."""
    due = Delivery.objects.filter(edition=edition, state__one_of=[State.READY, State.DEFERRED])  # as `delivery_ready`
    needed = Delivery.objects.select_related("subscriber").only(*_NEEDED)
    return leases.claim(due, worker=worker, limit=limit, lease=LEASE, values={"state": State.CLAIMED}, fetch=needed)


def put_back(delivery: Delivery, *, worker: str) -> None:
    """Lets a claimed delivery go unsent: left out if the reader no longer wants it, else as it was before."""
    now = timezone.now()
    edition = Edition.objects.filter(pk=delivery.edition_id, state=Edition.State.SENDING, not_after__gt=now)
    if delivery.not_after and delivery.not_after <= now:
        leave_out(delivery, Reason.STALE, worker=worker)
    elif edition.exists():
        leave_out(delivery, Reason.UNWANTED, worker=worker)
    else:
        release([delivery], worker=worker)


def leave_out(delivery: Delivery, reason: Delivery.Reason, *, worker: str) -> None:
    """A claimed delivery that will not be sent."""
    _let_go(delivery, State.CLAIMED, worker=worker, state=State.SKIPPED, reason=reason)


def put_off(deliveries: list[Delivery], due_at: datetime, *, worker: str) -> None:
    """Claimed deliveries wait until then, as if nobody had had them: their mail provider has had enough for now."""
    _release(deliveries, worker=worker, due_at=due_at, reason=Reason.THROTTLED)


def let_sleep(delivery: Delivery, edition: Edition, wakes_at: datetime, *, worker: str) -> None:
    """A claimed delivery waits until its reader's quiet hours end, or is left out if that is too late for it."""
    if wakes_at >= min(edition.not_after, delivery.not_after or edition.not_after):
        leave_out(delivery, Reason.QUIET, worker=worker)
    else:
        _release([delivery], worker=worker, due_at=wakes_at, reason="")


def release(deliveries: Collection[Delivery], *, worker: str) -> None:
    """Gives claimed deliveries back as if nobody had had them."""
    _release(deliveries, worker=worker)


def _release(deliveries: Collection[Delivery], *, worker: str, **values: object) -> None:
    if not deliveries:
        return
    mine = Delivery.objects.filter(pk__in=[each.pk for each in deliveries], state=State.CLAIMED, lease_by=worker)
    mine.update(lease_by="", lease_until=None, changed_at=timezone.now(), **_untried(), **values)


@transaction.atomic
def close(delivery: Delivery, state: Delivery.State, reason: str = "", *, worker: str, provider_id: str = "") -> bool:
    """Writes what became of a letter that went out; False when the lease was lost and the row is already uncertain.

    ``READY`` means that it never got as far as being tried. A deferred letter whose next try would come too late has
    failed.
    """
    values: dict[str, object] = {"state": state, "reason": reason, "provider_id": provider_id}
    if state == State.READY:
        values = _untried()
    elif state == State.DEFERRED:
        again = leases.again_at(delivery.attempts, RETRIES)
        late = again is None or Edition.objects.filter(pk=delivery.edition_id, not_after__lte=again).exists()
        late = late or bool(again and delivery.not_after and delivery.not_after <= again)
        values = {"state": State.FAILED, "reason": reason} if late else {**values, "due_at": again}
    if values["state"] in Delivery.OPEN:
        # Who ends the edition at this moment comes before this, or finds the row as it is left here.
        edition = Edition.objects.select_for_update(no_key=True).get(pk=delivery.edition_id)
        if edition.state not in Edition.OPEN:
            ended = Reason.STALE if edition.state == Edition.State.EXPIRED else Reason.CANCELLED
            values = {"state": State.SKIPPED, "reason": ended}
    return _let_go(delivery, State.SENDING, worker=worker, **values)


def _untried() -> dict[str, object]:
    return {"state": State.READY, "attempts": F("attempts") - 1}


def _let_go(delivery: Delivery, source: Delivery.State, *, worker: str, **values: object) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, state=source, lease_by=worker)
    return bool(mine.update(lease_by="", lease_until=None, changed_at=timezone.now(), **values))


def recover() -> int:
    """What dead workers left: claimed letters are ready again, letters that were going out are uncertain."""
    now = timezone.now()
    lost = Delivery.objects.filter(state__one_of=[State.CLAIMED, State.SENDING], lease_until__lt=now).order_by()
    if not lost.exists():
        return 0
    # By their numbers: joined, a database that has not counted twenty thousand new letters yet compares all with all.
    editions = list(Edition.objects.filter(pk__in=lost.values("edition")))
    free = {"lease_by": "", "lease_until": None, "changed_at": now}
    claimed = lost.filter(state=State.CLAIMED).update(**free, **_untried())
    sending = lost.filter(state=State.SENDING).update(**free, state=State.UNCERTAIN, reason=Reason.WORKER_LOST)
    for edition in editions:
        settle(edition)
    return claimed + sending


def expire() -> int:
    """Editions whose time is over: what was not sent is left out, and a person may decide otherwise; how many."""
    count = 0
    for edition in Edition.objects.filter(state__in=Edition.OPEN, not_after__lte=timezone.now()):
        count += stop(edition, Edition.State.EXPIRED, Reason.STALE)
    return count


def cancel(edition: Edition, *, sources: Collection[Edition.State] = Edition.OPEN) -> bool:
    return stop(edition, Edition.State.CANCELLED, Reason.CANCELLED, sources=sources)


@transaction.atomic
def stop(
    edition: Edition,
    state: Edition.State,
    reason: Delivery.Reason,
    *,
    sources: Collection[Edition.State] = Edition.OPEN,
) -> bool:
    """Ends an open edition: what has not begun to go out is left out. False if it was in none of `sources`."""
    now = timezone.now()
    open_ = Edition.objects.filter(pk=edition.pk, state__in=sources)
    if not open_.update(state=state, finished_at=now, lease_by="", lease_until=None):
        return False
    rest = edition.deliveries.filter(state__in=[State.READY, State.CLAIMED, State.DEFERRED])
    rest.update(state=State.SKIPPED, reason=reason, lease_by="", lease_until=None, changed_at=now)
    write_down(Edition.objects.get(pk=edition.pk))
    return True


@transaction.atomic
def settle(edition: Edition) -> bool:
    """Closes an edition of which every letter is decided, if its account balances. What is uncertain needs a person."""
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    found = write_down(edition)
    still_open = edition.open_until and edition.open_until > timezone.now()
    undecided = edition.deliveries.filter(state=State.UNCERTAIN).exclude(reason=Reason.LET_BE).exists()
    may_close = edition.state == Edition.State.SENDING or (
        edition.state == Edition.State.NEEDS_ATTENTION and not undecided
    )
    if not may_close or found.waiting or still_open or not found.balances:
        return False
    edition.state = Edition.State.NEEDS_ATTENTION if undecided else Edition.State.DONE
    edition.problem = Edition.Problem.UNCERTAIN if undecided else ""
    edition.finished_at = timezone.now()
    edition.save(update_fields=["state", "problem", "finished_at"])
    if Newsletter.objects.filter(pk=edition.newsletter_id, is_public=True).exists():
        signals.shown_anew.send(Edition, tags=[f"letters:{edition.language}", *_every_page(edition)])
    return True


def _every_page(edition: Edition) -> list[str]:
    """With the first letter that can be read, a link to it appears at the foot of every page."""
    there = Edition.objects.filter(newsletter__is_public=True, language=edition.language, state=Edition.State.DONE)
    return [] if there.exclude(pk=edition.pk).exists() else [EVERY_PAGE]


def open_now() -> list[Edition]:
    """Editions of which letters may go out at this moment: what cannot wait, then the others, the oldest first."""
    now = timezone.now()
    editions = Edition.objects.filter(state=Edition.State.SENDING, due_at__lte=now, not_after__gt=now)
    found = editions.select_related("newsletter").order_by("created_at", "pk")
    return sorted(found, key=lambda edition: edition.newsletter.kind not in Newsletter.URGENT)
