import json
import shutil
from collections import namedtuple
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from jobs import chores
from jobs.models import Chore
from newsroom import health


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health/")
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, json.loads(answer.content)


@pytest.fixture
def at_work(db: None) -> None:
    """Every chore was done just now."""
    chores.ensure_rows()
    now = timezone.now()
    Chore.objects.update(finished_at=now, due_at=now + timedelta(hours=1))


def test_all_is_well_when_the_worker_beats_and_nothing_is_due(at_work: None, client: Client) -> None:
    status, found = ask(client)
    assert (status, found["status"]) == (200, "ok")
    assert {name: part["state"] for name, part in found["parts"].items()} == {
        "database": "up", "worker": "up", "chores": "up", "disk": "up", "mail": "up", "rights": "up",
            "schedule": "up",
    }  # fmt: skip


def test_a_silent_worker_is_late_but_readers_are_served(at_work: None, client: Client) -> None:
    Chore.objects.filter(name="beat").update(finished_at=timezone.now() - timedelta(minutes=3))
    status, found = ask(client)
    assert (status, found["status"]) == (200, "late")
    assert found["parts"]["worker"]["state"] == "late"
    assert 180 <= found["parts"]["worker"]["seconds_since_beat"] < 190


@pytest.mark.django_db
def test_a_worker_that_never_ran_is_late(client: Client) -> None:
    assert ask(client)[1]["parts"]["worker"] == {"state": "late", "seconds_since_beat": None}


def test_late_and_stuck_chores_are_named_without_their_errors(at_work: None, client: Client) -> None:
    Chore.objects.filter(name="prune mail-out").update(failures=2, error="OSError: /private/place")
    Chore.objects.filter(name="clear expired sessions").update(due_at=timezone.now() - timedelta(hours=1))
    found = ask(client)[1]
    assert found["parts"]["chores"] == {
        "state": "late", "late": ["clear expired sessions"], "stuck": ["prune mail-out"],
    }  # fmt: skip
    assert "private" not in json.dumps(found)


def test_a_full_disk_shows(at_work: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10**9, 9 * 10**8, 100 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert ask(client)[1]["parts"]["disk"] == {"state": "late", "free_megabytes": 100}


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("secret address")

    monkeypatch.setattr(health.Chore.objects, "all", away)
    assert ask(client) == (503, {"status": "down", "parts": {"database": {"state": "down"}}})
