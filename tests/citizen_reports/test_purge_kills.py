"""The purge, a real process, is killed in the middle again and again: of each report all is there, or nothing."""

import os
import random
import secrets
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils import timezone

from citizen_reports import purge, quarantine, receipts
from citizen_reports.models import Attachment, Message, Report, ReportEvent, Trace, WitnessIdentity
from tests.citizen_reports import posts, reports
from tests.subscriptions.test_kills import database_url

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form.
REPORTS, KILLS = (400, 20) if os.environ.get("SOAK") else (45, 2)
RUN = "import django; django.setup(); from citizen_reports import purge; purge.purge_due()"
WORDS = "Everybody who stood on the bridge at noon saw the same thing, whatever they say today."


def with_file(number: int) -> Report:
    report = reports.report(body=f"{WORDS} {number}", exposure="named", name=reports.NAME, email=reports.ADDRESS)
    file = quarantine.SealedFile("bridge.bin", "a/b")
    file.write(secrets.token_bytes(1000))
    file.finish()
    lookup = receipts.token_lookup(secrets.token_hex(16))
    quarantine.keep(file, lookup=lookup)
    quarantine.attach(lookup, report, at=timezone.now())
    Message.objects.create(report=report, direction=Message.Direction.INTERNAL, body="Seen.")
    return report


def purged() -> int:
    return Report.objects.exclude(purged_at=None).count()


def is_whole(report: Report) -> bool:
    """All of it is there (True) or nothing (False); anything between fails."""
    report.refresh_from_db()
    rows = [
        model._default_manager.filter(report=report).exists() for model in (Attachment, Message, Trace, WitnessIdentity)
    ]
    events = ReportEvent.objects.filter(report=report.pk, verb="purged").count()
    if report.purged_at is None:
        assert all(rows)
        assert not events
        assert report.body.open().startswith(WORDS)
        assert all(len(b"".join(quarantine.original(file))) == 1000 for file in report.attachments.all())
        return True
    assert not any(rows)
    assert events == 1
    assert not (report.body or report.title)
    return False


def test_killed_in_the_middle_all_or_nothing_is_left_and_the_next_turn_ends_it(own_data: Path) -> None:
    due = [with_file(number) for number in range(REPORTS)]
    Report.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    living = with_file(REPORTS)
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url(),
        "DATA_DIR": str(own_data),
    }  # fmt: skip
    for _ in range(KILLS):
        wanted = purged() + random.randint(1, REPORTS // (KILLS + 1))
        process = subprocess.Popen([sys.executable, "-c", RUN], env=environment, cwd=project.BASE_DIR)
        while process.poll() is None and purged() < wanted:
            time.sleep(0.001)
        process.kill()
        process.wait()
        assert [is_whole(report) for report in due].count(False) == purged() >= 1
        assert is_whole(living)

    left = REPORTS - purged()
    assert purge.purge_due() == left
    assert not any(is_whole(report) for report in due)
    # What a dead one left is swept, and nothing of a living row, however old it looks.
    for path in posts.stored(own_data):
        os.utime(path, (0, 0))
    quarantine.forget_unsent()
    assert is_whole(living)
    assert [path.name for path in posts.stored(own_data)] == [living.attachments.get().original]
