"""The worker's part: addresses editions that are due and sends their letters. `turn` is what `jobs.queues` calls."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from articles.models.site import SiteSettings
from subscriptions import addressing, exchanging, hours, ledger, mime, opens, routes, smtp, throttles, ways
from subscriptions.digests import Digests
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber

log = logging.getLogger(__name__)
# Letters that are claimed at once: the least, and the most, as many as go out in about a second. What cannot wait comes
# after those that are claimed.
BATCH, MOST, SOON = 100, 500, 1.0
TURN = 30.0  # seconds; then other work of this queue is looked for
LOOK_AGAIN = 2.0  # seconds until editions that are due meanwhile are addressed
# So many letters in a row whose connection broke: it is the server.
BROKEN = 5
# Seconds that a commit waits at most for letters that end at nearly the same time.
GATHER = 0.005

State, Reason = Delivery.State, Delivery.Reason


def open_route() -> routes.Route:
    """The route that the settings name. Nothing is connected yet."""
    if settings.MAIL_TO_FILES:
        return routes.FileRoute()
    if settings.MAIL_PROVIDER:
        from subscriptions import providers  # noqa: PLC0415  # loads an HTTP library that nothing else needs

        return providers.ProviderRoute()
    return smtp.SmtpRoute()


def turn(worker: str, stop: threading.Event) -> int:
    """Clears up after dead workers, addresses what is due, and sends for up to half a minute; how much was done."""
    done = ledger.recover() + ledger.expire() + addressing.prepare(worker)
    round_ = _Round(worker, stop, open_route())
    if ways.rests(round_.route.name):
        return done
    with closing(round_):
        return done + round_.run()


class _Letter(NamedTuple):
    """A delivery that this worker has claimed, with what is needed to write its letter."""

    edition: Edition
    delivery: Delivery
    reader: Subscriber


class _Written(NamedTuple):
    """A letter that is ready to go."""

    letter: _Letter
    parcel: routes.Parcel


@dataclass
class _Round:
    """One turn's sending: its route, the shells of its letters, and how they fared."""

    worker: str
    stop: threading.Event
    route: routes.Route
    ends: float = field(default_factory=lambda: time.monotonic() + TURN)
    shells: dict[tuple[int, datetime, bool], mime.Shell] = field(default_factory=dict)
    digests: Digests = field(default_factory=Digests)
    # Claimed; written besides; on their way, by number; and announced behind one that is on its way, by that one's.
    stock: deque[_Letter] = field(default_factory=deque)
    written: deque[_Written] = field(default_factory=deque)
    flying: dict[int, _Letter] = field(default_factory=dict)
    behind: dict[int, _Written] = field(default_factory=dict)
    touched: dict[int, Edition] = field(default_factory=dict)
    count: int = 0
    is_over: bool = False
    is_throttled: bool = False
    looked_at: float = field(default_factory=time.monotonic)
    batch: int = BATCH
    filled_at: float = 0.0
    # What is told to `ways`: whether it knows that the route works, and how letters fared since it was last told.
    is_known_to_work: bool = False
    fared: list[str] = field(default_factory=list)
    broken: int = 0
    # Seconds that the last commit took.
    commit_took: float = 0.0
    # When the next letters to a mail provider may go, as far as this round has put them off: by edition and domain.
    put_off: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def close(self) -> None:
        self.route.close()

    def run(self) -> int:
        """Sends until nothing is due or the time is over; how many letters were tried."""
        try:
            with exchanging.prepared() as is_prepared:
                while self._has_work():
                    self._step(is_prepared=is_prepared)
        finally:
            held = [*(each.letter for each in (*self.written, *self.behind.values())), *self.stock]
            ledger.release([each.delivery for each in held], worker=self.worker)
        self._tell_how_they_fared()
        for edition in self.touched.values():
            ledger.settle(edition)
        return self.count

    def _has_work(self) -> bool:
        self.is_over = self.is_over or self.stop.is_set() or time.monotonic() > self.ends
        while not self.is_over and not (self.stock or self.written):
            self.is_throttled = False
            self._fill()
            if self.stock or self.flying or not self.is_throttled:
                break
            self.is_over = self.stop.wait(0.5) or time.monotonic() > self.ends
        return bool(self.flying or ((self.stock or self.written) and not self.is_over))

    def _step(self, *, is_prepared: bool) -> None:
        """Whatever letters came to an end are closed, and as many others begun, in one commit."""
        self._write_ahead()
        ended = self._finished()
        finished = [(self.flying.pop(number), outcome) for number, outcome in ended]
        sent = []
        for each, outcome in finished:
            if outcome.state == State.SENT and not outcome.provider_id:
                sent.append(each.delivery.pk)
            else:
                state, reason, provider_id, _awaits = outcome
                ledger.close(each.delivery, state, reason, worker=self.worker, provider_id=provider_id)
        for each, outcome in finished:
            self._look_at(each.edition, outcome)
        awaited = self._in_turn(ended)
        following = [] if self.is_over or self.stop.is_set() else self._next(awaited)
        numbers = [parcel.number for _each, parcel in following]
        began = time.monotonic()
        may_go = exchanging.exchange(sent, numbers, worker=self.worker, is_prepared=is_prepared)
        self.commit_took = time.monotonic() - began
        for each, parcel in following:
            if parcel.number in may_go:
                self.flying[parcel.number] = each
                self._begin(parcel)
            else:
                self.route.forget(parcel.number)
                ledger.put_back(each.delivery, worker=self.worker)

    def _finished(self) -> list[tuple[int, routes.Outcome]]:
        """What came to an end, and what does so before a commit of its own could be over: one commit then does both."""
        found = list(self.route.finished())
        ends = time.monotonic() + min(self.commit_took, GATHER)
        while found and len(found) < len(self.flying) and (left := ends - time.monotonic()) > 0:
            found += self.route.finished(within=left)
        return found

    def _in_turn(self, ended: list[tuple[int, routes.Outcome]]) -> int:
        """What was announced behind those that ended comes first again; how many of it a connection waits for."""
        awaited = []
        for number, outcome in ended:
            if following := self.behind.pop(number, None):
                (awaited if outcome.awaits == following.parcel.number else self.written).insert(0, following)
        self.written.extendleft(awaited)
        return len(awaited)

    def _begin(self, parcel: routes.Parcel) -> None:
        """With the letter that can be announced behind it; no more at the end, so that we may leave politely."""
        following = None
        if self.written and time.monotonic() < self.ends - SOON:
            self.behind[parcel.number] = self.written.popleft()
            following = self.behind[parcel.number].parcel
        self.route.begin(parcel, following)

    def _next(self, awaited: int) -> list[_Written]:
        """Letters for the connections that are free or wait for one, written and ready to go."""
        try:
            free = awaited + self.route.ready(len(self.written) + len(self.stock) - awaited)
        except routes.RouteClosed as closed:
            self._shut(closed.problem, closed.pause)
            return []
        self._write(free)
        return [self.written.popleft() for _ in range(min(free, len(self.written)))]

    def _write_ahead(self) -> None:
        """Letters for the connections that are busy, which costs no time; not what is decided when it goes out."""
        wanted = 2 * len(self.flying) - len(self.behind)  # one that follows, and one that is announced behind that
        while len(self.written) < wanted and self.stock and not self.stock[0].edition.newsletter.is_digest:
            self._write(len(self.written) + 1)

    def _write(self, wanted: int) -> None:
        while len(self.written) < wanted and self.stock:
            each = self.stock.popleft()
            with self._apart(each.edition):
                shell = self._shell(each)
                if not isinstance(shell, mime.Shell):
                    ledger.leave_out(each.delivery, shell, worker=self.worker)
                    continue
                letter = shell.letter(each.delivery, each.reader, at=timezone.now())
                sender = mime.return_path(each.delivery)
                parcel = routes.Parcel(each.delivery.pk, sender, each.delivery.address, letter)
                self.written.append(_Written(each, parcel))

    def _fill(self) -> None:
        """Claims a batch of each edition, as many as the throttles let through."""
        now = time.monotonic()
        self.batch = min(MOST, self.batch * 2) if now - self.filled_at < SOON else BATCH
        self.filled_at = now
        if now - self.looked_at > LOOK_AGAIN:
            addressing.prepare(self.worker)
            self.looked_at = time.monotonic()
        for edition in ledger.open_now():
            with self._apart(edition):
                self._take(edition)

    def _take(self, edition: Edition) -> None:
        batch = self._claim(edition)
        if batch or not ledger.is_waiting(edition):
            self.touched[edition.pk] = edition
        batch = [each for each in batch if self._may_come(edition, each, each.subscriber)]
        opens.decide(batch)
        if batch and edition.newsletter.is_digest:
            self.digests.expect(edition, batch)
        elif batch:
            # Who writes the letter anew has taken these back, or is waited for here.
            with transaction.atomic():
                held = Edition.objects.select_for_update(no_key=True)
                edition.refresh_from_db(fields=["subject", "html", "text", "frozen_at"], from_queryset=held)
        self.stock.extend(_Letter(edition, each, each.subscriber) for each in batch)

    @contextmanager
    def _apart(self, edition: Edition) -> Iterator[None]:
        """A letter that cannot be written waits for a person, and the others go on."""
        try:
            yield
        except DatabaseError:
            raise
        except Exception:  # a worker's loop: one bad letter must not stop the others
            log.exception("a letter cannot be written", extra={"edition": edition.pk})
            self.stock = deque(each for each in self.stock if each.edition.pk != edition.pk)
            ways.stop(edition, Edition.Problem.UNWRITTEN)
            ledger.release(list(edition.deliveries.filter(lease_by=self.worker)), worker=self.worker)

    def _may_come(self, edition: Edition, delivery: Delivery, reader: Subscriber) -> bool:
        """Not in quiet hours: the letter may be late, or tried again. Who wants a digest in them gets it then."""
        now = timezone.now()
        if not hours.is_quiet(reader, now):
            return True
        if edition.newsletter.is_digest:
            wanted = hours.moment(now.date(), reader.digest_hour, reader.time_zone)
            if hours.is_quiet(reader, wanted):
                return True
        ledger.let_sleep(delivery, edition, hours.wakes_at(reader, now), worker=self.worker)
        return False

    def _claim(self, edition: Edition) -> list[Delivery]:
        rate = throttles.route_rate()
        limit = throttles.take({throttles.ROUTE: (self.batch, rate)})[throttles.ROUTE] if rate else self.batch
        self.is_throttled = self.is_throttled or not limit
        batch = self._let_through(edition, ledger.claim(edition, worker=self.worker, limit=limit)) if limit else []
        if rate:
            throttles.give_back(throttles.ROUTE, limit - len(batch))
        return batch

    def _let_through(self, edition: Edition, claimed: list[Delivery]) -> list[Delivery]:
        """Those that may go now. The rest of a mail provider's waits its turn, so that it holds up nobody else's."""
        free = throttles.by_domain(each.domain for each in claimed)
        going, waiting = [], defaultdict(list)
        for delivery in claimed:
            if free.get(delivery.domain, 1) > 0:
                going.append(delivery)
                if delivery.domain in free:
                    free[delivery.domain] -= 1
            else:
                waiting[delivery.domain].append(delivery)
        for domain, late in waiting.items():
            step = throttles.interval(throttles.domain_rate(domain))
            now = timezone.now()
            due_at = max(now, self.put_off.get((edition.pk, domain), now)) + step
            self.put_off[edition.pk, domain] = due_at + step * len(late)
            ledger.put_off(late, due_at, worker=self.worker)
        return going

    def _look_at(self, edition: Edition, outcome: routes.Outcome) -> None:
        """Notes that the route works, or that it does not, or refuses so much that somebody should look."""
        self.count += outcome.state != State.READY
        is_broken = outcome.reason in {Reason.NO_CONNECTION, Reason.NO_ANSWER}
        self.broken = self.broken + 1 if is_broken else 0
        if self.broken >= BROKEN:
            self._shut(Edition.Problem.SERVER_AWAY, None)
        if outcome.state == State.SENT and not self.is_known_to_work:
            ways.opened(self.route.name)
            self.is_known_to_work = True
        if outcome.state in {State.SENT, State.FAILED}:
            self.fared.append("1" if outcome.state == State.FAILED else "0")
        if (outcome.state == State.FAILED or len(self.fared) >= ways.LOOKED_BACK) and self._tell_how_they_fared():
            ways.stop(edition)

    def _tell_how_they_fared(self) -> bool:
        fared, self.fared = "".join(self.fared), []
        return bool(fared) and ways.note(self.route.name, fared)

    def _shut(self, problem: Edition.Problem, pause: timedelta | None) -> None:
        """Nothing more is begun; what is on its way still ends."""
        if not self.is_over:
            ways.close(self.route.name, problem, pause=pause)
        self.is_over = True

    def _shell(self, each: _Letter) -> mime.Shell | Delivery.Reason:
        """What the letter is written around, or why this reader gets none."""
        edition = each.edition
        if edition.newsletter.is_digest:
            return self.digests.for_reader(edition, each.delivery, each.reader)
        key = edition.pk, edition.frozen_at, each.delivery.is_counted
        if key not in self.shells:
            name = edition.newsletter.from_name or SiteSettings.load().words(edition.language)["name"]
            self.shells[key] = mime.shell_of(edition, from_name=name, is_counted=each.delivery.is_counted)
        return self.shells[key]
