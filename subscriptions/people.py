"""What readers do with their subscriptions, and the desk with addresses: one function a verb, each one transaction."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import (
    Answer,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
    address_hash,
    new_link_key,
    normal_address,
)

if TYPE_CHECKING:
    from accounts.models import User

ANSWER_EVERY = timedelta(hours=1)
UNCONFIRMED_KEPT = timedelta(days=30)


@transaction.atomic
def signup(email: str, topics: Collection[Topic], *, language: str, time_zone: str) -> None:
    """Notes a wish for letters and has it answered by mail; nothing comes of it until its button is pressed there.

    It does and says the same for every address, known or not, and writes to one at most once an hour. An address that
    must not be written to gets no answer. Raises ``ValidationError`` for what is no address.
    """
    normal = normal_address(email)
    hashed = address_hash(normal)
    subscriber, is_new = Subscriber.objects.get_or_create(
        email_norm=normal,
        defaults={
            "email": _as_given(email, normal),
            "address_hash": hashed,
            "language": language,
            "time_zone": time_zone,
        },
    )
    if subscriber.state == Subscriber.State.PENDING and not is_new:
        Subscriber.objects.filter(pk=subscriber.pk).update(language=language, time_zone=time_zone)
    _wish_for(subscriber, topics)
    now = timezone.now()
    due = Subscriber.objects.filter(Q(answered_at=None) | Q(answered_at__lte=now - ANSWER_EVERY), pk=subscriber.pk)
    # Who asked to be forgotten may come back: the button in the mail says that it is they.
    barred = Suppression.objects.filter(address_hash=hashed).exclude(reason=Suppression.Reason.ERASURE).exists()
    if not barred and due.update(answered_at=now):
        Answer.objects.get_or_create(subscriber=subscriber)


def _as_given(email: str, normal: str) -> str:
    # Only the domain is known not to care about case.
    return unicodedata.normalize("NFC", email).strip().rpartition("@")[0] + "@" + normal.rpartition("@")[2]


def _wish_for(subscriber: Subscriber, topics: Collection[Topic]) -> None:
    """Pending subscriptions to the topics; what is active stays so, for anybody may type anybody's address."""
    rows = [Subscription(subscriber=subscriber, topic=topic) for topic in topics]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)
    left = subscriber.subscriptions.filter(topic__in=topics, state=Subscription.State.LEFT)
    left.update(state=Subscription.State.PENDING, changed_at=timezone.now())


@transaction.atomic
def confirm(subscriber: Subscriber) -> bool:
    """The reader pressed the button: what was pending is active. True if anything was pending."""
    now = timezone.now()
    erased = Suppression.objects.filter(address_hash=subscriber.address_hash, reason=Suppression.Reason.ERASURE)
    erased.delete()
    Subscriber.objects.filter(pk=subscriber.pk, state=Subscriber.State.PENDING).update(
        state=Subscriber.State.ACTIVE, confirmed_at=now
    )
    pending = subscriber.subscriptions.filter(state=Subscription.State.PENDING)
    return bool(pending.update(state=Subscription.State.ACTIVE, changed_at=now))


@transaction.atomic
def choose(subscriber: Subscriber, topics: Collection[Topic], *, language: str) -> None:
    """The reader's letters are about exactly these topics from now on, in this language."""
    now = timezone.now()
    Subscriber.objects.filter(pk=subscriber.pk).update(language=language)
    subscriber.language = language
    Subscription.objects.bulk_create(
        [Subscription(subscriber=subscriber, topic=topic, state=Subscription.State.ACTIVE) for topic in topics],
        ignore_conflicts=True,
    )
    chosen = subscriber.subscriptions.filter(topic__in=topics).exclude(state=Subscription.State.ACTIVE)
    chosen.update(state=Subscription.State.ACTIVE, changed_at=now)
    others = subscriber.subscriptions.exclude(topic__in=topics).exclude(state=Subscription.State.LEFT)
    others.update(state=Subscription.State.LEFT, changed_at=now)


@transaction.atomic
def leave(subscriber: Subscriber, *, edition: int = 0) -> None:
    """No more letters like the one of that number: all its topics are left; without a number, everything is."""
    wanted = subscriber.subscriptions.exclude(state=Subscription.State.LEFT)
    if edition:
        wanted = wanted.filter(topic__in=Edition.topics.through.objects.filter(edition=edition).values("topic"))
    wanted.update(state=Subscription.State.LEFT, changed_at=timezone.now())


@transaction.atomic
def erase(subscriber: Subscriber) -> None:
    """Forgets the reader. What stays is that a letter went to somebody, and a hash that keeps the address out."""
    if subscriber.address_hash:
        Suppression.objects.get_or_create(
            address_hash=subscriber.address_hash, defaults={"reason": Suppression.Reason.ERASURE}
        )
    subscriber.subscriptions.all().delete()
    Answer.objects.filter(subscriber=subscriber).delete()
    Delivery.objects.filter(subscriber=subscriber).update(address="")
    Subscriber.objects.filter(pk=subscriber.pk).update(
        email="", email_norm=f"erased:{subscriber.pk}", address_hash="", link_key=new_link_key(),
        state=Subscriber.State.ERASED, time_zone="UTC", answered_at=None,
    )  # fmt: skip


@transaction.atomic
def suppress(email: str, *, actor: User | None, reason: Suppression.Reason = Suppression.Reason.MANUAL) -> Suppression:
    """Nothing is written to this address any more, subscriber or not. Raises ``ValidationError`` for what is none."""
    hashed = address_hash(normal_address(email))
    suppression, _is_new = Suppression.objects.update_or_create(address_hash=hashed, defaults={"reason": reason})
    Subscriber.objects.filter(address_hash=hashed).update(state=Subscriber.State.SUPPRESSED)
    record(actor=actor, verb=gettext_noop("suppressed"), thing=suppression)
    return suppression


@transaction.atomic
def lift(email: str, *, actor: User | None) -> bool:
    """The address may be written to again, as before; False if it was not suppressed."""
    suppression = Suppression.objects.filter(address_hash=address_hash(normal_address(email))).first()
    if suppression is None:
        return False
    record(actor=actor, verb=gettext_noop("suppression lifted"), thing=suppression)
    stopped = Subscriber.objects.filter(address_hash=suppression.address_hash, state=Subscriber.State.SUPPRESSED)
    stopped.exclude(confirmed_at=None).update(state=Subscriber.State.ACTIVE)
    stopped.filter(confirmed_at=None).update(state=Subscriber.State.PENDING)
    suppression.delete()
    return True


def forget_unconfirmed() -> int:
    """For the worker, daily: addresses that were typed and never confirmed go after thirty days; how many went."""
    old = Subscriber.objects.filter(
        Q(answered_at=None) | Q(answered_at__lt=timezone.now() - UNCONFIRMED_KEPT),
        state=Subscriber.State.PENDING, confirmed_at=None, created_at__lt=timezone.now() - UNCONFIRMED_KEPT,
    )  # fmt: skip
    return old.delete()[1].get(Subscriber._meta.label, 0)
