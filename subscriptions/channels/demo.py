"""The demo's channels: one that is posted to by hand, and one that waits for its key."""

from __future__ import annotations

from typing import Any

from subscriptions.models.channels import ChannelAccount, ChannelKind

_ACCOUNTS = [
    {"kind": ChannelKind.WHATSAPP, "name": "WhatsApp (demo)", "language": "en"},
    {"kind": ChannelKind.TELEGRAM, "name": "Telegram (demo)", "language": "en"},
]


def fill(**_kwargs: Any) -> None:
    """Receives `articles.signals.demo_filled`."""
    for row in _ACCOUNTS:
        ChannelAccount.objects.get_or_create(kind=row["kind"], name=row["name"], defaults={**row, "is_active": True})


def take_out(**_kwargs: Any) -> None:
    """Receives `articles.signals.demo_taken_out`: what somebody has used stays, out of use."""
    accounts = ChannelAccount.objects.filter(name__in=[row["name"] for row in _ACCOUNTS])
    accounts.filter(posts=None).delete()
    accounts.update(is_active=False)
