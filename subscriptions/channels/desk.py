"""What a person decides about one post: each verb a conditional update, audited; the loser is told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.models.audit import record
from articles.models.desk import Article
from articles.verbs import VERBS as STORY_VERBS
from articles.verbs import sections_of
from subscriptions.channels import ledger, wording
from subscriptions.channels.kinds import repeats_safely
from subscriptions.channels.measuring import measure_of
from subscriptions.models.channels import ChannelPost, Problem

if TYPE_CHECKING:
    from accounts.models import User

State = ChannelPost.State


class PostProblem(Exception):
    """The verb no longer fits; nothing was changed. ``str()`` of it may be shown to the editor."""

    def __init__(self, words: str = "") -> None:
        super().__init__(words or gettext("This has changed meanwhile, so nothing was done. Look again."))


def may_decide(user: User, number: int) -> bool:
    """An editor of the section of the story of that number; of one that the desk has not any more, of all sections."""
    if not user.has_perm("subscriptions.post_to_channels"):
        return False
    story = Article.objects.filter(pk=number).first()
    return STORY_VERBS["publish"].allowed(user, story) if story else sections_of(user) is None


@transaction.atomic
def there(post: ChannelPost, *, actor: User | None, url: str = "") -> None:
    """Somebody has seen it on the channel, or has posted it there by hand; `url` leads to it, if known."""
    verb = gettext_noop("posted by hand") if post.state == State.BY_HAND else gettext_noop("found on the channel")
    _move(post, [State.UNCERTAIN, State.BY_HAND, State.FAILED], state=State.POSTED, problem="", detail="", url=url)
    record(actor=actor, verb=verb, thing=post)


@transaction.atomic
def again(post: ChannelPost, *, actor: User | None, text: str | None = None) -> None:
    """Goes out once more, this one alone, with another text if need be. Only while readers have the story."""
    if not post.is_live:
        raise PostProblem(gettext("Readers do not have this story any more, so it is posted nowhere."))
    if text is not None and not text.strip():
        raise PostProblem(gettext("Write a text first."))
    words = post.text if text is None else wording.filled(text, post.link)
    measure = measure_of(post.account.kind)
    if not measure.fits(words):
        raise PostProblem(too_long(post.account.kind, words))
    values: dict[str, Any] = {"text": words, "attempts": 0, "looks": 0, "due_at": timezone.now()}
    if words != post.text or not repeats_safely(post):  # else the channel still knows that it is the same
        values |= {"idempotency_key": uuid.uuid4(), "first_sent_at": None, "may_be_there": False}
    state = State.BY_HAND if post.account.is_by_hand else State.READY
    _move(post, [State.FAILED, State.UNCERTAIN, State.SKIPPED], state=state, problem="", detail="", **values)
    record(actor=actor, verb=gettext_noop("post sent again"), thing=post)


@transaction.atomic
def leave_out(post: ChannelPost, *, actor: User | None) -> None:
    """It is not posted; what is going out at this moment cannot be held. What may be there becomes uncertain first."""
    states = [State.READY, State.BY_HAND, State.FAILED, State.UNCERTAIN]
    _move(post, states, **ledger.left(Problem.LEFT_OUT))
    record(actor=actor, verb=gettext_noop("post left out"), thing=post)


def too_long(kind: str, text: str) -> str:
    measure = measure_of(kind)
    words = {"count": measure.used(text), "limit": measure.limit}
    return gettext("This is too long: %(count)d of at most %(limit)d.") % words


@dataclass(frozen=True)
class Verb:
    """A button: in which states it is shown, what it does, and what is said when it is done."""

    label: Any
    states: tuple[ChannelPost.State, ...]
    act: Callable[..., None]
    said: Any


VERBS = {
    "there": Verb(_("It is there"), (State.UNCERTAIN, State.FAILED), there, _("Noted: it is there.")),
    "posted": Verb(_("I have posted it"), (State.BY_HAND,), there, _("Noted: it is posted.")),
    "again": Verb(_("Send again"), (State.FAILED, State.UNCERTAIN, State.SKIPPED), again, _("It goes out once more.")),
    "leave-out": Verb(
        _("Leave it out"), (State.READY, State.BY_HAND, State.FAILED, State.UNCERTAIN), leave_out, _("It is left out.")
    ),
}


def offered(post: ChannelPost, *, is_live: bool) -> dict[str, Verb]:
    """The verbs that fit the post as it stands; `is_live`: readers have the story."""
    fitting = {name: verb for name, verb in VERBS.items() if post.state in verb.states}
    if "again" in fitting and not is_live:
        del fitting["again"]
    return fitting


def _move(post: ChannelPost, sources: Iterable[ChannelPost.State], **values: Any) -> None:
    now = timezone.now()
    free = ChannelPost.objects.filter(pk=post.pk, state__in=sources)
    if not free.update(changed_at=now, lease_by="", lease_until=None, **values):
        raise PostProblem
