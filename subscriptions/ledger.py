"""The ledger of deliveries: who is to get a letter, who has it, and that nobody is lost or written to twice in silence.

ready → claimed → sending (committed before the letter goes out) → sent, deferred, failed or uncertain. Every change is
a conditional update, fenced by the worker's lease: a worker that comes too late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, DateTimeField, DurationField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable, ExpressionWrapper, F, Value
from django.db.models.functions import Greatest, StrIndex, Substr
from django.utils import timezone

from articles import signals
from jobs import leases
from subscriptions import hours, told
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription, Suppression, Topic

State, Reason = Delivery.State, Delivery.Reason
LEASE = timedelta(minutes=5)
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 45, 120, 360))


# The statement that a letter takes before it goes out and after, written out: composing it anew took four times as long
# as sending. Each of several connections has one letter in it at most, so it is few rows at a time. Conditions are
# subqueries for one value, since PostgreSQL may answer EXISTS by reading whole tables.
_EXCHANGE = """
    UPDATE subscriptions_delivery SET
        lease_by = CASE state WHEN 'sending' THEN '' ELSE lease_by END,
        lease_until = CASE state WHEN 'sending' THEN NULL ELSE {until} END,
        state = CASE state WHEN 'sending' THEN 'sent' ELSE 'sending' END,
        reason = '', changed_at = {now}
    WHERE state = 'sending' AND lease_by = {worker} AND id {sent}
    OR state = 'claimed' AND lease_by = {worker} AND id {following} AND (not_after IS NULL OR not_after > {now})
    AND (
        SELECT 1 FROM subscriptions_edition AS letter WHERE letter.id = subscriptions_delivery.edition_id
        AND letter.state = 'sending' AND letter.not_after > {now} AND EXISTS (
            SELECT 1 FROM subscriptions_subscription AS wish
            WHERE wish.subscriber_id = subscriptions_delivery.subscriber_id AND wish.state = 'active'
            AND (letter.cadence = '' OR wish.cadence = letter.cadence)
            AND (
                wish.topic_id IN (SELECT topic_id FROM subscriptions_edition_topics WHERE edition_id = letter.id)
                OR NOT EXISTS (SELECT 1 FROM subscriptions_edition_topics WHERE edition_id = letter.id)
            )
        )
    ) = 1
    AND (
        SELECT reader.state FROM subscriptions_subscriber AS reader
        WHERE reader.id = subscriptions_delivery.subscriber_id
        AND (SELECT 1 FROM subscriptions_suppression WHERE address_hash = reader.address_hash) IS NULL
    ) = 'active'
