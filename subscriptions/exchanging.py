"""The step of the ledger that every letter takes: what arrived is written as sent, what goes next as being sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from subscriptions.ledger import LEASE
from subscriptions.models.letters import Delivery

# The statement that a letter takes before it goes out and after, written out: composing it anew took four times as long
# as sending. Each of several connections has one letter in it at most, so it is few rows at a time. Conditions are
# subqueries for one value, since PostgreSQL may answer EXISTS by reading whole tables; and a CASE, since it would look
# through all leased rows, as it believes that there are few, instead of at these.
_EXCHANGE = """
    UPDATE subscriptions_delivery SET
        lease_by = CASE state WHEN 'sending' THEN '' ELSE lease_by END,
        lease_until = CASE state WHEN 'sending' THEN NULL ELSE {until} END,
        state = CASE state WHEN 'sending' THEN 'sent' ELSE 'sending' END,
        reason = '', changed_at = {now}
    WHERE id {named} AND lease_by = {worker} AND CASE state
    WHEN 'sending' THEN id {sent}
    WHEN 'claimed' THEN id {following} AND (not_after IS NULL OR not_after > {now})
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
    END
"""


def _written(among: str) -> str:
    lists = {name: among.format(name) for name in ("named", "sent", "following")}
    return _EXCHANGE.format(**lists, **{name: f"%({name})s" for name in ("worker", "until", "now")})


# The same words every time, so that SQLite keeps it prepared.
_ON_SQLITE, _ON_POSTGRESQL = _written("IN (SELECT value FROM json_each(%({})s))"), _written("= ANY (%({})s::bigint[])")


@contextmanager
def prepared() -> Iterator[bool]:
    """In it PostgreSQL knows how to `exchange`, and need not be told each time.

    Its commits are waited for until they are on the disk, although that takes most of a letter's time. With
    ``synchronous_commit = off`` whatever ends the database, be it a process of its own that is killed, takes back the
    last moments of it, and those readers get the letter twice.
    """
    if connection.vendor != "postgresql":
        yield False
        return
    numbers = {"named": "= ANY ($1 || $2)", "sent": "= ANY ($1)", "following": "= ANY ($2)"}
    statement = _EXCHANGE.format(**numbers, worker="$3", until="$4", now="$5")
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")  # planned once, not for each few numbers
        cursor.execute(f"PREPARE letters_exchange (bigint[], bigint[], text, timestamptz, timestamptz) AS {statement}")
        try:
            yield True
        finally:
            cursor.execute("DEALLOCATE letters_exchange")
            cursor.execute("RESET plan_cache_mode")


def exchange(
    sent: Sequence[int], following: Sequence[int], *, worker: str, is_prepared: bool = False
) -> Collection[int]:
    """In one commit: letters that are now known to be sent, and those that go out next, written as ``sending``.

    Both are numbers of deliveries that `worker` holds. Returns those of `following` that may go at this very moment;
    for the others nothing was written, and `put_back` says what to do with them. Of `sent`, those whose lease was lost
    are uncertain already, and stay so. `is_prepared`: what `prepared` says.
    """
    if not sent and not following:
        return []
    now = timezone.now()
    until, at = (connection.ops.adapt_datetimefield_value(moment) for moment in (now + LEASE, now))
    with connection.cursor() as cursor:
        if is_prepared:
            given = [list(sent), list(following), worker, until, at]
            cursor.execute("EXECUTE letters_exchange (%s, %s, %s, %s, %s)", given)
        else:
            numbers = {"named": [*sent, *following], "sent": [*sent], "following": [*following]}
            others = {"worker": worker, "until": until, "now": at}
            if connection.vendor == "postgresql":
                cursor.execute(_ON_POSTGRESQL, {**numbers, **others})
            else:
                cursor.execute(_ON_SQLITE, {**{name: json.dumps(each) for name, each in numbers.items()}, **others})
        if cursor.rowcount == len(sent) + len(following):
            return following
    mine = Delivery.objects.filter(pk__in=following, state=Delivery.State.SENDING, lease_by=worker)
    return list(mine.values_list("pk", flat=True))
