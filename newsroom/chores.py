"""The newsroom's own chores; those of the other rooms register themselves."""

import time
from datetime import timedelta

from django.conf import settings
from django.core.management import call_command

from jobs import queues
from jobs.chores import register
from newsroom.backups import nightly
from safeguards import limits

MAIL_KEPT = timedelta(days=90)


def beat() -> None:
    """Nothing but a sign of life: `/health/` and `doctor` look at when it was last done."""


def clear_expired_sessions() -> None:
    call_command("clearsessions")


def prune_mail_out() -> None:
    """Letters kept as files hold addresses: they go after 90 days."""
    oldest = time.time() - MAIL_KEPT.total_seconds()
    for letter in settings.MAIL_OUT_DIR.glob("*.eml"):
        if letter.stat().st_mtime < oldest:
            letter.unlink(missing_ok=True)


def register_all() -> None:
    # A short lease: after a worker's sudden death the next one must beat before anybody worries.
    register("beat", beat, every=timedelta(seconds=15), lease=timedelta(seconds=30))
    register("clear expired sessions", clear_expired_sessions, every=timedelta(days=1))
    register("forget old tallies", limits.forget_old, every=timedelta(minutes=5))
    # A queue, since those have threads of their own: a backup may take an hour, in which the chores go on.
    queues.register("backup", nightly.turn)
    register("prune mail-out", prune_mail_out, every=timedelta(days=1))
