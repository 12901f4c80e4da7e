"""The ledger of deliveries: who is to get a letter, who has it, and that nobody is lost or written to twice in silence.

ready → claimed → sending (committed before the letter goes out) → sent, deferred, failed or uncertain. Every change is
a conditional update, fenced by the worker's lease: a worker that comes too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils import timezone

from jobs import leases
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription, Suppression

State, Reason = Delivery.State, Delivery.Reason
LEASE = timedelta(minutes=5)
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 45, 120, 360))


# The two statements that each single letter takes, written out: composing them anew took four times as long as sending.
# Conditions name the rows that they ask for, so that PostgreSQL has nothing to plan.
_MAY_GO = """
    UPDATE subscriptions_delivery SET state = 'sending', lease_until = %s, changed_at = %s
    WHERE id = %s AND state = 'claimed' AND lease_by = %s
    AND EXISTS (SELECT 1 FROM subscriptions_edition WHERE id = %s AND state = 'sending' AND not_after > %s)
    AND EXISTS (SELECT 1 FROM subscriptions_subscriber WHERE id = %s AND state = 'active')
    AND EXISTS (
        SELECT 1 FROM subscriptions_subscription AS wish
        JOIN subscriptions_edition_topics AS about ON about.topic_id = wish.topic_id
        WHERE wish.subscriber_id = %s AND wish.state = 'active' AND about.edition_id = %s
    )
    AND NOT EXISTS (SELECT 1 FROM subscriptions_suppression WHERE address_hash = %s)
"""
_IS_SENT = """
    UPDATE subscriptions_delivery
    SET state = 'sent', reason = '', lease_by = '', lease_until = NULL, changed_at = %s
    WHERE id = %s AND state = 'sending' AND lease_by = %s
"""


@dataclass(frozen=True)
class Account:
    """One edition's readers by what became of them. ``waiting``: nothing yet."""

    audience: int
    excluded: int
    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def balances(self) -> bool:
        """Everybody the letter was meant for is accounted for, once."""
        return self.audience == self.excluded + self.sent + self.failed + self.uncertain + self.skipped + self.waiting


def account(edition: Edition) -> Account:
    """Counted anew, in one query on an index."""
    states = edition.deliveries.order_by().values_list("state").annotate(count=Count("pk"))
    counts: dict[str, int] = dict(states)
    decided = {name: counts.pop(name, 0) for name in ("sent", "failed", "uncertain", "skipped")}
    return Account(edition.audience, edition.excluded, **decided, waiting=sum(counts.values()))


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


def readers(edition: Edition) -> QuerySet[Subscriber]:
    """Whom the edition is meant for, those included who must not be written to."""
    topics = list(edition.topics.values_list("pk", flat=True))
    wish = Subscription.objects.filter(subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE, topic__in=topics)
    confirmed = [Subscriber.State.ACTIVE, Subscriber.State.SUPPRESSED]
    return Subscriber.objects.filter(Exists(wish), state__in=confirmed, language=edition.language)


def is_barred() -> Q:
    """The condition on a subscriber that nothing may be written to them."""
    suppressed = Exists(Suppression.objects.filter(address_hash=OuterRef("address_hash")))
    return Q(suppressed) | ~Q(state=Subscriber.State.ACTIVE)


def prepare(worker: str) -> int:
    """Addresses one edition that is due, if there is one: its deliveries, its audience, then it is being sent."""
    unaddressed = [Edition.State.SCHEDULED, Edition.State.PREPARING]
    due = Edition.objects.filter(state__in=unaddressed, not_after__gt=timezone.now())
    claimed = leases.claim(due, worker=worker, limit=1, lease=LEASE, values={"state": Edition.State.PREPARING})
    for edition in claimed:
        with transaction.atomic():
            now = timezone.now()
            held = Edition.objects.filter(pk=edition.pk, state=Edition.State.PREPARING, lease_by=worker)
            # Written first, so that it stands or falls with the audience: who cancels meanwhile waits for this row.
            if held.update(state=Edition.State.SENDING, prepared_at=now, lease_by="", lease_until=None, attempts=0):
                _address(edition)
                addressed = Delivery.objects.filter(edition=edition, subscriber=OuterRef("pk"))
                excluded = readers(edition).filter(is_barred(), ~Exists(addressed)).count()
                audience = edition.deliveries.count() + excluded
                Edition.objects.filter(pk=edition.pk).update(audience=audience, excluded=excluded)
    return len(claimed)


def _address(edition: Edition) -> None:
    """A delivery for each reader, in one statement that both databases know: no list of them passes through here."""
    now = timezone.now()
    row: dict[str, Combinable] = {
        "edition_id": Value(edition.pk), "subscriber_id": F("pk"), "address": F("email"),
        "state": Value(State.READY.value), "reason": Value(""), "attempts": Value(0), "lease_by": Value(""),
        "due_at": Value(now, Delivery._meta.get_field("due_at")),
        "changed_at": Value(now, Delivery._meta.get_field("changed_at")),
    }  # fmt: skip
    found = readers(edition).filter(~is_barred()).order_by().values_list(*row.values())
    select, params = found.query.sql_with_params()
    table = connection.ops.quote_name(Delivery._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) {select} ON CONFLICT DO NOTHING", params)


