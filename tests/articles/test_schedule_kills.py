"""Workers, real processes, are killed again and again while stories fall due: each goes out once, or is marked late."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models.audit import AuditRow
from articles import actions, actions_schedule, clockwork, schedule
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.workflow import ScheduledChange
from tests import make
from tests.subscriptions.test_kills import database_url

pytestmark = [
    pytest.mark.processes,
    pytest.mark.race,
    pytest.mark.both_databases,
    pytest.mark.django_db(transaction=True),
]
# `make soak` asks for the long form.
STORIES, KILLS = (200, 20) if os.environ.get("SOAK") else (50, 4)
ENDS = STORIES // 5  # stories that are also taken off


def start_worker() -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "newsroom.settings", "DATABASE_URL": database_url()}
    return subprocess.Popen([sys.executable, str(settings.BASE_DIR / "manage.py"), "publish_due"], env=environment)


def stories_due() -> list[ScheduledChange]:
    """Set in good time; then the clock jumps to when some are due for hours and others only just."""
    ahead = timezone.now() + timedelta(days=1)
    waiting = []
    for number in range(STORIES):
        story = make.draft(f"Falls due, number {number}")
        waiting.append(actions_schedule.schedule(story.pk, verb="publish", at=ahead, actor=None))
        actions.save(story.pk, actor=None, content={"headline": f"Changed afterwards, number {number}"})
        if number < ENDS:
            end = ahead + timedelta(seconds=1)
            waiting.append(actions_schedule.schedule(story.pk, verb="withdraw", at=end, actor=None))
    for change in waiting:
        # By the story, so that its end stays behind its beginning.
        ago = timedelta(hours=5) if change.article_id % 2 else timedelta(seconds=1)
        moment = timezone.now() - ago + timedelta(milliseconds=change.verb == "withdraw")
        ScheduledChange.objects.filter(pk=change.pk).update(at=moment, due_at=moment)
    return waiting


def done() -> int:
    return ScheduledChange.objects.filter(state=ScheduledChange.State.DONE).count()


def test_workers_killed_again_and_again_publish_each_story_once() -> None:
    make.site()
    section = make.section()
    assert section.pk
    waiting = stories_due()
    for _ in range(KILLS):
        before = done()
        pair = [start_worker(), start_worker()]
        victim = random.choice(pair)
        wanted = before + random.randint(1, max(1, len(waiting) // (KILLS + 2)))
        end = time.monotonic() + 120
        try:
            while done() < wanted and any(each.poll() is None for each in pair):
                assert time.monotonic() < end, "the workers do nothing"
                time.sleep(0.001)
        finally:
            victim.kill()
            for each in pair:
                if each is not victim and random.random() < 0.5:
                    each.kill()
                elif each is not victim:
                    each.terminate()
                each.wait()
        # As if the dead ones' leases had run out meanwhile.
        ScheduledChange.objects.exclude(lease_by="").update(lease_until=timezone.now() - clockwork.LEASE)
    last = [start_worker(), start_worker()]
    assert [each.wait(240) for each in last] == [0, 0]

    rows = list(ScheduledChange.objects.select_related("article"))
    assert {row.state for row in rows} == {"done"}, [(row.state, row.error) for row in rows if row.state != "done"]
    published = [row.thing_number for row in AuditRow.objects.filter(verb="published")]
    assert sorted(published, key=int) == sorted((str(row.article_id) for row in rows if row.verb == "publish"), key=int)
    assert AuditRow.objects.filter(verb="withdrawn").count() == ENDS
    assert Article.objects.filter(state=State.WITHDRAWN).count() == ENDS
    live = PublishedArticle.objects.values_list("headline", flat=True)
    assert len(live) == STORIES - ENDS
    assert all(headline.startswith("Falls due") for headline in live)  # what was frozen
    assert all(schedule.was_late(row) for row in rows if row.at < timezone.now() - timedelta(hours=1))
    assert not ScheduledChange.objects.exclude(lease_by="").exists()
