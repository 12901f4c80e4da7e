"""How a letter stands at this moment, for its page at the desk, and which mail providers make trouble."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext

from subscriptions import ledger
from subscriptions.models.letters import Delivery, Edition

State = Delivery.State
DOMAINS = 20
# What is counted of each mail provider, in the table's order.
_TROUBLES = {
    "refused": State.FAILED, "came_back": State.BOUNCED, "unwanted": State.COMPLAINED, "put_off": State.DEFERRED,
    "uncertain": State.UNCERTAIN,
}  # fmt: skip


def figures(edition: Edition) -> dict[str, Any]:
    """What the page's script asks for every few seconds: each count by its name, and how many letters are decided.

    Another ``key`` means that the page would say and offer something else; ``goes_on``, that more is to come.
    """
    account = ledger.account(edition)
    names = ("sent", "delivered", "bounced", "complained", "failed", "uncertain", "skipped", "waiting", "excluded")
    to_send = account.audience - account.excluded
    return {
        "key": f"{edition.state} {edition.problem}",
        "goes_on": edition.state in Edition.OPEN,
        "to_send": to_send,
        "decided": max(0, to_send - account.waiting),
        "said": gettext("%(decided)d of %(count)d") % {"decided": to_send - account.waiting, "count": to_send},
        "figures": {name: getattr(account, name) for name in (*names, "audience")},
    }


def troubled(edition: Edition) -> list[dict[str, Any]]:
    """Mail providers that refused, put off or sent back letters of this edition, those of the most letters first.

    Only what went wrong is counted, so it costs as much as there is of that.
    """
    counts = {name: Count("pk", filter=Q(state=state)) for name, state in _TROUBLES.items()}
    rows = edition.deliveries.filter(state__in=_TROUBLES.values()).exclude(domain="").order_by().values("domain")
    return list(rows.annotate(**counts, all=Count("pk")).order_by("-all", "domain")[:DOMAINS])
