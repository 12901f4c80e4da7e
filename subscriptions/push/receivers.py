"""What notices to devices do when a story is published or taken back, in the transaction that does it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from articles import signals
from articles.models.published import PublishedArticle
from articles.reading import open_edition
from articles.registry import Arrival, ReceiptLine
from subscriptions import topics
from subscriptions.models.push import PushAddress, PushDelivery, PushRound
from subscriptions.push import ledger, messages
from subscriptions.receivers import ALERT

if TYPE_CHECKING:
    from accounts.models import User

# What is older is no news that anybody should be woken for.
FRESH = timedelta(hours=2)
_ARRIVALS = {
    PushRound.State.SCHEDULED: Arrival.WAITING,
    PushRound.State.SENDING: Arrival.WAITING,
    PushRound.State.DONE: Arrival.SUBMITTED,
    PushRound.State.EXPIRED: Arrival.STOPPED,
    PushRound.State.STOPPED: Arrival.STOPPED,
    PushRound.State.NEEDS_ATTENTION: Arrival.UNCERTAIN,
}


def write_round(
    sender: object,
    *,
    article_id: int,
    published: PublishedArticle,
    options: dict[str, bool],
    actor: User | None,
    **kwargs: Any,
) -> None:
    """Decides the story's notice, once for ever, where any device wants notices at all."""
    if not options.get(ALERT) or not PushAddress.objects.exists():
        return
    with translation.override(published.language), timezone.override(None):
        message = messages.of_story(published, open_edition(published.language))
    round_, is_new = PushRound.objects.get_or_create(
        article_number=article_id,
        defaults={
            "headline": published.headline,
            "language": published.language,
            "message": message,
            "created_by": actor,
            "not_after": timezone.now() + FRESH,
        },
    )
    if is_new:
        round_.topics.set(topics.of_story(published))


def stop_round(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """A story that was taken back goes to nobody any more."""
    for round_ in PushRound.objects.filter(article_number=article_id):
        ledger.stop(round_, PushRound.State.STOPPED, PushDelivery.Reason.STOPPED)


def receipt_lines(number: int, user: User) -> Iterator[ReceiptLine]:
    """The story's line; none where no device ever asked for notices."""
    round_ = PushRound.objects.filter(article_number=number).first()
    if round_ is None:
        return
    found = ledger.account(round_)
    waiting = found["ready"] + found["sending"]
    counts = [
        (found["sent"], ngettext("%(count)d device", "%(count)d devices", found["sent"])),
        (waiting, ngettext("%(count)d waiting", "%(count)d waiting", waiting)),
        (found["gone"], ngettext("%(count)d gone", "%(count)d gone", found["gone"])),
        (found["failed"], ngettext("%(count)d refused", "%(count)d refused", found["failed"])),
        (found["uncertain"], ngettext("%(count)d uncertain", "%(count)d uncertain", found["uncertain"])),
        (found["skipped"], ngettext("%(count)d left out", "%(count)d left out", found["skipped"])),
    ]
    said = [words % {"count": count} for count, words in counts if count]
    if round_.prepared_at and not round_.audience:
        said = [gettext("Nobody has asked for it.")]
    state = PushRound.State(round_.state)
    may_look = user.has_perm("subscriptions.view_pushround")
    yield ReceiptLine(
        gettext("Notice to devices"),
        Arrival.FAILED if state == PushRound.State.DONE and found["failed"] else _ARRIVALS[state],
        " · ".join(filter(None, [str(state.label), ", ".join(said)])),
        at=round_.finished_at or round_.created_at,
        url=reverse("admin:subscriptions_pushround_change", args=[round_.pk]) if may_look else "",
    )


def connect() -> None:
    signals.article_published.connect(write_round, dispatch_uid="subscriptions.push.published")
    signals.article_withdrawn.connect(stop_round, dispatch_uid="subscriptions.push.withdrawn")
    signals.article_killed.connect(stop_round, dispatch_uid="subscriptions.push.killed")
