"""The worker, a real process, is killed again and again while notices go out: none is lost, none is doubled."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from subscriptions.models.push import PushDelivery, PushRound
from subscriptions.push import ledger, sending
from tests import make
from tests.subscriptions.notices import device, the_round
from tests.subscriptions.pushing import PushService, status
from tests.subscriptions.readers import publish
from tests.subscriptions.test_kills import database_url

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form.
DEVICES, KILLS = (3_000, 20) if os.environ.get("SOAK") else (120, 2)
WORKER = """
import sys, threading, django
django.setup()
from subscriptions.push import sending
while sending.turn(sys.argv[1], threading.Event()):
    pass
"""


def start_worker(service: PushService, name: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "OUTGOING_ALLOWED": f"127.0.0.1:{service.port}",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER, name], cwd=settings.BASE_DIR, env=environment)


def wait_for(service: PushService, count: int, worker: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while service.count < count and worker.poll() is None:
        assert time.monotonic() < end, "the worker sends nothing"
        time.sleep(0.001)


def test_a_worker_killed_again_and_again_loses_and_doubles_no_notice(settings: Any) -> None:
    make.site()
    with PushService() as service:
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{service.port}"]
        devices = [device(service) for _ in range(DEVICES)]
        slow = status("201 Created")

        def answer(peer: Any) -> None:
            time.sleep(0.005)
            slow(peer)

        service.answers = {each.path: [answer] for each in devices}
        publish("The wall broke")
        worker = start_worker(service, "worker 0")
        try:
            for kill in range(KILLS):
                wait_for(service, service.count + random.randint(1, DEVICES // (KILLS + 2)), worker)
                worker.kill()
                worker.wait()
                # As if its leases had run out meanwhile.
                past = timezone.now() - ledger.LEASE
                PushDelivery.objects.filter(lease_by=f"worker {kill}").update(lease_until=past)
                PushRound.objects.exclude(lease_by="").update(lease_until=past)
                worker = start_worker(service, f"worker {kill + 1}")
            assert worker.wait(300) == 0
        finally:
            worker.kill()
            worker.wait()
    found = ledger.account(the_round())
    assert [path for path, notices in service.got.items() if len(notices) > 1] == []
    assert found["sent"] + found["uncertain"] == the_round().audience == DEVICES
    assert found["sent"] <= service.count <= DEVICES
    assert found["uncertain"] <= KILLS * sending.AT_ONCE
    assert the_round().state == ("needs_attention" if found["uncertain"] else "done")
