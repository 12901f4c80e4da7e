"""The worker, a real process, is killed again and again while letters go out: none is lost, none is doubled."""

import os
import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from subscriptions import ledger
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import Subscriber, Subscription
from tests import make
from tests.subscriptions.readers import alert, topic_of
from tests.subscriptions.sink import Sink

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]
# `make soak` asks for the long form: 2,000 letters and ten kills.
LETTERS, KILLS = (2000, 10) if os.environ.get("SOAK") else (400, 6)


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
    }
    return subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), "send_due"], env=environment)


def test_a_worker_killed_again_and_again_loses_and_doubles_nobody():
    make.site()
    readers(LETTERS)
    edition = alert("The wall broke")
    with Sink(pause=0.002) as sink:
        for kill in range(1, KILLS + 1):
            before = len(sink.received)
            process = start_worker(sink)
            try:
                wanted = before + random.randint(1, LETTERS // (KILLS + 2))
                end = time.monotonic() + 60
                while len(sink.received) < wanted and process.poll() is None:
                    assert time.monotonic() < end, "the worker sends nothing"
                    time.sleep(0.0005)
            finally:
                process.kill()
                process.wait()
            assert process.returncode == -9, f"worker {kill} ended by itself"
            # As if its leases had run out meanwhile.
            Delivery.objects.exclude(lease_by="").update(lease_until=timezone.now() - ledger.LEASE)
        last = start_worker(sink)
        assert last.wait(120) == 0
        arrived = Counter(sink.addresses())

    edition.refresh_from_db()
    uncertain = set(edition.deliveries.filter(state=Delivery.State.UNCERTAIN).values_list("address", flat=True))
    sent = set(edition.deliveries.filter(state=Delivery.State.SENT).values_list("address", flat=True))
    everybody = {f"r{n}@x.example" for n in range(LETTERS)}
    assert [address for address, times in arrived.items() if times > 1] == []
    assert sent <= set(arrived)
    assert sent | uncertain == everybody
    assert set(arrived) <= sent | uncertain
    assert len(uncertain) <= KILLS
    account = ledger.account(edition)
    assert (account.audience, account.sent + account.uncertain, account.balances) == (LETTERS, LETTERS, True)
    assert edition.state == (Edition.State.NEEDS_ATTENTION if uncertain else Edition.State.DONE)
