"""A reader's letters go to another address: asked for on her page, confirmed in the new mailbox, told in the old."""

from __future__ import annotations

import threading

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from articles.models.site import SiteSettings
from jobs import leases
from subscriptions import answers, links, people
from subscriptions.models.letters import Delivery
from subscriptions.models.people import (
    AddressChange,
    Subscriber,
    Subscription,
    Suppression,
    address_hash,
    new_link_key,
    normal_address,
)


def ask(subscriber: Subscriber, email: str) -> None:
    """Has the new address asked by mail. It does the same for every address, known or not.

    Nothing is sent to one that must not be written to. Raises ``ValidationError`` for what is no address.
    """
    normal = normal_address(email)
    with transaction.atomic():
        # Another row, with another number: the link in an earlier letter must not confirm this address.
        call_off(subscriber)
        AddressChange.objects.create(
            subscriber=subscriber, email=people.as_given(email, normal), is_told=people.is_barred(normal)
        )


def waiting(subscriber: Subscriber, number: int = 0) -> AddressChange | None:
    """The change that waits for its button, if there is one; with a number, only that one."""
    found = AddressChange.objects.filter(subscriber=subscriber, is_done=False)
    found = found.filter(asked_at__gt=timezone.now() - links.CONFIRM_WITHIN)
    return (found.filter(pk=number) if number else found).order_by("-pk").first()


@transaction.atomic
def call_off(subscriber: Subscriber) -> None:
    """Everything stays with the address as it is."""
    AddressChange.objects.filter(subscriber=subscriber, is_done=False).delete()


@transaction.atomic
def confirm(subscriber: Subscriber, number: int) -> bool:
    """The button in the new mailbox was pressed: letters go there, and every link that was ever sent dies.

    Should that address have had letters of its own, the reader has both now. False if nothing was waiting, or nothing
    may be written there.
    """
    held = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    change = waiting(held, number) if number else None
    if change is None:
        return False
    normal = normal_address(change.email)
    hashed = address_hash(normal)
    if people.is_barred(normal):
        return False
    Suppression.objects.filter(address_hash=hashed).delete()
    other = Subscriber.objects.select_for_update().filter(email_norm=normal).exclude(pk=held.pk).first()
    if other:
        _take_over(other, held)
        people.empty(other)
    Subscriber.objects.filter(pk=held.pk).update(
        email=change.email, email_norm=normal, address_hash=hashed, link_key=new_link_key(),
        state=Subscriber.State.ACTIVE, confirmed_at=Coalesce(F("confirmed_at"), timezone.now()),
    )  # fmt: skip
    _unsent(held).update(address=change.email, domain=normal.rpartition("@")[2])
    AddressChange.objects.filter(pk=change.pk).update(
        email=held.email, is_done=True, is_told=people.is_barred(held.email_norm), due_at=timezone.now(), attempts=0,
        lease_by="", lease_until=None,
    )  # fmt: skip
    return True


def _take_over(other: Subscriber, held: Subscriber) -> None:
    """What the other wants is wanted now, even where she had left it; and of letters on their way she gets one each."""
    theirs = other.subscriptions.filter(state=Subscription.State.ACTIVE)
    held.subscriptions.filter(topic__in=theirs.values("topic")).exclude(state=Subscription.State.ACTIVE).delete()
    theirs.exclude(topic__in=held.subscriptions.values("topic")).update(subscriber=held)
    mine = Delivery.objects.filter(subscriber=held)
    _unsent(other).exclude(edition__in=mine.values("edition")).update(subscriber=held)


def _unsent(subscriber: Subscriber) -> QuerySet[Delivery]:
    return Delivery.objects.filter(subscriber=subscriber, state__in=[Delivery.State.READY, Delivery.State.DEFERRED])


def turn(worker: str, stop: threading.Event) -> int:
    """Sends the letters that ask a new address and tell an old one; how many were tried."""
    untold = AddressChange.objects.filter(is_told=False)
    claimed = leases.claim(untold, worker=worker, limit=answers.BATCH, lease=answers.LEASE)
    with answers.connection() as line:
        for change in claimed:
            if stop.is_set():
                leases.finish(change, worker=worker)
                continue
            subscriber = Subscriber.objects.get(pk=change.subscriber_id)
            # Somebody may have seen to that since the change was asked for.
            barred = people.is_barred(normal_address(change.email))
            letter = compose(change, subscriber)
            if barred or answers.hand_over(letter, change, line, worker=worker, subscriber=subscriber):
                leases.finish(change, worker=worker, is_told=True)
    return len(claimed)


def compose(change: AddressChange, subscriber: Subscriber) -> EmailMessage:
    """In the reader's language: to the new address with a button's link, or to the old one that it is the old one."""
    with translation.override(subscriber.language):
        paper = SiteSettings.load().words(subscriber.language)["name"]
        token = links.make(links.Purpose.ADDRESS, subscriber, edition=change.pk)
        context = {
            "paper": paper,
            "confirm": "" if change.is_done else answers.address_of("address", token),
            "hours": int(links.CONFIRM_WITHIN.total_seconds() // 3600),
        }
        subject = gettext("Your letters go to another address") if change.is_done else gettext("Is this your address?")
        return EmailMessage(
            f"{subject} – {paper}",
            render_to_string("subscriptions/mail/address.txt", context),
            to=[change.email],
            headers=answers.HEADERS,
        )


def forget_old() -> int:
    """For the worker, daily: changes that were never confirmed, and those that are done and told; how many went."""
    old = AddressChange.objects.filter(asked_at__lt=timezone.now() - links.CONFIRM_WITHIN)
    return (old.filter(is_told=True) | old.filter(is_done=False)).delete()[0]
