"""The clock in tests: what is set, what falls due, and a worker's turn."""

import threading
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from articles import actions_schedule, clockwork
from articles.models.desk import Article
from articles.models.workflow import ScheduledChange

SOON = timedelta(minutes=30)


def fall_due(change: ScheduledChange, ago: timedelta = timedelta(seconds=1)) -> ScheduledChange:
    """As if its time had come `ago`."""
    moment = timezone.now() - ago
    ScheduledChange.objects.filter(pk=change.pk).update(at=moment, due_at=moment)
    change.refresh_from_db()
    return change


def work(worker: str = "w") -> int:
    return clockwork.turn(worker, threading.Event())


def set_clock(story: Article, editor: User | None, at: datetime, verb: str = "publish", **more: Any) -> ScheduledChange:
    return actions_schedule.schedule(story.pk, verb=verb, at=at, actor=editor, **more)
