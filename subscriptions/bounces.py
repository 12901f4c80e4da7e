"""What comes of letters after they were handed over: failed deliveries and complaints, and what follows for readers.

A delivery report (RFC 3464) or a complaint (RFC 5965) is believed only if it shows the letter's own token, in the
address that it came back to or in the heads of the letter that it returns: nobody can make one up for another reader.
Nor a mail by which a reader leaves (RFC 2369), to the address in her letter's ``List-Unsubscribe``.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import Message

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subscriptions import ledger, mime, people
from subscriptions.models.deliveries import DeliveryEvent
from subscriptions.models.letters import Delivery
from subscriptions.models.people import Suppression, address_hash, normal_address

log = logging.getLogger(__name__)
Kind, State = DeliveryEvent.Kind, Delivery.State
# No more of a mail is read: reports come first, and the letter that came back last.
LARGEST = 256 * 1024
PARTS = 20
# So many letters that came back because of the mailbox (full, switched off), within so long.
SOFT_LEAST, SOFT_WITHIN = 3, timedelta(days=14)
# There is no such mailbox, or no such domain (RFC 3463 and RFC 7505; 5.1.10 is Exchange's).
_UNKNOWN = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
# Something is wrong with the mailbox itself; 5.4.1 is what Exchange Online says of one that its domain does not know,
# while hosts that cannot be reached give 4.4.1.
_MAILBOX = ("4.2.", "5.2.")
_SAID_OF_MAILBOX = {"5.4.1"}
_TOKEN = re.compile(r"(?<![\w.])(\d{1,18})\.(\d{1,18})\.([0-9a-f]{20})(?=@)")
# Not a part of a host's address, which looks alike.
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_AFTERWARDS = {
    Kind.DELIVERED: State.DELIVERED, Kind.SOFT: State.BOUNCED, Kind.HARD: State.BOUNCED, Kind.POLICY: State.BOUNCED,
    Kind.COMPLAINT: State.COMPLAINED,
}  # fmt: skip
# What is known later takes the place of what was known before, never the other way round.
_BEFORE: dict[str, tuple[Delivery.State, ...]] = {
    State.DELIVERED: (State.SENT, State.UNCERTAIN),
    State.BOUNCED: (State.SENT, State.UNCERTAIN, State.DELIVERED),
    State.COMPLAINED: (State.SENT, State.UNCERTAIN, State.DELIVERED, State.BOUNCED),
}


@dataclass(frozen=True)
class Word:
    """What a report says of one letter: which, what became of it, and the code (RFC 3463) if it gives one."""

    delivery: Delivery
    kind: DeliveryEvent.Kind
    status: str = ""


def take(raw: bytes) -> bool:
    """One mail from the mailbox for what comes back; True when it told us something about a letter of ours.

    The same mail again changes nothing. It may be hostile: no more than `LARGEST` bytes and `PARTS` parts are read.
    """
    try:
        mail = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
        parts = _parts(mail)
        delivery = _named_in(mail, parts)
        words = list(_said(delivery, parts)) if delivery else []
        is_leaving = _field(mail, "Subject").strip().lower() == mime.UNSUBSCRIBE
    except (RecursionError, ValueError, LookupError):  # what the standard library's parser raises of bad mails
        log.warning("a mail to the mailbox for bounces could not be read")
        return False
    known = hashlib.sha256(raw).hexdigest()[:40]
    for word in words:
        note(word, event_id=f"mail:{known}:{word.delivery.pk}")
    if delivery and not words and is_leaving:
        people.leave(delivery.subscriber, edition=delivery.edition_id)
        return True
    return bool(words)


def _said(delivery: Delivery, parts: list[Message]) -> Iterator[Word]:
    """What a mail says of the letter that its genuine token names."""
    fields = {part.get_content_type(): part for part in reversed(parts)}
    if feedback := fields.get("message/feedback-report"):
        if _field(_inner(feedback), "Feedback-Type").lower() in {"abuse", "fraud"}:
            yield Word(delivery, Kind.COMPLAINT)
    elif report := fields.get("message/delivery-status"):
        inside = report.get_payload()
        groups = [each for each in inside if isinstance(each, Message)] if isinstance(inside, list) else []
        for group in groups:
            action = _field(group, "Action").lower().strip()
            status = _status(group)
            if action in {"failed", "delayed", "delivered"}:
                yield Word(delivery, kind_of(action, status), status)
                return


def kind_of(action: str, status: str) -> DeliveryEvent.Kind:
    """By the words of RFC 3464 and the codes of RFC 3463.

    Only what is said of the mailbox counts against its reader: refusals of ourselves (5.7.x), letters that waited too
    long (4.4.7) and reports without a code may be our own outage, which would strike off everybody.
    """
    if action == "delivered":
        return Kind.DELIVERED
    if action == "delayed":
        return Kind.DELAYED
    if status in _UNKNOWN:
        return Kind.HARD
    return Kind.SOFT if status.startswith(_MAILBOX) or status in _SAID_OF_MAILBOX else Kind.POLICY


def _status(group: Message) -> str:
    """The code (RFC 3463); where it says nothing (Exim always writes 5.0.0), that of the other server's own words."""
    found = STATUS.search(_field(group, "Status"))
    if found and not found[1].endswith(".0.0"):
        return found[1]
    said = STATUS.search(_field(group, "Diagnostic-Code"))
    if said and (not found or said[1][0] == found[1][0]):
        return said[1]
    return found[1] if found else ""


