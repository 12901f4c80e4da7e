"""Readers who are brought in from elsewhere: looked through, then imported, piece by piece.

Each piece is one transaction that also writes how far the file is worked off: whoever dies leaves nothing half done,
and whoever goes on begins where the last piece ended. Known readers stay as they are, suppressed ones too.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles.models.site import SiteSettings
from jobs import leases
from safeguards.problems import Unsealable
from subscriptions import people
from subscriptions.audience import files, reading
from subscriptions.models.audience import AudienceImport
from subscriptions.models.people import (
    Answer,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
    address_hash,
    normal_address,
)

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
PIECE = 500  # lines in one transaction
NAMED = 100  # lines without an address that are named
# A list that was looked through and then forgotten is somebody's addresses lying about.
UNDECIDED_KEPT = timedelta(days=7)

State, Cadence = AudienceImport.State, Subscription.Cadence


class ImportProblem(Exception):
    """The verb no longer fits; nothing was changed. ``str()`` of it may be shown to the editor."""

    def __init__(self) -> None:
        super().__init__(gettext("This list was already imported or cancelled, so nothing was done."))


@dataclass
class _Verdict:
    """A piece of a list by what its addresses are. ``new``: by their normal form; a double counts as known."""

    new: dict[str, reading.Record]
    known: int
    suppressed: int
    wrong: list[int]


@dataclass
class _Offered:
    """What a line may choose of; looked up once, since the time zones are read from the disk each time."""

    topics: list[Topic]
    languages: set[str]
    zones: set[str]


@transaction.atomic
def begin(
    pieces: Iterable[bytes], *, name: str, topics: Collection[Topic], language: str, time_zone: str,
    has_agreed: bool, agreed_where: str, agreed_when: str, actor: User, cadence: str = Cadence.INSTANT,
) -> AudienceImport:  # fmt: skip
    """Keeps a list and has the worker look through it. Nobody is added before `decide`."""
    row = AudienceImport(
        file=files.keep(pieces), name=name[:120], cadence=cadence, language=language, time_zone=time_zone,
        has_agreed=has_agreed, agreed_where=agreed_where, agreed_when=agreed_when, created_by=actor,
    )  # fmt: skip
    row.save()
    row.topics.set(topics)
    record(actor=actor, verb=gettext_noop("list of readers brought"), thing=row)
    return row


@transaction.atomic
def decide(row: AudienceImport, *, actor: User) -> None:
    """What was looked through is imported by the worker. The second of two presses finds nothing to do."""
    _move(row, [State.CHECKED], state=State.IMPORTING, position=0, due_at=timezone.now(), attempts=0)
    record(
        actor=actor, verb=gettext_noop("list of readers imported"), thing=row,
        new=row.new, agreed=row.has_agreed, where=row.agreed_where, when=row.agreed_when,
    )  # fmt: skip


@transaction.atomic
def cancel(row: AudienceImport, *, actor: User | None) -> None:
    """Nobody more is added; whoever was stays. The list is deleted."""
    _move(row, [State.CHECKING, State.CHECKED, State.IMPORTING], state=State.CANCELLED, finished_at=timezone.now())
    record(actor=actor, verb=gettext_noop("list of readers cancelled"), thing=row)
    transaction.on_commit(lambda: files.remove(row.file))


def _move(row: AudienceImport, sources: list[AudienceImport.State], **values: object) -> None:
    if not AudienceImport.objects.filter(pk=row.pk, state__in=sources).update(**values):
        raise ImportProblem


def turn(worker: str, stop: threading.Event) -> int:
    """Works off one list, for the worker; how many."""
    waiting = AudienceImport.objects.filter(state__in=AudienceImport.AT_WORK)
    if not waiting.filter(due_at__lte=timezone.now()).exists():
        return 0
    claimed = leases.claim(waiting, worker=worker, limit=1, lease=LEASE)
    for row in claimed:
        try:
            _work_off(row, worker, stop)
        except (OSError, Unsealable):
            log.warning("a list of readers cannot be read", extra={"import": row.pk})
            leases.finish(row, worker=worker, state=State.FAILED, finished_at=timezone.now())
    return len(claimed)


def forget_undecided() -> int:
    """For the worker, daily: lists that nobody decided about within a week go, and files that no row names."""
    old = AudienceImport.objects.filter(state=State.CHECKED, created_at__lt=timezone.now() - UNDECIDED_KEPT)
    for row in old:
        cancel(row, actor=None)
    open_now = AudienceImport.objects.filter(state__in=[*AudienceImport.AT_WORK, State.CHECKED])
    return files.sweep(set(open_now.values_list("file", flat=True)))


def _work_off(row: AudienceImport, worker: str, stop: threading.Event) -> None:
    records = reading.records(files.read(row.file), after=row.position)
    offered = _Offered(list(row.topics.all()), set(SiteSettings.load().languages), available_timezones())
    for piece in _pieces(records):
        if stop.is_set():
            leases.finish(row, worker=worker)
            return
        with transaction.atomic():
            # Written first: whoever cancels meanwhile waits for this row, and finds the piece whole.
            held = AudienceImport.objects.filter(
                pk=row.pk, state=row.state, lease_by=worker, position=row.position
            ).update(position=piece[-1].line, lease_until=timezone.now() + LEASE)
            if not held:
                return
            verdict = _judge(piece)
            if row.state == State.CHECKING:
                _note(row, verdict, last=piece[-1].line)
            else:
                added = _add(row, verdict.new, offered)
                AudienceImport.objects.filter(pk=row.pk).update(added=F("added") + added)
        row.position = piece[-1].line
    if row.state == State.CHECKING:
        leases.finish(row, worker=worker, state=State.CHECKED)
    elif leases.finish(row, worker=worker, state=State.DONE, finished_at=timezone.now()):
        files.remove(row.file)


def _pieces(records: Iterator[reading.Record]) -> Iterator[list[reading.Record]]:
    while piece := list(islice(records, PIECE)):
        yield piece


def _judge(piece: list[reading.Record]) -> _Verdict:
    normal: dict[str, reading.Record] = {}
    wrong: list[int] = []
    doubles = 0
    for each in piece:
        try:
            address = normal_address(each.email)
        except ValidationError:
            wrong.append(each.line)
            continue
        doubles += address in normal
        normal.setdefault(address, each)
    hashes = {address_hash(address): address for address in normal}
    barred = set(Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True))
    known = set(Subscriber.objects.filter(email_norm__in=normal).values_list("email_norm", flat=True))
    suppressed = {hashes[each] for each in barred}
    new = {address: each for address, each in normal.items() if address not in suppressed | known}
    return _Verdict(new, len(known - suppressed) + doubles, len(suppressed), wrong)


def _note(row: AudienceImport, verdict: _Verdict, *, last: int) -> None:
    row.wrong_lines = [*row.wrong_lines, *verdict.wrong][:NAMED]
    AudienceImport.objects.filter(pk=row.pk).update(
        lines=last, wrong_lines=row.wrong_lines, invalid=F("invalid") + len(verdict.wrong),
        new=F("new") + len(verdict.new), known=F("known") + verdict.known,
        suppressed=F("suppressed") + verdict.suppressed,
    )  # fmt: skip


def _add(row: AudienceImport, new: dict[str, reading.Record], offered: _Offered) -> int:
    """Readers who were not known until now; how many. Somebody who signed up this very moment stays as they are."""
    now = timezone.now()
    wish = Subscription.State.ACTIVE if row.has_agreed else Subscription.State.PENDING
    readers = [
        Subscriber(
            pk=uuid.uuid4(), email=people.as_given(each.email, address), email_norm=address,
            address_hash=address_hash(address),
            language=each.language if each.language in offered.languages else row.language,
            time_zone=each.time_zone if each.time_zone in offered.zones else row.time_zone,
            state=Subscriber.State.ACTIVE if row.has_agreed else Subscriber.State.PENDING, created_at=now,
            confirmed_at=now if row.has_agreed else None,
            consent_version=f"import {row.pk}",
        )
        for address, each in new.items()
    ]  # fmt: skip
    Subscriber.objects.bulk_create(readers, ignore_conflicts=True)
    numbers = [reader.pk for reader in readers]
    added = list(Subscriber.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    rhythm = {topic: Cadence.INSTANT if topic.kind in Topic.AT_ONCE else row.cadence for topic in offered.topics}
    Subscription.objects.bulk_create(
        Subscription(subscriber_id=number, topic=topic, cadence=rhythm[topic], state=wish, changed_at=now)
        for number in added
        for topic in offered.topics
    )
    if not row.has_agreed:
        Answer.objects.bulk_create(Answer(subscriber_id=number) for number in added)
    return len(added)
