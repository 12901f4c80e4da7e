import json
import os
import shutil
import time
from collections import namedtuple
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from jobs import chores
from jobs.models import Chore
from newsroom import health
from pagecache import following, host
from pagecache.models import Purge


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
            "schedule": "up", "pages": "up", "witnesses_mail": "up", "witnesses_consent": "up", "backup": "up",
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


def test_the_page_store_tells_its_figures(at_work: None, client: Client) -> None:
    host.here().generations.add_figures([90, 5, 0, 5, 7, 0])
    following.catch_up()
    pages = ask(client)[1]["parts"]["pages"]
    assert (pages["state"], pages["store"], pages["purges_waiting"]) == ("up", "on", 0)
    assert pages["answers"]["hit"] >= 90
    assert 0 < pages["share_from_store"] <= 1
    assert 0 <= pages["seconds_since_purges_were_looked_for"] < 60
    assert {"files", "bytes"} <= set(pages)


def test_purges_that_nobody_carries_out_are_late_after_a_minute(at_work: None, client: Client) -> None:
    following.catch_up()
    minutes = time.time() - 180
    os.utime(host.here().folder / "pagecache" / "followed", (minutes, minutes))
    purge = Purge.objects.create(tags=["article:12"], is_hard=False)
    assert (ask(client)[1]["status"], ask(client)[1]["parts"]["pages"]["purges_waiting"]) == ("ok", 1)
    Purge.objects.filter(pk=purge.pk).update(at=timezone.now() - timedelta(seconds=90))
    found = ask(client)[1]
    assert (found["status"], found["parts"]["pages"]["state"]) == ("late", "late")
    following.catch_up()
    assert ask(client)[1]["parts"]["pages"]["purges_waiting"] == 0


def test_a_proxy_that_is_not_told_of_a_purge_is_late_after_a_minute(
    at_work: None, client: Client, settings: Any
) -> None:
    following.catch_up()
    Purge.objects.create(tags=["article:12"], is_hard=False, at=timezone.now() - timedelta(seconds=90), told_at=None)
    assert ask(client)[1]["parts"]["pages"]["state"] == "up"
    settings.VARNISH_URLS = ["http://127.0.0.1:6081"]
    pages = ask(client)[1]["parts"]["pages"]
    assert (pages["state"], pages["purges_waiting"]) == ("late", 1)


def test_a_newsroom_without_the_store_says_so(at_work: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "pagecache")
    assert ask(client)[1]["parts"]["pages"] == {"state": "up", "store": "off"}


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("secret address")

    monkeypatch.setattr(health.Chore.objects, "all", away)
    assert ask(client) == (503, {"status": "down", "parts": {"database": {"state": "down"}}})
