"""Builders for channels: accounts with their keys, a story that goes to them, and turns of the worker."""

import json
from datetime import timedelta
from threading import Event
from typing import Any

from django.utils import timezone

from articles import actions
from articles.models.published import PublishedArticle
from subscriptions.channels import posting
from subscriptions.channels.receivers import OPTION
from subscriptions.models.channels import ChannelAccount, ChannelPost, ChannelText
from tests import make
from tests.subscriptions.channels.double import KEYS

ADDRESSES = {
    "telegram": "@harbourpost", "facebook": "104829385012", "bluesky": "harbourpost.example",
    "whatsapp": "https://whatsapp.com/channel/harbour",
}  # fmt: skip
BY_PROGRAM = ("telegram", "x", "facebook", "bluesky", "mastodon")


def account(kind: str, *, keys: dict[str, str] | None = None, **fields: Any) -> ChannelAccount:
    """An account in use with the keys that the double takes, unless `keys` are others."""
    given = KEYS.get(kind, {}) if keys is None else keys
    fields = {"name": kind.title(), "address": ADDRESSES.get(kind, ""), "is_active": True, **fields}
    return ChannelAccount.objects.create(kind=kind, credentials=json.dumps(given) if given else "", **fields)


def publish(headline: str = "Ferry returns", *, actor: Any = None, **content: Any) -> PublishedArticle:
    """A story published with the tick *Post to channels*; what X asks for is ticked too."""
    draft = make.draft(headline, **content)
    for each in ChannelAccount.objects.filter(kind="x"):
        ChannelText.objects.create(account=each, article_number=draft.pk, is_ticked=True)
    return actions.publish(draft.pk, actor=actor, options={OPTION: True})


def work(worker: str = "tests") -> int:
    """Turns of the worker until nothing is due."""
    done = 0
    while some := posting.turn(worker, Event()):
        done += some
    return done


def due() -> None:
    """As if whatever is waited for were over."""
    ChannelPost.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def only(story: PublishedArticle | None = None) -> ChannelPost:
    return ChannelPost.objects.select_related("account").get(**({"article_number": story.pk} if story else {}))


def failed_post() -> ChannelPost:
    """A post that failed, of a story that readers do not have, on an account that is not set up."""
    return ChannelPost.objects.create(
        account=account("telegram", keys={}), article_number=0, purpose="publish", headline="Ferry returns",
        text="Ferry returns", link="https://paper.example/ferry/", state="failed", problem="refused",
    )  # fmt: skip
