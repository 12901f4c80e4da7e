"""Which posts are owed: decided with a publication, or by a person for what the channels lack. One row is one post.

Rows are written in the verb's transaction; `posting` sends them. Whoever decides the same twice writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from articles import paths
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from subscriptions.channels import wording
from subscriptions.channels.kinds import is_ticked
from subscriptions.channels.measuring import measure_of
from subscriptions.models.channels import ChannelAccount, ChannelPost, ChannelText, Problem

if TYPE_CHECKING:
    from accounts.models import User

Purpose, State = ChannelPost.Purpose, ChannelPost.State
# A channel in one of these has the story, or may have it.
CARRIED = (State.POSTED, State.UNCERTAIN)


@dataclass(frozen=True)
class Offer:
    """A post that could be decided now: on which account, for what, and the text that is proposed."""

    account: ChannelAccount
    purpose: ChannelPost.Purpose
    number: int
    text: str
    is_ticked: bool

    @property
    def name(self) -> str:
        """What its fields in a form are called."""
        return f"{self.account.pk}-{self.purpose.value}-{self.number}"


def accounts() -> list[ChannelAccount]:
    """The accounts in use, with their sections: two queries."""
    return list(ChannelAccount.objects.filter(is_active=True).prefetch_related("sections"))


def accounts_for(story: Article | PublishedArticle) -> list[ChannelAccount]:
    """The accounts in use to which stories of this section and language go."""
    if story.section is None:
        return []
    section = story.section
    return [each for each in accounts() if each.takes(story.language, section)]


def texts_of(number: int) -> dict[int, ChannelText]:
    """What the desk has written for a story, by account."""
    return {each.account_id: each for each in ChannelText.objects.filter(article_number=number)}


def first_offers(story: Article | PublishedArticle, *, number: int) -> list[Offer]:
    """The story's first post on each channel that could have it and has none, with the desk's texts."""
    taken = posts_of(number).filter(purpose=Purpose.PUBLISH).exclude(state=State.SKIPPED, problem=Problem.TAKEN_BACK)
    have, written = set(taken.values_list("account", flat=True)), texts_of(number)
    return [
        Offer(
            account, Purpose.PUBLISH, 0,
            text=(written[account.pk].text if account.pk in written else "") or wording.proposed(account.kind, story),
            is_ticked=written[account.pk].is_ticked if account.pk in written else is_ticked(account),
        )
        for account in accounts_for(story)
        if account.is_set_up and account.pk not in have
    ]  # fmt: skip


def further_offers(story: PublishedArticle) -> list[Offer]:
    """Corrections for exactly the channels that carried the story before and have not had them; an update for those."""
    posts = list(posts_of(story.pk).select_related("account").order_by("-created_at"))
    carried = {post.account: post.created_at for post in posts if post.state in CARRIED}  # each with its first post
    known = {(post.account_id, post.purpose, post.number) for post in posts if post.state != State.SKIPPED}
    left_out = {(post.account_id, post.purpose, post.number) for post in posts if post.problem == Problem.LEFT_OUT}
    found = []
    for account, since in sorted(carried.items(), key=lambda each: (each[0].name, each[0].pk)):
        if not (account.is_active and account.is_set_up):
            continue
        for note in story.corrections:
            if since >= datetime.fromisoformat(note["at"]):
                continue  # it never carried the error
            text = wording.correction(account.kind, story, note["kind"], note["text"])
            found.append(Offer(account, Purpose.CORRECTION, note["number"], text, is_ticked=True))
        text = wording.update(account.kind, story)
        found.append(Offer(account, Purpose.UPDATE, story.revision, text, is_ticked=False))
    done = known | left_out
    return [each for each in found if (each.account.pk, each.purpose.value, each.number) not in done]


def unticked(offers: Iterable[Offer]) -> list[Offer]:
    return [replace(offer, is_ticked=False) for offer in offers]


def with_text(offer: Offer, text: str) -> Offer:
    return replace(offer, text=text)


def posts_of(number: int) -> Any:
    """All rows of a story."""
    return ChannelPost.objects.filter(article_number=number)


@transaction.atomic
def owe(story: PublishedArticle, offers: Iterable[Offer], *, actor: User | None) -> list[ChannelPost]:
    """Writes the posts with the offers' texts, ready to go out, or to be posted by hand; gives those that are new.

    A post that was stopped when the story was taken back is taken up again.
    """
    link = paths.absolute(story.path)
    made = []
    for offer in offers:
        text = wording.filled(offer.text, link)
        values: dict[str, Any] = {
            "headline": story.headline,
            "text": text,
            "link": link,
            "state": State.BY_HAND if offer.account.is_by_hand else State.READY,
            "problem": "",
            "detail": "",
            "due_at": timezone.now(),
            "created_at": timezone.now(),
            "changed_at": timezone.now(),
            "attempts": 0,
            "created_by": actor,
        }
        if not measure_of(offer.account.kind).fits(text):
            values |= {"state": State.FAILED, "problem": Problem.TOO_LONG}
        post, is_new = ChannelPost.objects.get_or_create(
            account=offer.account, article_number=story.pk, purpose=offer.purpose, number=offer.number, defaults=values
        )
        stopped = Q(pk=post.pk, state=State.SKIPPED, problem=Problem.TAKEN_BACK)
        if is_new or ChannelPost.objects.filter(stopped).update(**values):
            made.append(post)
    if made:
        record(
            actor=actor, verb=gettext_noop("posted to channels"), thing=Article.objects.get(pk=story.pk),
            channels=[post.account.name for post in made], purpose=made[0].purpose,
        )  # fmt: skip
    return made


def stop(posts: Any, problem: Problem) -> int:
    """What has not gone out does not; how many. What is on its way at this moment still may."""
    waiting = posts.filter(state__in=[State.READY, State.BY_HAND])
    return waiting.update(changed_at=timezone.now(), **left(problem))


def left(problem: Problem) -> dict[str, Any]:
    """What an update writes into posts that are not sent any more: left out, or uncertain where one may be there."""
    may_be_there = Q(state=State.READY, may_be_there=True)
    return {
        "state": Case(When(may_be_there, then=Value(State.UNCERTAIN)), default=Value(State.SKIPPED)),
        "problem": Case(When(may_be_there, then=Value(Problem.NO_ANSWER)), default=Value(problem)),
        "detail": "",
    }


@transaction.atomic
def write_texts(story: Article, chosen: Iterable[tuple[Offer, str, bool]], *, actor: User | None) -> None:
    """Keeps the desk's texts and ticks for a story that is not published; a proposed text is not kept as one."""
    changed = []
    for offer, text, ticked in chosen:
        own = wording.filled(text, wording.LINK)
        own = "" if own == wording.proposed(offer.account.kind, story) else own
        made, is_new = ChannelText.objects.get_or_create(
            account=offer.account, article_number=story.pk, defaults={"text": own, "is_ticked": ticked}
        )
        if is_new or (made.text, made.is_ticked) != (own, ticked):
            made.text, made.is_ticked = own, ticked
            made.save(update_fields=["text", "is_ticked"])
            changed.append(offer.account.name)
    if changed:
        record(actor=actor, verb=gettext_noop("channel texts written"), thing=story, channels=changed)
