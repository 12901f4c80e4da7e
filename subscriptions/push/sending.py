"""The worker's part: notices go to push services (RFC 8030), several at once. `turn` is what `jobs.queues` calls."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from jobs import leases
from safeguards.outgoing import Answer, fetch
from safeguards.problems import OutgoingFailed, OutgoingRefused, Unsealable
from subscriptions.models.push import PushAddress, PushDelivery
from subscriptions.push import addresses, keys, ledger, messages

log = logging.getLogger(__name__)
AT_ONCE = 16
PATIENCE = 15.0  # seconds
TURN = 30.0  # seconds; then new rounds are looked for
STEPS = tuple(timedelta(seconds=each) for each in (30, 120, 300, 900, 1800))
LONGEST_REST = timedelta(hours=2)

State, Reason = PushDelivery.State, PushDelivery.Reason


@dataclass(frozen=True)
class Outcome:
    """What became of one notice: a state of `PushDelivery`, why, and when to try again or how long to rest."""

    state: PushDelivery.State
    reason: str = ""
    again: datetime | None = None
    service_rests: bool = False


def turn(worker: str, stop: threading.Event) -> int:
    """Clears up after dead workers, addresses what is due, and sends for up to half a minute; how much was done."""
    done = ledger.recover() + ledger.expire() + ledger.prepare(worker) + _send(worker, stop)
    ledger.settle(quietly=not done)
    return done


def _send(worker: str, stop: threading.Event) -> int:
    """Keeps `AT_ONCE` requests under way. Rows are written by this thread alone; how many notices were tried."""
    flying: dict[Future[Outcome], PushDelivery] = {}
    resting: dict[str, datetime] = {}
    total, end = 0, time.monotonic() + TURN

    def more() -> list[PushDelivery]:
        if stop.is_set() or time.monotonic() > end or len(flying) == AT_ONCE:
            return []
        return ledger.claim(worker=worker, limit=AT_ONCE - len(flying))

    first = more()
    if not first:
        return 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
        batch = first
        while batch or flying:
            for delivery in batch:
                flying[pool.submit(_job(delivery))] = delivery
            finished, _under_way = wait(flying, return_when=FIRST_COMPLETED)
            for future in finished:
                _note(flying.pop(future), future.result(), worker, resting)
            total += len(finished)
            batch = more()
    return total


def _job(delivery: PushDelivery) -> Callable[[], Outcome]:
    """The notice as a function that asks no database."""
    address, round_, attempts = delivery.address, delivery.round, delivery.attempts
    if address is None:  # switched off since the row was claimed
        return lambda: Outcome(State.SKIPPED, Reason.UNWANTED)
    return lambda: deliver(
        address, round_.message, topic=f"story-{round_.article_number}", not_after=round_.not_after, attempts=attempts
    )


def deliver(address: PushAddress, message: str, *, topic: str, not_after: datetime, attempts: int) -> Outcome:
    """One request to one push service, and what its answer, or silence, means."""
    try:
        known = messages.Keys.of(address.keys.open())
    except Unsealable:
        return Outcome(State.FAILED, Reason.SEALED)
    headers = {
        "Authorization": keys.authorization(known.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, int((not_after - timezone.now()).total_seconds()))),
        "Urgency": "high",
        "Topic": topic,  # a device that was off gets the last one of a story alone
    }
    body = messages.sealed(message, known)
    try:
        answer = fetch("POST", known.endpoint, body=body, headers=headers, timeout=PATIENCE, max_bytes=10_000)
    except OutgoingRefused:
        return Outcome(State.FAILED, Reason.NOT_PUBLIC)
    except OutgoingFailed as failed:
        if failed.phase == "after":
            return Outcome(State.UNCERTAIN, Reason.NO_ANSWER)
        return _later(Reason.UNREACHABLE, attempts)
    return _meaning(answer, attempts)


def _meaning(answer: Answer, attempts: int) -> Outcome:
    status = str(answer.status)
    if 200 <= answer.status < 300:
        return Outcome(State.SENT)
    if answer.status in {404, 410}:
        return Outcome(State.GONE, status)
    if status == ledger.BUSY:
        rest = _asked_rest(answer.headers.get("Retry-After", ""))
        return Outcome(State.READY, status, timezone.now() + rest, service_rests=True)
    return _later(status, attempts) if answer.status >= 500 else Outcome(State.FAILED, status)


def _later(reason: str, attempts: int) -> Outcome:
    again = leases.again_at(attempts, STEPS)
    return Outcome(State.READY, reason, again) if again else Outcome(State.FAILED, reason)


def _asked_rest(header: str) -> timedelta:
    """How long a ``Retry-After`` asks for (RFC 9110, 10.2.3: seconds or a date); a minute where it says nothing."""
    try:
        asked = timedelta(seconds=int(header)) if header.isdigit() else _utc(header) - timezone.now()
    except (ValueError, OverflowError):
        asked = STEPS[0] * 2
    return min(max(asked, timedelta(seconds=1)), LONGEST_REST)


def _utc(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _note(delivery: PushDelivery, outcome: Outcome, worker: str, resting: dict[str, datetime]) -> None:
    """Writes down one outcome. `resting`: until when this turn leaves which service alone."""
    if not ledger.close(delivery, outcome.state, outcome.reason, worker=worker, due_at=outcome.again):
        log.warning("a notice's lease was lost", extra={"delivery": delivery.pk})
    if outcome.state == State.SENT and delivery.address:
        PushAddress.objects.filter(pk=delivery.address.pk).update(last_ok_at=timezone.now())
    elif outcome.state == State.GONE and delivery.address:
        addresses.forget(delivery.address.endpoint_hash)
    elif outcome.service_rests and outcome.again:
        now = timezone.now()
        if resting.get(delivery.service, now) <= now:  # each request that was under way brings the same answer
            log.warning("a push service asks us to wait", extra={"service": delivery.service})
            ledger.rest(delivery.service, outcome.again)
            resting[delivery.service] = outcome.again
    elif outcome.state == State.FAILED:
        log.warning("a notice was refused (%s)", outcome.reason, extra={"service": delivery.service})
