"""The worker's part: addresses editions that are due and sends their letters. `turn` is what `jobs.queues` calls."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from articles.models.site import SiteSettings
from subscriptions import ledger, mime, routes
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber

log = logging.getLogger(__name__)
BATCH = 50
TURN = 30.0  # seconds; then other editions are looked for
# How long nothing is tried after the mail server could not be used for the first, second … time in a row.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600))
# More refusals than 5 % of the last 500 letters, and more than 5: something is wrong with us and not with readers.
LOOKED_BACK, REFUSED_SHARE, REFUSED_LEAST = 500, 0.05, 5

State = Delivery.State


def turn(worker: str, stop: threading.Event) -> int:
    """Clears up after dead workers, addresses what is due, and sends for up to half a minute; how much was done."""
    done = ledger.recover() + ledger.expire() + ledger.prepare(worker)
    round_ = _Round(worker, stop)
    with closing(round_):
        return done + round_.run()


@dataclass
class _Round:
    """One turn's sending: its connection, the shells of its letters, and how they fared."""

    worker: str
    stop: threading.Event
    route: routes.Route = field(default_factory=routes.open_route)
    shells: dict[int, mime.Shell] = field(default_factory=dict)
    recent: dict[int, deque[bool]] = field(default_factory=dict)

    def close(self) -> None:
        self.route.close()

    def run(self) -> int:
        """A batch of each edition, again and again, until nothing is due or the time is over; how many letters."""
        total, end = 0, time.monotonic() + TURN
        touched: dict[int, Edition] = {}
        while True:
            count = 0
            for edition in ledger.open_now():
                batch = self._batch(edition)
                count += batch
                if batch or not ledger.is_waiting(edition):
                    touched[edition.pk] = edition
            total += count
            if not count or self.stop.is_set() or time.monotonic() > end:
                break
        for edition in touched.values():
            ledger.settle(edition)
        return total

    def _batch(self, edition: Edition) -> int:
        deliveries = ledger.claim(edition, worker=self.worker, limit=BATCH)
        if not deliveries:
            return 0
        try:
            with ledger.quick_commits():
                self._send(edition, deliveries)
        except routes.RouteClosed as closed:
            log.warning("letters wait for the mail server (%s)", closed, extra={"edition": edition.pk})
            _wait(edition, closed.problem)
            return 0
        finally:
            ledger.release(deliveries, worker=self.worker)
        return len(deliveries)

    def _send(self, edition: Edition, deliveries: list[Delivery]) -> None:
        """Letter by letter: what became of one is committed together with the next one's ``sending``."""
        readers = Subscriber.objects.only("link_key", "address_hash").in_bulk(
            [each.subscriber_id for each in deliveries]
        )
        shell = self._shell(edition)
        gone: tuple[Delivery, routes.Outcome] | None = None
        try:
            for delivery in deliveries:
                if self.stop.is_set():
                    break
                reader = readers[delivery.subscriber_id]
                with transaction.atomic():
                    if gone:
                        ledger.close(gone[0], *gone[1], worker=self.worker)
                    goes = ledger.may_go(delivery, reader, worker=self.worker)
                gone = None
                if goes:
                    letter = shell.letter(delivery, reader, at=timezone.now())
                    gone = delivery, self._hand_over(delivery, letter)
                    self._look_at(edition, gone[1])
                else:
                    ledger.put_back(delivery, worker=self.worker)
        finally:
            if gone:
                ledger.close(gone[0], *gone[1], worker=self.worker)

    def _hand_over(self, delivery: Delivery, letter: bytes) -> routes.Outcome:
        try:
            return self.route.send(sender=mime.sender(), to=delivery.address, letter=letter)
        except routes.RouteClosed:
            ledger.close(delivery, State.READY, "", worker=self.worker)
            raise

    def _look_at(self, edition: Edition, outcome: routes.Outcome) -> None:
        """Notes that the server works again, or that it refuses so much that somebody should look."""
        if outcome.state == State.SENT and edition.problem:
            _open(edition).update(problem="", attempts=0)
            edition.problem = ""
        if outcome.state not in {State.SENT, State.FAILED}:
            return
        recent = self.recent.setdefault(edition.pk, deque(maxlen=LOOKED_BACK))
        recent.append(outcome.state == State.FAILED)
        if sum(recent) > max(REFUSED_LEAST, REFUSED_SHARE * len(recent)):
            log.error("too many letters are refused", extra={"edition": edition.pk})
            _open(edition).update(state=Edition.State.PAUSED, problem=Edition.Problem.REFUSALS)
            recent.clear()

    def _shell(self, edition: Edition) -> mime.Shell:
        if edition.pk not in self.shells:
            name = edition.newsletter.from_name or SiteSettings.load().words(edition.language)["name"]
            self.shells[edition.pk] = mime.shell_of(edition, from_name=name)
        return self.shells[edition.pk]


def _open(edition: Edition) -> QuerySet[Edition]:
    return Edition.objects.filter(pk=edition.pk, state=Edition.State.SENDING)


def _wait(edition: Edition, problem: Edition.Problem) -> None:
    """The edition rests, and no reader pays for it with an attempt."""
    pause = PAUSES[min(edition.attempts, len(PAUSES) - 1)]
    _open(edition).update(due_at=timezone.now() + pause, attempts=F("attempts") + 1, problem=problem)
