"""Devices that want notices: taken in, changed, switched off. Whoever knows its endpoint speaks for the device."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from safeguards.sealing import keyed_hash
from subscriptions.models.people import Topic
from subscriptions.models.push import PushAddress, PushDelivery
from subscriptions.push.messages import Keys

LONGEST = 1000


def check(keys: Keys) -> None:
    """Raises ``ValueError`` unless this is a push service's address and its keys are ones that one can write to.

    Only HTTPS on its own port, so that nobody has us knock at doors of their choosing; that the host's addresses are
    public is asked at each sending, by `safeguards.outgoing`.
    """
    if len(keys.endpoint) > LONGEST or not re.fullmatch("[!-~]+", keys.endpoint):
        raise ValueError("not an address")
    parts = urlsplit(keys.endpoint)
    usual = parts.scheme == "https" and parts.port in {None, 443}
    allowed = f"{parts.hostname}:{parts.port}" in settings.OUTGOING_ALLOWED
    if not (usual or allowed) or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("not a push service's address")
    keys.check()


def hash_of(endpoint: str) -> str:
    return keyed_hash(endpoint, purpose="push address")


def known(endpoint: str) -> PushAddress | None:
    return PushAddress.objects.filter(endpoint_hash=hash_of(endpoint)).first()


@transaction.atomic
def take_in(keys: Keys, topics: Collection[Topic], *, language: str) -> PushAddress:
    """The device gets notices about exactly these topics from now on, in this language. `check` the keys before."""
    parts = urlsplit(keys.endpoint)
    values = {"keys": keys.to_json(), "language": language, "service": f"{parts.scheme}://{parts.netloc}"}
    address, _is_new = PushAddress.objects.update_or_create(endpoint_hash=hash_of(keys.endpoint), defaults=values)
    address.topics.set(topics)
    return address


@transaction.atomic
def forget(endpoint_hash: str) -> bool:
    """Nothing more goes to the device, and nothing of it is kept; False if it was not known."""
    address = PushAddress.objects.select_for_update().filter(endpoint_hash=endpoint_hash).first()
    if address is None:
        return False
    State, Reason = PushDelivery.State, PushDelivery.Reason
    waiting = PushDelivery.objects.filter(address=address, state=State.READY)
    waiting.update(state=State.SKIPPED, reason=Reason.UNWANTED, changed_at=timezone.now())
    address.delete()
    return True
