"""What is up, late or stuck, in JSON, for whoever watches the machine."""

import shutil
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models.letters import Letter
from articles import rights_alarm, schedule
from articles.rights_alarm import Alarm
from citizen_reports import consent_alarms, quarantine, scanning
from citizen_reports.mail.standing import standing
from jobs.models import Chore
from newsroom.backups import writing
from safeguards import shared, stores
from subscriptions.models.deliveries import Way

DISK_FLOOR = quarantine.FREE_SPACE_FLOOR  # below it witnesses' files are refused
OLD_BACKUP = 30  # hours
OFTEN = 3  # once or twice, a single address may be in trouble


def report(alarms: list[Alarm] | None = None, withdrawn: int | None = None) -> dict[str, Any]:
    """``status`` ("ok", "late" or "down") and one entry per part: ``state`` and what explains it. Nothing secret.

    `alarms` are those of today, and `withdrawn` how many stories show what a witness has taken back, from a caller who
    has looked already.
    """
    parts: dict[str, dict[str, Any]] = {}
    try:
        chores = list(Chore.objects.all())
        parts["database"] = {"state": "up"}
    except DatabaseError:
        return {"status": "down", "parts": {"database": {"state": "down"}}}
    beat = next((chore.finished_at for chore in chores if chore.name == "beat"), None)
    age = None if beat is None else round((timezone.now() - beat).total_seconds())
    parts["worker"] = {"state": "up" if age is not None and -60 < age < 60 else "late", "seconds_since_beat": age}
    late = [chore.name for chore in chores if chore.is_late()]
    stuck = [chore.name for chore in chores if chore.failures]
    parts["chores"] = {"state": "late" if late or stuck else "up", "late": late, "stuck": stuck}
    free = shutil.disk_usage(settings.DATA_DIR).free
    # Two digits of it: to the megabyte it would tell strangers how large a file is that somebody sends just now.
    shown = int(float(f"{free // 1024**2:.1e}"))
    parts["disk"] = {"state": "up" if free > DISK_FLOOR else "late", "free_megabytes": shown}
    parts["files"] = _files()
    redis = shared.answers()
    parts["redis"] = {"state": "late" if redis is False else "up", "used": redis is not None}
    parts["mail"] = _mail()
    if alarms is None:
        alarms = rights_alarm.alarms(on=timezone.localdate())
    ended = sum(alarm.has_run_out for alarm in alarms)
    parts["rights"] = {"state": "late" if ended else "up", "run_out": ended, "end_soon": len(alarms) - ended}
    overdue = schedule.late_by_state()
    parts["schedule"] = {"state": "late" if any(overdue.values()) else "up", **overdue}
    parts["witnesses_mail"] = standing()
    parts["scanner"] = scanning.standing()
    if withdrawn is None:
        # Not at once: everybody may look here, and would know the second in which a witness took something back.
        withdrawn = consent_alarms.open_ones().filter(is_announced=True).count()
    parts["witnesses_consent"] = {"state": "late" if withdrawn else "up", "withdrawn_in_live_stories": withdrawn}
    parts["backup"] = _backup()
    parts["pages"] = _pages()
    status = "ok" if all(part["state"] == "up" for part in parts.values()) else "late"
    return {"status": status, "parts": parts}


def _files() -> dict[str, Any]:
    """Whether files can be got and kept: of folders, the part "disk" says it."""
    wrong = stores.standing()
    return {
        "state": "late" if wrong else "up", "store": "objects" if stores.public().is_remote else "folders",
        "wrong": wrong,
    }  # fmt: skip


def _mail() -> dict[str, Any]:
    """Whether letters go out: `rests` counts routes that are left alone after trouble, `tried` staff's letters that
    were tried in vain `OFTEN` and are tried again.
    """
    now = timezone.now()
    # A minute more: between the end of a rest and the next try all would seem well.
    rests = Way.objects.filter(closed_until__gt=now - timedelta(minutes=1)).count()
    tried = Letter.objects.filter(gave_up_at=None, attempts__gte=OFTEN)[:1000].count()
    way = "files" if settings.MAIL_TO_FILES else settings.MAIL_PROVIDER or "smtp"
    return {"state": "late" if rests or tried else "up", "way": way, "rests": rests, "tried": tried}


def _backup() -> dict[str, Any]:
    """How old the newest backup is, where the worker is to make them."""
    if not settings.BACKUP_DAILY:
        return {"state": "up", "daily": False}
    newest = writing.newest()
    hours = None if newest is None else round((timezone.now() - newest).total_seconds() / 3600)
    return {"state": "up" if hours is not None and hours < OLD_BACKUP else "late", "daily": True, "hours_old": hours}


def _pages() -> dict[str, Any]:
    """The store of finished pages, where it has not been taken out."""
    if not apps.is_installed("pagecache"):
        return {"state": "up", "store": "off"}
    from pagecache.figures import figures  # noqa: PLC0415  # has a model, which must be installed

    try:
        known = figures()
    except OSError:  # a full disk on which the store has not even begun
        return {"state": "late", "store": "away"}
    since, share = known.seconds_since_look, known.kept_share
    return {
        "state": "late" if known.is_late else "up",
        "store": "on",
        "answers": known.answers,
        "share_from_store": None if share is None else round(share, 3),
        "files": known.pages,
        "bytes": known.size,
        "purges_waiting": known.waiting + known.untold,
        "seconds_since_purges_were_looked_for": None if since is None else round(since),
    }


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers, whatever becomes of the database: finished pages are read without it.

    For load balancers, which would take all hosts out at once if they asked `view`.
    """
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def view(request: HttpRequest) -> JsonResponse:
    """200 while readers are served ("ok" or "late"), 503 when the database does not answer."""
    found = report()
    return JsonResponse(found, status=503 if found["status"] == "down" else 200)
