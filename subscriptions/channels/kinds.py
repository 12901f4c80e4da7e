"""The kinds of channel that a program can post to, and an account of the paper as they need it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from safeguards.problems import Unsealable
from subscriptions.channels import bluesky, facebook, mastodon, telegram, x
from subscriptions.channels.answers import Channel, Place, Trouble
from subscriptions.models.channels import DETAIL, ChannelAccount, ChannelKind, ChannelPost, Problem

KINDS: dict[str, Channel] = {
    ChannelKind.TELEGRAM: telegram.CHANNEL,
    ChannelKind.X: x.CHANNEL,
    ChannelKind.FACEBOOK: facebook.CHANNEL,
    ChannelKind.BLUESKY: bluesky.CHANNEL,
    ChannelKind.MASTODON: mastodon.CHANNEL,
}


def channel_of(account: ChannelAccount) -> Channel:
    """Of an account that is not by hand."""
    return KINDS[account.kind]


def place_of(account: ChannelAccount) -> Place:
    """Its server, address and keys. Raises `Trouble` when it is not set up."""
    channel = channel_of(account)
    try:
        keys = account.keys()
    except Unsealable:
        raise Trouble(Problem.NOT_SET_UP) from None
    if not all(keys.get(name) for name in channel.keys):
        raise Trouble(Problem.NOT_SET_UP)
    return Place((account.server or channel.server()).rstrip("/"), account.address.strip(), keys)


def repeats_safely(post: ChannelPost, *, at: datetime | None = None) -> bool:
    """Sending it once more, now or `at` that time, is certainly one post, though it has been sent before."""
    channel = KINDS.get(post.account.kind)
    if channel is None or channel.repeats_within is None:
        return False
    return post.first_sent_at is None or (at or timezone.now()) < post.first_sent_at + channel.repeats_within


def cleared(words: str, place: Place | None) -> str:
    """What a channel said, short, and without our keys, which some repeat."""
    for key in place.keys.values() if place else ():
        words = words.replace(key, "…")
    return " ".join(words.split())[:DETAIL]


def is_ticked(account: ChannelAccount) -> bool:
    """Whether a story goes there unless somebody says otherwise."""
    channel = KINDS.get(account.kind)
    return channel is None or channel.is_ticked
