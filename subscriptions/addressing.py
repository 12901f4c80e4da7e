"""Who an edition is for: its readers become deliveries, in one statement, and from then on it is being sent."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import DateTimeField, DurationField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable, ExpressionWrapper, F, Value
from django.db.models.functions import Greatest, StrIndex, Substr
from django.utils import timezone

from jobs import leases
from subscriptions import hours, told
from subscriptions.ledger import LEASE
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import Subscriber, Subscription, Suppression, Topic

State, Reason = Delivery.State, Delivery.Reason


def readers(edition: Edition, *, topics: list[int] | None = None) -> QuerySet[Subscriber]:
    """Whom the edition is meant for, those included who must not be written to.

    `topics` stand in for its own, if it is not saved yet.
    """
    confirmed = [Subscriber.State.ACTIVE, Subscriber.State.SUPPRESSED]
    if edition.newsletter.kind == Newsletter.Kind.CORRECTION and edition.article_number:
        got = told.readers_of(edition.article_number).filter(state__in=confirmed)
        return got.exclude(hours.paused(timezone.now()))
    about = dict((edition.topics if topics is None else Topic.objects.filter(pk__in=topics)).values_list("pk", "kind"))
    wish = Subscription.objects.filter(subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE)
    if about:
        wish = wish.filter(topic__in=about)
    if edition.cadence:
        wish = wish.filter(cadence=edition.cadence)
    meant = Subscriber.objects.filter(Exists(wish), state__in=confirmed)
    if Topic.Kind.STORY not in about.values():  # who follows a story can read it
        reads = Q(language=edition.language)
        if Topic.Kind.LETTER in about.values():  # and who has chosen a newsletter
            reads |= Q(Exists(wish.filter(topic__kind=Topic.Kind.LETTER)))
        meant = meant.filter(reads)
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
