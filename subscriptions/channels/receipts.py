"""What a story's receipt says of the channels outside: a line for each post, and for each correction not yet told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from articles.models.published import PublishedArticle
from articles.registry import Arrival, ReceiptLine
from subscriptions.channels import desk, ledger
from subscriptions.models.channels import ChannelAccount, ChannelPost

if TYPE_CHECKING:
    from accounts.models import User

State = ChannelPost.State
ARRIVALS = {
    State.READY: Arrival.WAITING,
    State.SENDING: Arrival.WAITING,
    State.BY_HAND: Arrival.WAITING,
    State.POSTED: Arrival.THERE,
    State.FAILED: Arrival.FAILED,
    State.UNCERTAIN: Arrival.UNCERTAIN,
    State.SKIPPED: Arrival.STOPPED,
}


def lines(number: int, user: User) -> Iterator[ReceiptLine]:
    """In the order in which they were decided; one that says so when a paper with channels has used none."""
    posts = list(ledger.posts_of(number).select_related("account").order_by("pk"))
    story = PublishedArticle.objects.filter(pk=number).select_related("section").first()
    if not posts:
        if ChannelAccount.objects.filter(is_active=True).exists():
            yield ReceiptLine(gettext("Channels"), Arrival.NOT_ASKED)
        return
    may_look, may_act = user.has_perm("subscriptions.view_channelpost"), desk.may_decide(user, number)
    for post in posts:
        address = reverse("admin:subscriptions_channelpost_change", args=[post.pk]) if may_look else ""
        retry = reverse("admin:subscriptions_channelpost_do", args=[post.pk, "again"])
        yield ReceiptLine(
            name_of(post),
            ARRIVALS[State(post.state)],
            _detail(post, is_live=story is not None),
            at=post.changed_at,
            url=post.url or address,
            retry=retry if may_act and story and post.state == State.FAILED else "",
        )
    if story and may_act:
        for offer in ledger.further_offers(story):
            if offer.purpose == ChannelPost.Purpose.CORRECTION:
                yield ReceiptLine(
                    f"{offer.account} · {offer.purpose.label}",
                    Arrival.NOT_ASKED,
                    gettext("This channel carried the story and has not been told."),
                    url=reverse("admin:articles_article_change", args=[number]) + "#panel-channels",
                )


def name_of(post: ChannelPost) -> str:
    if post.purpose == ChannelPost.Purpose.PUBLISH:
        return str(post.account)
    return f"{post.account} · {post.get_purpose_display()}"


def _detail(post: ChannelPost, *, is_live: bool) -> str:
    if not is_live and post.state in ledger.CARRIED:
        return gettext("Readers do not have the story any more. Take it down there.")
    if post.state == State.BY_HAND:
        return gettext("Post it by hand, then tick that it is posted.")
    return post.why