def claim(edition: Edition, *, worker: str, limit: int) -> list[Delivery]:
    """Up to `limit` deliveries of the edition that are due, held for `LEASE`."""
    due = Delivery.objects.filter(edition=edition, state__in=[State.READY, State.DEFERRED])
    return leases.claim(due, worker=worker, limit=limit, lease=LEASE, values={"state": State.CLAIMED})


@contextmanager
def quick_commits() -> Iterator[None]:
    """In it PostgreSQL need not wait for the disk, as SQLite does not in our settings.

    Whatever dies but the database's own machine loses nothing by it. That machine's power cut can take back the last
    half second, and those readers get the letter twice; waiting would make every letter several times as slow.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        try:
            yield
        finally:
            cursor.execute("RESET synchronous_commit")


def may_go(delivery: Delivery, reader: Subscriber, *, worker: str) -> bool:
    """Writes ``sending``, if at this very moment the letter may still go to its `reader` and `worker` holds it.

    Commit before sending. False: nothing was written; `put_back` says what to do with the row.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    lease_until = connection.ops.adapt_datetimefield_value(timezone.now() + LEASE)
    who = Subscriber._meta.pk.get_db_prep_value(reader.pk, connection)
    edition = delivery.edition_id
    with connection.cursor() as cursor:
        cursor.execute(
            _MAY_GO,
            [lease_until, now, delivery.pk, worker, edition, now, who, who, edition, reader.address_hash],
        )
        return bool(cursor.rowcount)


def put_back(delivery: Delivery, *, worker: str) -> None:
    """Lets a claimed delivery go unsent: left out if the reader no longer wants it, else as it was before."""
    edition = Edition.objects.filter(pk=delivery.edition_id, state=Edition.State.SENDING, not_after__gt=timezone.now())
    values = {"state": State.SKIPPED, "reason": Reason.UNWANTED} if edition.exists() else _untried()
    _let_go(delivery, State.CLAIMED, worker=worker, **values)


def release(deliveries: list[Delivery], *, worker: str) -> None:
    """Gives claimed deliveries back as if nobody had had them."""
    mine = Delivery.objects.filter(pk__in=[each.pk for each in deliveries], state=State.CLAIMED, lease_by=worker)
    mine.update(lease_by="", lease_until=None, changed_at=timezone.now(), **_untried())


def close(delivery: Delivery, state: Delivery.State, reason: str, *, worker: str) -> bool:
    """Writes what became of a letter that went out; False when the lease was lost and the row is already uncertain.

    ``READY`` means that it never got as far as being tried. A deferred letter whose next try would come too late has
    failed.
    """
    if state == State.SENT:
        with connection.cursor() as cursor:
            now = connection.ops.adapt_datetimefield_value(timezone.now())
            cursor.execute(_IS_SENT, [now, delivery.pk, worker])
            return bool(cursor.rowcount)
    values: dict[str, object] = {"state": state, "reason": reason}
    if state == State.READY:
        values = _untried()
    elif state == State.DEFERRED:
        again = leases.again_at(delivery.attempts, RETRIES)
        late = again is None or Edition.objects.filter(pk=delivery.edition_id, not_after__lte=again).exists()
        values = {"state": State.FAILED, "reason": reason} if late else {**values, "due_at": again}
    return _let_go(delivery, State.SENDING, worker=worker, **values)


def _untried() -> dict[str, object]:
    return {"state": State.READY, "attempts": F("attempts") - 1}


def _let_go(delivery: Delivery, source: Delivery.State, *, worker: str, **values: object) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, state=source, lease_by=worker)
    return bool(mine.update(lease_by="", lease_until=None, changed_at=timezone.now(), **values))


def recover() -> int:
    """What dead workers left: claimed letters are ready again, letters that were going out are uncertain."""
    now = timezone.now()
    lost = Delivery.objects.filter(state__in=[State.CLAIMED, State.SENDING], lease_until__lt=now)
    if not lost.exists():
        return 0
    editions = list(Edition.objects.filter(deliveries__in=lost).distinct())
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


def cancel(edition: Edition) -> bool:
    return stop(edition, Edition.State.CANCELLED, Reason.CANCELLED)


@transaction.atomic
def stop(edition: Edition, state: Edition.State, reason: Delivery.Reason) -> bool:
    """Ends an open edition: what has not begun to go out is left out. False if it was no longer open."""
    now = timezone.now()
    open_ = Edition.objects.filter(pk=edition.pk, state__in=Edition.OPEN)
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
    if edition.state != Edition.State.SENDING or found.waiting or not found.balances:
        return False
    undecided = edition.deliveries.filter(state=State.UNCERTAIN).exclude(reason=Reason.LET_BE).exists()
    edition.state = Edition.State.NEEDS_ATTENTION if undecided else Edition.State.DONE
    edition.problem = Edition.Problem.UNCERTAIN if undecided else ""
    edition.finished_at = timezone.now()
    edition.save(update_fields=["state", "problem", "finished_at"])
    return True


def open_now() -> list[Edition]:
    """Editions of which letters may go out at this moment, the oldest first."""
    now = timezone.now()
    editions = Edition.objects.filter(state=Edition.State.SENDING, due_at__lte=now, not_after__gt=now)
    return list(editions.select_related("newsletter").order_by("created_at", "pk"))
