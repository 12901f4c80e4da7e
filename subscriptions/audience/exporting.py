"""Readers as CSV, written piece by piece, so that a million of them cost no memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.audit_export import safe
from subscriptions.models.people import Subscriber, Subscription
from subscriptions.topics import with_headlines

HEAD = ("email", "state", "language", "time_zone", "signed up (UTC)", "confirmed (UTC)", "consent", "topics")
PIECE = 1_000


class _Echo:
    def write(self, text: str) -> str:
        return text


def lines(readers: QuerySet[Subscriber]) -> Iterator[str]:
    """CSV, its first line the names of the columns, the first character a byte order mark for spreadsheets.

    A cell that a spreadsheet would take for a formula has an apostrophe before it. Erased readers are not there.
    """
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEAD)
    wishes = Subscription.objects.exclude(state=Subscription.State.LEFT).select_related(
        "topic__section__parent", "topic__author", "topic__tag", "topic__newsletter"
    )
    rows = readers.exclude(state=Subscriber.State.ERASED).order_by("pk")
    rows = rows.prefetch_related(Prefetch("subscriptions", wishes, to_attr="wishes"))
    last = None
    while piece := list((rows.filter(pk__gt=last) if last else rows)[:PIECE]):
        with_headlines(wish.topic for reader in piece for wish in reader.wishes)
        for reader in piece:
            topics = "; ".join(str(wish.topic) for wish in reader.wishes)
            cells = (
                reader.email, reader.state, reader.language, reader.time_zone, _time(reader.created_at),
                _time(reader.confirmed_at), reader.consent_version, topics,
            )  # fmt: skip
            yield writer.writerow([safe(cell) for cell in cells])
        last = piece[-1].pk


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
