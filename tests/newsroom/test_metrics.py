"""``/metrics``: closed without the token, complete with it, whatever is away."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as live
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models.letters import Letter
from accounts.models.user import User
from articles import actions, actions_schedule
from citizen_reports import quarantine, sorting
from jobs import chores
from jobs.leases import Leased
from jobs.models import Chore
from newsroom.queues import QUEUES
from pagecache.host import here
from pagecache.models import Purge
from tests import make
from tests.citizen_reports import posts, reports

TOKEN = "a-long-word-that-nobody-guesses"
SAMPLE = re.compile(r'^newsroom_[a-z_]+(\{[a-z]+="[a-z_]+"(,[a-z]+="[a-z_]+")*\})? [0-9.e+]+$')


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(client: Client) -> dict[str, float]:
    """Samples by name and labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not SAMPLE.match(line)] == []
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer another"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
def test_for_strangers_there_is_no_such_address(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 404
    assert b"newsroom_" not in answer.content


@pytest.mark.django_db
def test_without_the_setting_it_is_closed_for_everybody(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for shown in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404


@pytest.mark.django_db
def test_whoever_is_signed_in_needs_the_token_too(client: Client, chief: User) -> None:
    client.force_login(chief)
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_queues_chores_and_schedule_are_counted(client: Client, editor: User) -> None:
    now = timezone.now()
    chores.ensure_rows()
    Chore.objects.update(finished_at=now, due_at=now + timedelta(hours=1))
    Chore.objects.filter(name="beat").update(finished_at=now - timedelta(seconds=90))
    Chore.objects.filter(name="prune mail-out").update(failures=2)
    Letter.objects.create(kind="password", address="someone@example.org", due_at=now - timedelta(minutes=5))
    Letter.objects.create(kind="password", address="other@example.org", due_at=now + timedelta(minutes=5))
    Letter.objects.create(kind="password", address="gone@example.org", due_at=now, gave_up_at=now)
    draft = make.draft("Ferry is back", actor=editor)
    actions_schedule.schedule(draft.pk, actor=editor, verb="publish", at=now + timedelta(hours=2))
    found = ask(client)
    assert found["newsroom_database_up"] == 1
    assert found["newsroom_disk_free_bytes"] > 0
    assert 90 <= found["newsroom_worker_beat_age_seconds"] < 150
    assert (found['newsroom_chores{state="late"}'], found['newsroom_chores{state="failing"}']) == (0, 1)
    rows = {
        tuple(re.findall(r'"([a-z_]+)"', name)): count
        for name, count in found.items()
        if name.startswith("newsroom_queue_rows")
    }
    assert {queue for queue, _state in rows} == set(QUEUES)
    assert [rows["staff_letters", state] for state in ("open", "due", "late")] == [2, 1, 1]
    assert [rows["schedule", state] for state in ("open", "due", "late")] == [1, 0, 0]
    assert rows["deliveries", "open"] == 0
    assert found["newsroom_reports_awaiting"] == 0


@pytest.mark.django_db
def test_figures_of_witnesses_tell_nothing_before_the_desk_knows(client: Client) -> None:
    with quarantine.SealedFile("bridge.jpg") as file:
        file.write(posts.photo().read())
        file.finish()
    quarantine.keep(file, lookup="a" * 64)  # of a form that is not sent yet
    reports.report()
    found = ask(client)
    assert found["newsroom_reports_awaiting"] == 0
    assert found['newsroom_queue_rows{queue="safe_copies",state="open"}'] == 0
    sorting.announce()
    assert ask(client)["newsroom_reports_awaiting"] == 1


def test_every_queue_of_the_worker_has_its_figures() -> None:
    queues = {model for model in apps.get_models() if issubclass(model, Leased)}
    assert {model for model, _open in QUEUES.values()} == queues


@pytest.mark.django_db
def test_answers_of_every_process_are_added_up(client: Client) -> None:
    before = ask(client)
    code = (
        "import django; django.setup(); from pagecache.host import here;"
        "here().generations.add_figures([5, 4, 3, 2, 1, 0])"
    )
    environment = {**os.environ, "DATA_DIR": str(live.DATA_DIR), "DJANGO_SETTINGS_MODULE": "newsroom.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=live.BASE_DIR, env=environment, check=True)
    here().generations.add_figures([5, 4, 3, 2, 1, 0])
    after = ask(client)
    grown = {
        outcome: after[name] - before[name]
        for outcome in ("hit", "file", "stale", "miss", "pass", "busy")
        for name in [f'newsroom_page_answers_total{{outcome="{outcome}"}}']
    }
    assert grown == {"hit": 10, "file": 8, "stale": 6, "miss": 4, "pass": 2, "busy": 0}


@pytest.mark.django_db
def test_it_costs_the_same_however_much_waits(client: Client, editor: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(client)
        return len(captured)

    for _one in range(2):
        make.story(actor=editor)
        Letter.objects.create(kind="password", address="someone@example.org")
    few = queries()
    for _one in range(4):
        story = make.story(actor=editor)
        actions.withdraw(story.pk, actor=editor)
        Letter.objects.create(kind="password", address="someone@example.org")
        Purge.objects.create(tags=["site"], is_hard=True)
    assert queries() == few == len(QUEUES) + 5


@pytest.mark.django_db
def test_it_says_so_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("secret address")

    monkeypatch.setattr(Chore.objects, "all", away)
    found = ask(client)
    assert found["newsroom_database_up"] == 0
    assert found["newsroom_disk_free_bytes"] > 0
    assert 'newsroom_page_answers_total{outcome="hit"}' in found
    assert not any(name.startswith("newsroom_queue_rows") for name in found)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_who_may_not_ask_is_told_to_come_again_when_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def away(**asked: object) -> None:
        raise kind("secret address")

    monkeypatch.setattr("articles.models.site.SiteSettings.load", away)
    answer = client.get("/metrics")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_without_the_library_it_says_what_to_install(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "newsroom.exposition", raising=False)
    monkeypatch.delattr("newsroom.exposition", raising=False)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert b"pip install 'prometheus-client" in answer.content