"""


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


def readers(edition: Edition, *, topics: list[int] | None = None) -> QuerySet[Subscriber]:
    """Whom the edition is meant for, those included who must not be written to.

    `topics` stand in for its own, if it is not saved yet.
    """
    confirmed = [Subscriber.State.ACTIVE, Subscriber.State.SUPPRESSED]
    if edition.newsletter.kind == Newsletter.Kind.CORRECTION and edition.article_number:
        got = told.readers_of(edition.article_number).filter(state__in=confirmed)
        return got.exclude(hours.paused(timezone.now()))
    about = dict(edition.topics.values_list("pk", "kind")) if topics is None else dict.fromkeys(topics, "")
    wish = Subscription.objects.filter(subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE)
    if about:
        wish = wish.filter(topic__in=about)
    if edition.cadence:
        wish = wish.filter(cadence=edition.cadence)
    meant = Subscriber.objects.filter(Exists(wish), state__in=confirmed)
    if Topic.Kind.STORY not in about.values():  # who follows a story can read it
        meant = meant.filter(language=edition.language)
    return meant.exclude(hours.paused(timezone.now()))


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
    now = timezone.now()
    address(edition, readers(edition).filter(~is_barred()), due_at=hours.due_at(now))
    if edition.span_minutes:
        spread = ExpressionWrapper(F("pk") % edition.span_minutes * timedelta(minutes=1), DurationField())
        at = ExpressionWrapper(Value(now, DateTimeField()) + spread, DateTimeField())
        edition.deliveries.filter(state=State.READY).update(due_at=Greatest(F("due_at"), at))
    asleep = edition.deliveries.filter(state=State.READY, due_at__gte=edition.not_after)
    asleep.update(state=State.SKIPPED, reason=Reason.QUIET, changed_at=now)


def address(
    edition: Edition,
    found: QuerySet[Subscriber],
    *,
    due_at: Combinable,
    not_after: Combinable = Value(None, DateTimeField()),  # noqa: B008  # never changed
) -> None:
    """A delivery for each of `found` who has none yet, due and stale at moments of their own.

    In one statement that both databases know: no list of readers passes through here.
    """
    row: dict[str, Combinable] = {
        "edition_id": Value(edition.pk), "subscriber_id": F("pk"), "address": F("email"),
        "domain": Substr("email_norm", StrIndex("email_norm", Value("@")) + 1),
        "state": Value(State.READY.value), "reason": Value(""), "attempts": Value(0), "lease_by": Value(""),
        "due_at": due_at, "not_after": not_after,
        "changed_at": Value(timezone.now(), Delivery._meta.get_field("changed_at")),
    }  # fmt: skip
    select, params = found.order_by().values_list(*row.values()).query.sql_with_params()
    table = connection.ops.quote_name(Delivery._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) {select} ON CONFLICT DO NOTHING", params)


def claim(edition: Edition, *, worker: str, limit: int) -> list[Delivery]:
    """Up to `limit` deliveries of the edition that are due, held for `LEASE`."""
    due = Delivery.objects.filter(edition=edition, state__in=[State.READY, State.DEFERRED])
    return leases.claim(due, worker=worker, limit=limit, lease=LEASE, values={"state": State.CLAIMED})


@contextmanager
def quick_commits() -> Iterator[bool]:
    """In it PostgreSQL need not wait for the disk, as SQLite does not in our settings, and knows how to `exchange`.

    Whatever dies but the database's own machine loses nothing by it. That machine's power cut can take back the last
    half second, and those readers get the letter twice; waiting would make every letter several times as slow.
    """
    if connection.vendor != "postgresql":
        yield False
        return
    statement = _EXCHANGE.format(sent="= ANY ($1)", following="= ANY ($2)", worker="$3", until="$4", now="$5")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(f"PREPARE letters_exchange (bigint[], bigint[], text, timestamptz, timestamptz) AS {statement}")
        try:
            yield True
        finally:
            cursor.execute("DEALLOCATE letters_exchange")
            cursor.execute("RESET synchronous_commit")


def exchange(
    sent: Sequence[int], following: Sequence[int], *, worker: str, is_prepared: bool = False
) -> Collection[int]:
    """In one commit: letters that are now known to be sent, and those that go out next, written as ``sending``.

    Both are numbers of deliveries that `worker` holds. Returns those of `following` that may go at this very moment;
    for the others nothing was written, and `put_back` says what to do with them. Of `sent`, those whose lease was lost
    are uncertain already, and stay so. `is_prepared`: what `quick_commits` says.
    """
    if not sent and not following:
        return []
    now = timezone.now()
    named = {
        "worker": worker,
        "until": connection.ops.adapt_datetimefield_value(now + LEASE),
        "now": connection.ops.adapt_datetimefield_value(now),
    }
    with connection.cursor() as cursor:
        if is_prepared:
            given = [list(sent), list(following), *named.values()]
            cursor.execute("EXECUTE letters_exchange (%s, %s, %s, %s, %s)", given)
        else:
            numbers = {"sent": _among(sent), "following": _among(following)}
            cursor.execute(_EXCHANGE.format(**numbers, worker="%(worker)s", until="%(until)s", now="%(now)s"), named)
        if cursor.rowcount == len(sent) + len(following):
            return following
    mine = Delivery.objects.filter(pk__in=following, state=State.SENDING, lease_by=worker)
    return list(mine.values_list("pk", flat=True))


def _among(numbers: Sequence[int]) -> str:
    return f"IN ({', '.join(str(int(number)) for number in numbers) or 'NULL'})"


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
        signals.shown_anew.send(Edition, tags=[f"letters:{edition.language}"])
    return True


def open_now() -> list[Edition]:
    """Editions of which letters may go out at this moment: what cannot wait, then the others, the oldest first."""
    now = timezone.now()
    editions = Edition.objects.filter(state=Edition.State.SENDING, due_at__lte=now, not_after__gt=now)
    found = editions.select_related("newsletter").order_by("created_at", "pk")
    return sorted(found, key=lambda edition: edition.newsletter.kind not in Newsletter.URGENT)
