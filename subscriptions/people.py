"""What readers do with their subscriptions, and the desk with addresses: one function a verb, each one transaction."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from articles.models.published import PublishedArticle
from subscriptions import hours, opens
from subscriptions.models.letters import Delivery, Edition, Newsletter
from subscriptions.models.people import (
    AddressChange,
    Answer,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
    address_hash,
    new_link_key,
    normal_address,
)
from subscriptions.topics import FOLLOWED_FOR

if TYPE_CHECKING:
    from accounts.models import User

ANSWER_EVERY = timedelta(hours=1)
UNCONFIRMED_KEPT = timedelta(days=30)
Cadence = Subscription.Cadence


@transaction.atomic
def signup(
    email: str, topics: Collection[Topic], *, language: str, time_zone: str, cadence: str = Cadence.INSTANT
) -> None:
    """Notes a wish for letters and has it answered by mail; nothing comes of it until its button is pressed there.

    News of a single story always comes at once, whatever the `cadence`, and a newsletter whenever it is written.

    It does and says the same for every address, known or not, and writes to one at most once an hour. An address that
    must not be written to gets no answer. Raises ``ValidationError`` for what is no address.
    """
    normal = normal_address(email)
    hashed = address_hash(normal)
    subscriber, is_new = Subscriber.objects.get_or_create(
        email_norm=normal,
        defaults={
            "email": as_given(email, normal),
            "address_hash": hashed,
            "language": language,
            "time_zone": time_zone,
        },
    )
    if subscriber.state == Subscriber.State.PENDING and not is_new:
        Subscriber.objects.filter(pk=subscriber.pk).update(language=language, time_zone=time_zone)
    _wish_for(subscriber, topics, cadence)
    now = timezone.now()
    due = Subscriber.objects.filter(Q(answered_at=None) | Q(answered_at__lte=now - ANSWER_EVERY), pk=subscriber.pk)
    # Who asked to be forgotten may come back: the button in the mail says that it is they.
    if not is_barred(normal) and due.update(answered_at=now):
        Answer.objects.get_or_create(subscriber=subscriber)


def is_barred(normal: str) -> bool:
    """Nothing may be written to the address, not even to ask. Who was forgotten may be asked."""
    found = Suppression.objects.filter(address_hash=address_hash(normal))
    return found.exclude(reason=Suppression.Reason.ERASURE).exists()


def as_given(email: str, normal: str) -> str:
    """The address as the reader writes it, but for its domain. Only that is known not to care about case."""
    return unicodedata.normalize("NFC", email).strip().rpartition("@")[0] + "@" + normal.rpartition("@")[2]


def _wish_for(subscriber: Subscriber, topics: Collection[Topic], cadence: str) -> None:
    """Pending subscriptions to the topics; what is active stays so, for anybody may type anybody's address."""
    for how_often, about in _by_cadence(dict.fromkeys(topics, cadence)):
        _add(subscriber, about, how_often, Subscription.State.PENDING)
        mine = subscriber.subscriptions.filter(topic__in=about).exclude(state=Subscription.State.ACTIVE)
        mine.update(state=Subscription.State.PENDING, cadence=how_often, changed_at=timezone.now())


def _add(subscriber: Subscriber, topics: Collection[Topic], cadence: str, state: Subscription.State) -> None:
    rows = [Subscription(subscriber=subscriber, topic=topic, cadence=cadence, state=state) for topic in topics]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)


