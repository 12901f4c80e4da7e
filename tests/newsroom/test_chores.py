import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from jobs import queues
from jobs.chores import registered
from jobs.models import Chore
from newsroom import chores

DAY = 24 * 3600


def test_letters_kept_as_files_go_after_ninety_days(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL_OUT_DIR = tmp_path
    for name, age in (("old.eml", 91), ("young.eml", 89)):
        (tmp_path / name).write_text("Subject: Hello\r\n\r\n")
        os.utime(tmp_path / name, (time.time() - age * DAY,) * 2)
    chores.prune_mail_out()
    assert [each.name for each in tmp_path.iterdir()] == ["young.eml"]


@pytest.mark.django_db
def test_expired_sessions_go() -> None:
    for key, hours in (("a" * 32, -1), ("b" * 32, 1)):
        Session.objects.create(session_key=key, expire_date=timezone.now() + timedelta(hours=hours))
    chores.clear_expired_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b" * 32]


@pytest.mark.django_db
def test_work_once_does_every_chore_that_is_due_and_a_turn_of_each_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "registered", {"letters": lambda worker, stop: 2})
    said = StringIO()
    call_command("work", "--once", stdout=said)
    names = {"beat", "clear expired sessions", "forget old tallies", "prune mail-out"}
    done = Chore.objects.filter(name__in=names, finished_at__isnull=False)
    assert set(done.values_list("name", flat=True)) == names
    here = [job for job in registered.values() if not job.is_apart]
    assert said.getvalue() == f"Chores done: {len(here)}, rows worked off: 2\n"
