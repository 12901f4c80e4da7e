"""All that is known about a reader, for herself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from subscriptions import addresses
from subscriptions.models.letters import Delivery
from subscriptions.models.people import Subscriber
from subscriptions.topics import with_headlines

LETTERS = 5000  # the newest


def everything(subscriber: Subscriber) -> dict[str, Any]:
    """Plain values that JSON can carry; moments are ISO 8601 in UTC. A fixed number of queries."""
    wishes = subscriber.subscriptions.all()
    rows = list(wishes.select_related("topic__section__parent", "topic__author", "topic__tag", "topic__newsletter"))
    with_headlines(row.topic for row in rows)
    sent = (
        Delivery.objects.filter(subscriber=subscriber)
        .select_related("edition")
        .prefetch_related("events")
        .order_by("-pk")
    )
    sent = sent.only("address", "state", "reason", "changed_at", "is_opened", "is_followed", "edition__subject")[
        :LETTERS
    ]
    change = addresses.waiting(subscriber)
    return {
        "e-mail address": subscriber.email,
        "asked to change to": change.email if change else None,
        "state": subscriber.state,
        "language": subscriber.language,
        "time zone": subscriber.time_zone,
        "hour of the morning letter": subscriber.digest_hour,
        "day of the weekly letter (0: Monday)": subscriber.digest_weekday,
        "quiet hours": None if subscriber.quiet_from is None else [subscriber.quiet_from, subscriber.quiet_until],
        "paused until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
        "agrees to be counted": subscriber.agrees_to_measure,
        "signed up": _moment(subscriber.created_at),
        "last answer to a sign-up": _moment(subscriber.answered_at),
        "confirmed": _moment(subscriber.confirmed_at),
        "wording agreed to": subscriber.consent_version,
        "last morning or weekly letter": _moment(subscriber.last_digest_at),
        "subscriptions": [
            {
                "topic": row.topic.name_in(subscriber.language),
                "kind": row.topic.kind,
                "channel": row.channel,
                "how often": row.cadence,
                "state": row.state,
                "since": _moment(row.changed_at),
            }
            for row in rows
        ],
        "letters": [
            {
                "subject": row.edition.subject,
                "address": row.address,
                "state": row.state,
                "reason": row.reason,
                "at": _moment(row.changed_at),
                "opened": row.is_opened,
                "a link followed": row.is_followed,
                "heard of it": [{"what": each.kind, "at": _moment(each.at)} for each in row.events.all()],
            }
            for row in sent
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