def _by_cadence(wishes: Mapping[Topic, str]) -> list[tuple[str, list[Topic]]]:
    settled = {topic: Cadence.INSTANT if topic.kind in Topic.AT_ONCE else how for topic, how in wishes.items()}
    return [(each, [topic for topic, how in settled.items() if how == each]) for each in Cadence.values]


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
def choose(subscriber: Subscriber, wishes: Mapping[Topic, str], **preferences: Any) -> None:
    """The reader's letters are about exactly these topics from now on, each as often as she wants.

    `preferences` are fields of her row: ``language``, ``time_zone``, hours and days.
    """
    now = timezone.now()
    if preferences:
        Subscriber.objects.filter(pk=subscriber.pk).update(**preferences)
        for name, value in preferences.items():
            setattr(subscriber, name, value)
    if preferences.get("agrees_to_measure") is False:
        opens.forget(subscriber)
    for cadence, about in _by_cadence(wishes):
        _add(subscriber, about, cadence, Subscription.State.ACTIVE)
        changed = subscriber.subscriptions.filter(topic__in=about)
        changed = changed.exclude(state=Subscription.State.ACTIVE, cadence=cadence)
        changed.update(state=Subscription.State.ACTIVE, cadence=cadence, changed_at=now)
    others = subscriber.subscriptions.exclude(topic__in=wishes).exclude(state=Subscription.State.LEFT)
    others.update(state=Subscription.State.LEFT, changed_at=now)
    if hours.is_paused(subscriber, now):
        unsent = Delivery.objects.filter(
            subscriber=subscriber, state__in=[Delivery.State.READY, Delivery.State.DEFERRED]
        )
        # Digests look at the pause themselves: theirs may come after it.
        unsent.exclude(edition__newsletter__kind__in=Newsletter.DIGESTS).update(
            state=Delivery.State.SKIPPED, reason=Delivery.Reason.UNWANTED, changed_at=now
        )


@transaction.atomic
def leave(subscriber: Subscriber, *, edition: int = 0) -> None:
    """No more letters like the one of that number; without a number, none at all.

    Like it are those about its topics; if it is about none, like a morning letter, those that come as often.
    """
    wanted = subscriber.subscriptions.exclude(state=Subscription.State.LEFT)
    letter = Edition.objects.filter(pk=edition).first() if edition else None
    if letter:
        topics = list(letter.topics.values_list("pk", flat=True))
        if topics:
            wanted = wanted.filter(topic__in=topics)
        elif letter.cadence:
            wanted = wanted.filter(cadence=letter.cadence)
    wanted.update(state=Subscription.State.LEFT, changed_at=timezone.now())


def followers_of(article_number: int) -> QuerySet[Subscriber]:
    """Who follows that one story; whether they may be written to is another question."""
    follows = Subscription.objects.filter(
        subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE, topic__article_number=article_number
    )
    return Subscriber.objects.filter(Exists(follows))


def end_following() -> int:
    """For the worker, daily: stories that were taken off or are old are followed no more; how many wishes ended."""
    young = PublishedArticle.objects.filter(
        pk=OuterRef("topic__article_number"), published_at__gt=timezone.now() - FOLLOWED_FOR
    )
    over = Subscription.objects.filter(~Exists(young), topic__kind=Topic.Kind.STORY)
    return over.exclude(state=Subscription.State.LEFT).update(state=Subscription.State.LEFT, changed_at=timezone.now())


@transaction.atomic
def erase(subscriber: Subscriber) -> None:
    """Forgets the reader. What stays is that a letter went to somebody, and a hash that keeps the address out."""
    if subscriber.address_hash:
        Suppression.objects.get_or_create(
            address_hash=subscriber.address_hash, defaults={"reason": Suppression.Reason.ERASURE}
        )
    empty(subscriber)


def empty(subscriber: Subscriber) -> None:
    """Takes from the row, and from those that hang on it, all that says who the reader is. Its links die."""
    subscriber.subscriptions.all().delete()
    Answer.objects.filter(subscriber=subscriber).delete()
    AddressChange.objects.filter(subscriber=subscriber).delete()
    Delivery.objects.filter(subscriber=subscriber).update(address="", stories="", **opens.UNCOUNTED)
    Subscriber.objects.filter(pk=subscriber.pk).update(
        email="", email_norm=f"erased:{subscriber.pk}", address_hash="", link_key=new_link_key(),
        state=Subscriber.State.ERASED, time_zone="UTC", answered_at=None, digest_hour=7, digest_weekday=0,
        quiet_from=None, quiet_until=None, paused_until=None, last_digest_at=None, agrees_to_measure=False,
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
