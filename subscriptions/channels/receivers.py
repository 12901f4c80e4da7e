"""What channels do when a story is published, corrected or taken back, in the transaction that does it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from accounts.models import User
from articles import signals
from articles.models.published import PublishedArticle
from subscriptions.channels import demo, ledger
from subscriptions.models.channels import ChannelAccount, ChannelPost, ChannelText, Problem

OPTION = "post_to_channels"


def is_offered(user: User, number: int | None) -> bool:
    """The tick *Post to channels*: for who may, where the paper has a channel that is set up."""
    if not user.has_perm("subscriptions.post_to_channels"):
        return False
    return any(account.is_set_up for account in ChannelAccount.objects.filter(is_active=True))


def help_text() -> str:
    return gettext("Each channel that is ticked under “Channels”, beside the text, gets its own words.")


def write_posts(
    sender: object, *, article_id: int, published: PublishedArticle, options: dict[str, bool], actor: User | None,
    **kwargs: Any,
) -> None:  # fmt: skip
    """One sign-off: a post for each channel that is ticked. Sending them is the worker's."""
    if options.get(OPTION):
        offers = ledger.first_offers(published, number=article_id)
        ledger.owe(published, [each for each in offers if each.is_ticked], actor=actor)


def stop_posts(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """A story that was taken back goes nowhere any more."""
    ledger.stop(ledger.posts_of(article_id), Problem.TAKEN_BACK)


def stop_corrections(sender: object, *, article_id: int, published: PublishedArticle, **kwargs: Any) -> None:
    """A correction that was removed goes nowhere; one that is new is offered, see `ledger.further_offers`."""
    printed = [note["number"] for note in published.corrections]
    gone = ledger.posts_of(article_id).filter(purpose=ChannelPost.Purpose.CORRECTION).exclude(number__in=printed)
    ledger.stop(gone, Problem.TAKEN_BACK)


def forget_texts(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """Of a story that was killed or thrown away nothing is posted, so no text is kept for it."""
    ChannelText.objects.filter(article_number=article_id).delete()


def connect() -> None:
    signals.article_published.connect(write_posts, dispatch_uid="subscriptions.channels.published")
    signals.article_corrected.connect(stop_corrections, dispatch_uid="subscriptions.channels.corrected")
    for name in ("withdrawn", "killed"):
        getattr(signals, f"article_{name}").connect(stop_posts, dispatch_uid=f"subscriptions.channels.{name}")
    signals.article_killed.connect(forget_texts, dispatch_uid="subscriptions.channels.texts")
    signals.demo_filled.connect(demo.fill, dispatch_uid="subscriptions.channels.demo")
    signals.demo_taken_out.connect(demo.take_out, dispatch_uid="subscriptions.channels.no_demo")
