"""What a story's receipt says of its letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from articles.models.published import PublishedArticle
from articles.registry import Arrival, ReceiptLine
from subscriptions import desk, ledger, setting_right
from subscriptions.ledger import Account
from subscriptions.models.letters import Edition

if TYPE_CHECKING:
    from accounts.models import User

_STOPPED = {Edition.State.PAUSED, Edition.State.CANCELLED, Edition.State.EXPIRED}


def lines(number: int, user: User) -> Iterator[ReceiptLine]:
    """A line for each letter about the story; one that says so when there is none."""
    editions = list(Edition.objects.filter(article_number=number).select_related("newsletter").order_by("pk"))
    if not editions:
        yield ReceiptLine(gettext("Letter to subscribers"), Arrival.NOT_ASKED)
    may_look, may_act = (user.has_perm(f"subscriptions.{verb}_edition") for verb in ("view", "change"))
    story = PublishedArticle.objects.only("corrections").filter(pk=number).first()
    is_live = story is not None
    for edition in editions:
        account = ledger.account(edition)
        may_retry = may_act and is_live and account.failed and edition.state in desk.AGAIN_FROM
        yield ReceiptLine(
            edition.newsletter.name,
            _arrival(edition, account),
            _detail(edition, account),
            at=edition.finished_at or edition.created_at,
            url=reverse("admin:subscriptions_edition_change", args=[edition.pk]) if may_look else "",
            retry=reverse("admin:subscriptions_edition_do", args=[edition.pk, "retry"]) if may_retry else "",
        )
    if story and user.has_perm("subscriptions.alert_subscribers"):
        yield from _offers(story)


def _offers(story: PublishedArticle) -> Iterator[ReceiptLine]:
    """Corrections of which those who got the story by letter have not been told."""
    for offer in setting_right.offers(story):
        address = reverse("admin:subscriptions_edition_tell", args=[story.pk, offer.note.number])
        yield ReceiptLine(
            gettext("Tell those who got the story of the correction"), Arrival.NOT_ASKED, offer.words, url=address
        )


def _arrival(edition: Edition, account: Account) -> Arrival:
    if edition.state in _STOPPED:
        return Arrival.STOPPED
    if edition.state in Edition.OPEN:
        return Arrival.WAITING
    if edition.state == Edition.State.NEEDS_ATTENTION:
        return Arrival.UNCERTAIN
    return Arrival.FAILED if account.failed else Arrival.SUBMITTED


def _detail(edition: Edition, account: Account) -> str:
    """How it stands, then how many by what became of them; nobody is counted twice."""
    counts = [
        (account.sent, ngettext("%(count)d handed over", "%(count)d handed over", account.sent)),
        (account.waiting, ngettext("%(count)d waiting", "%(count)d waiting", account.waiting)),
        (account.failed, ngettext("%(count)d refused", "%(count)d refused", account.failed)),
        (account.uncertain, ngettext("%(count)d uncertain", "%(count)d uncertain", account.uncertain)),
        (account.skipped, ngettext("%(count)d left out", "%(count)d left out", account.skipped)),
    ]
    said = [words % {"count": count} for count, words in counts if count]
    if edition.prepared_at and not edition.audience:
        said = [gettext("Nobody has asked for it.")]
    problem = str(edition.get_problem_display()) if edition.problem else ""
    return " · ".join(filter(None, [str(edition.get_state_display()), ", ".join(said), problem]))
