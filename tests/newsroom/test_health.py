import json
import os
import re
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.models.letters import Letter
from citizen_reports import scanning
from citizen_reports.models.files import FileScan
from jobs import chores
from jobs.models import Chore
from newsroom import health, queues
from pagecache import following, host
from pagecache.models import Purge
from subscriptions import ways
from subscriptions.models.deliveries import Way
from subscriptions.models.letters import Edition
from tests import make
from tests.citizen_reports.reports import photo_of, report


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
        "database": "up", "worker": "up", "chores": "up", "disk": "up", "files": "up", "mail": "up", "rights": "up",
            "schedule": "up", "pages": "up", "witnesses_mail": "up", "witnesses_consent": "up", "backup": "up",
        "scanner": "up", "redis": "up",
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


def test_a_mail_server_that_is_left_alone_shows_until_it_works_again(
    at_work: None, client: Client, signed_in: Callable[[User], Client], chief: User
) -> None:
    way = Way.objects.create(name="smtp")
    ways.close("smtp", Edition.Problem.SERVER_AWAY)
    assert ask(client)[1]["parts"]["mail"] == {"state": "late", "way": "files", "rests": 1, "tried": 0}
    assert "Letters do not go out" in signed_in(chief).get("/admin/").content.decode()
    Way.objects.filter(pk=way.pk).update(closed_until=timezone.now() - timedelta(seconds=5))
    assert ask(client)[1]["parts"]["mail"]["state"] == "late", "it is about to be tried again"
    ways.opened("smtp")
    assert ask(client)[1]["parts"]["mail"]["state"] == "up"
    Letter.objects.create(kind="password", address="someone@example.org", attempts=3)
    assert ask(client)[1]["parts"]["mail"] == {"state": "late", "way": "files", "rests": 0, "tried": 1}


def test_a_scanner_that_is_away_shows_while_there_is_to_be_one(at_work: None, client: Client, settings: Any) -> None:
    scan = FileScan.objects.create(attachment=photo_of(report()), state=FileScan.State.UNSCANNABLE, attempts=2)
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    assert ask(client)[1]["parts"]["scanner"]["not_scanned"] == 0, "it would tell when the file came"
    FileScan.objects.update(attempts=3)
    settings.CLAMD_URL = ""
    assert ask(client)[1]["parts"]["scanner"] == {"state": "up", "used": False, "not_scanned": 0}
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    assert ask(client)[1]["parts"]["scanner"] == {"state": "late", "used": True, "not_scanned": 1}
    # Whoever takes the scanner away waits for nothing; whoever puts one there again has the file scanned.
    settings.CLAMD_URL = ""
    is_open = queues.QUEUES["scans"][1]
    scanning.turn("worker", threading.Event())
    assert not FileScan.objects.filter(is_open).exists()
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    scanning.take_on_older()
    assert FileScan.objects.filter(is_open).get() == scan


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


def test_that_the_process_answers_is_said_without_the_database(client: Client) -> None:
    answer = client.get("/health/live/")  # this test has none
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_session_that_cannot_be_read_is_no_fault_but_comes_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: SessionStore) -> None:
        raise OperationalError("secret address")

    client.force_login(make.user())
    monkeypatch.setattr(SessionStore, "load", away)
    client.raise_request_exception = False
    answer = client.get("/admin/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "secret address" not in answer.content.decode()


@pytest.mark.django_db
def test_each_part_that_is_late_has_a_word_on_the_desks_first_page(
    at_work: None, signed_in: Callable[[User], Client], chief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.site()
    desk, said = signed_in(chief), health.report()
    words = {}
    for part in said["parts"]:
        parts = {name: {**each, "state": "late" if name == part else "up"} for name, each in said["parts"].items()}
        parts["chores"]["late"] = ["beat"] if part == "chores" else []
        monkeypatch.setattr(health, "report", lambda *_, parts=parts: {"status": "late", "parts": parts})
        page = desk.get("/admin/").content.decode()
        words[part] = re.search(r'<p class="health health-late">\s*(.*?)\s*(<a|</p>)', page, re.DOTALL)[1]  # type: ignore[index]
    assert [part for part, word in words.items() if not word] == ["database"]  # there is no page without it
    assert len(set(words.values())) == len(words)


def test_a_redis_that_does_not_answer_is_late(at_work: None, client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, found = ask(client)
    assert (status, found["parts"]["redis"]) == (200, {"state": "late", "used": True})
