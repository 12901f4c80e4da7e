"""The worker, a real process, is killed again and again while letters go out: none is lost, none is doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from subscriptions import ledger
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription
from tests import make
from tests.subscriptions.readers import alert, topic_of
from tests.subscriptions.sink import Sink

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form: 20,000 letters and 20 kills.
LONG = bool(os.environ.get("SOAK"))
LETTERS, KILLS, WORKERS = (20_000, 20, [1, 4]) if LONG else (300, 3, [1, 2])
CONNECTIONS = 4


def database_url() -> str:
    """The test's own database, for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def readers(count: int) -> None:
    topic = topic_of()
    people = Subscriber.objects.bulk_create(
        Subscriber(email=f"r{n}@x.example", email_norm=f"r{n}@x.example", address_hash=f"hash {n}", state="active")
        for n in range(count)
    )
    Subscription.objects.bulk_create(Subscription(subscriber=each, topic=topic, state="active") for each in people)


def start_worker(sink: Sink) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "MAIL_CONNECTIONS": str(CONNECTIONS),
    }
    return subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), "send_due"], env=environment)


def wait_for(sink: Sink, count: int, workers: list[subprocess.Popen[bytes]]) -> None:
    """Until so many letters have arrived; all workers ending is an end too."""
    end = time.monotonic() + 120
    while len(sink.received) < count and any(each.poll() is None for each in workers):
        assert time.monotonic() < end, "the workers send nothing"
        time.sleep(0.0005)


def freeze(worker: subprocess.Popen[bytes]) -> None:
    """Stops it past its leases. On SQLite one that stops in the middle of a write keeps all others out: it goes on."""
    while True:
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            with brief_waiting():
                return end_leases(worker)
        except OperationalError:
            os.kill(worker.pid, signal.SIGCONT)
            time.sleep(random.uniform(0.01, 0.1))  # so that it comes out of its write


@contextmanager
def brief_waiting() -> Iterator[None]:
    """On SQLite, who finds somebody else writing is told so within half a second."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 500")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {connection.settings_dict['OPTIONS']['timeout'] * 1000}")


def end_leases(worker: subprocess.Popen[bytes]) -> None:
    """As if they had run out meanwhile."""
    held = Delivery.objects.filter(lease_by__endswith=f":{worker.pid}")
    held.update(lease_until=timezone.now() - ledger.LEASE)
    Edition.objects.exclude(lease_by="").update(lease_until=timezone.now() - ledger.LEASE)


def check(edition: Edition, sink: Sink, *, uncertain_at_most: int) -> None:
    """Nobody is lost, nobody written to twice, and whoever is not known to have the letter is listed."""
    arrived = Counter(sink.addresses())
    edition.refresh_from_db()
    uncertain = set(edition.deliveries.filter(state=Delivery.State.UNCERTAIN).values_list("address", flat=True))
    sent = set(edition.deliveries.filter(state=Delivery.State.SENT).values_list("address", flat=True))
    assert [address for address, times in arrived.items() if times > 1] == []
    assert sent <= set(arrived)
    assert sent | uncertain == {f"r{n}@x.example" for n in range(edition.audience)}
    assert set(arrived) <= sent | uncertain
    assert len(uncertain) <= uncertain_at_most
    account = ledger.account(edition)
    assert (account.sent + account.uncertain, account.balances) == (edition.audience, True)
    assert edition.state == (Edition.State.NEEDS_ATTENTION if uncertain else Edition.State.DONE)


@pytest.mark.parametrize("count", WORKERS)
def test_workers_killed_again_and_again_lose_and_double_nobody(count):
    make.site()
    readers(LETTERS)
    edition = alert("The wall broke")
    with Sink(pause=0.002, pipelining=count > 1) as sink:
        workers = [start_worker(sink) for _ in range(count)]
        try:
            for _kill in range(KILLS):
                wait_for(sink, len(sink.received) + random.randint(1, LETTERS // (KILLS + 2)), workers)
                victim = workers.pop(0)
                victim.kill()
                victim.wait()
                end_leases(victim)
                workers.append(start_worker(sink))
            for worker in workers:
                assert worker.wait(600) == 0
            assert start_worker(sink).wait(600) == 0
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        edition.refresh_from_db()
        assert edition.audience == LETTERS
        check(edition, sink, uncertain_at_most=KILLS * CONNECTIONS)


def test_a_worker_that_was_frozen_past_its_lease_sends_only_what_was_under_way():
    make.site()
    readers(60)
    edition = alert("The wall broke")
    with Sink(pause=0.02) as sink:
        frozen = start_worker(sink)
        try:
            wait_for(sink, 5, [frozen])
            freeze(frozen)
            second = start_worker(sink)
            assert second.wait(120) == 0
            meanwhile = len(sink.received)
            os.kill(frozen.pid, signal.SIGCONT)
            assert frozen.wait(120) == 0
        finally:
            frozen.kill()
            frozen.wait()
        assert len(sink.received) - meanwhile <= CONNECTIONS
        check(edition, sink, uncertain_at_most=CONNECTIONS)