@transaction.atomic
def note(word: Word, *, event_id: str) -> bool:
    """Keeps it, and draws the consequences for letter and reader; False when it is known already."""
    _event, is_new = DeliveryEvent.objects.get_or_create(
        event_id=event_id[:120],
        defaults={"delivery": word.delivery, "kind": word.kind, "status": word.status[:12], "at": timezone.now()},
    )
    if not is_new:
        return False
    if after := _AFTERWARDS.get(word.kind):
        changing = Delivery.objects.filter(pk=word.delivery.pk, state__in=_BEFORE[after])
        was_uncertain = changing.filter(state=State.UNCERTAIN).exists()
        changing.update(state=after, reason=word.status, changed_at=timezone.now())
        if was_uncertain:
            ledger.settle(word.delivery.edition)
    address = word.delivery.address  # the reader may have another by now; none if they were forgotten
    if address and word.kind == Kind.COMPLAINT:
        _suppress(address, Suppression.Reason.COMPLAINT)
    elif address and (word.kind == Kind.HARD or (word.kind == Kind.SOFT and _came_back_often(word.delivery))):
        _suppress(address, Suppression.Reason.HARD)
    return True


def named(token: str) -> Delivery | None:
    """The delivery that a token such as `Delivery.token` names; None for whatever is forged."""
    found = _TOKEN.match(f"{token}@")
    if found is None or found[0] != token:
        return None
    delivery = Delivery.objects.select_related("subscriber").filter(pk=int(found[2]), edition=int(found[1])).first()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if delivery and any(hmac.compare_digest(delivery.token_under(key), found[0]) for key in keys):
        return delivery
    return None


def _suppress(address: str, reason: Suppression.Reason) -> None:
    if not Suppression.objects.filter(address_hash=address_hash(normal_address(address))).exists():
        people.suppress(address, actor=None, reason=reason)


def _came_back_often(delivery: Delivery) -> bool:
    since = timezone.now() - SOFT_WITHIN
    to_it = DeliveryEvent.objects.filter(delivery__subscriber=delivery.subscriber, delivery__address=delivery.address)
    soft = to_it.filter(kind=Kind.SOFT, at__gte=since)
    return soft.values("delivery").distinct().count() >= SOFT_LEAST


def _parts(mail: Message) -> list[Message]:
    found: list[Message] = []
    for part in mail.walk():
        found.append(part)
        if len(found) == PARTS:
            break
    return found


def _named_in(mail: Message, parts: list[Message]) -> Delivery | None:
    """By the address that the mail came to, else by the heads of the letter that it returns."""
    places = [_field(mail, name) for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To")]
    for part in parts:
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            inner = _inner(part)
            places += [_field(inner, "Message-ID"), _text_head(part)]
    for place in places:
        for found in list(_TOKEN.finditer(place))[:3]:
            if delivery := named(found[0]):
                return delivery
    return None


def _inner(part: Message) -> Message:
    """The message inside a part, or the part itself."""
    inside = part.get_payload()
    first = inside[0] if isinstance(inside, list) and inside else None
    return first if isinstance(first, Message) else part


def _text_head(part: Message) -> str:
    """Of returned heads that are text (RFC 6522), the line with the Message-ID."""
    inside = part.get_payload()
    text = inside if isinstance(inside, str) else ""
    found = re.search(r"(?im)^message-id:\s*(.{1,300})$", text)
    return found[1] if found else ""


def _field(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:1000]
