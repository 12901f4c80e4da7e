"""Exports that came by upload: kept privately, brought in by the worker, forgotten when they are done."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.wordpress import bringing, media
from jobs import leases

if TYPE_CHECKING:
    from accounts.models import User

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=7)  # an export after its trial, and one that nobody goes on with
MOST_TRIES = 5
_EVERY = timedelta(seconds=5)
State = MovingRun.State


def folder() -> Path:
    found = Path(settings.DATA_DIR) / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def keep(upload: UploadedFile) -> str:
    """The upload's name in the private folder, whole or not at all."""
    name = secrets.token_hex(16)
    path = folder() / name
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            for chunk in upload.chunks():
                file.write(chunk)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return name


@transaction.atomic
def begin(*, name: str, file: str, options: dict[str, Any], is_trial: bool, actor: User) -> MovingRun:
    """A run for the worker. `options`: ``section`` (a number), ``language``, ``pictures`` ("", "http" or a kept file's
    name), ``rights``, ``credit``."""
    run = MovingRun.objects.create(
        kind=MovingRun.Kind.WORDPRESS, name=name[:200], file=file, options=options, is_trial=is_trial, created_by=actor,
        bytes_total=(folder() / file).stat().st_size * 2,
    )  # fmt: skip
    record(actor=actor, verb=gettext_noop("move begun"), thing=run, trial=is_trial)
    return run


@transaction.atomic
def stop(run: MovingRun, *, actor: User) -> bool:
    """Ends a run that waits or goes; what has come stays. False if it was over already."""
    going = MovingRun.objects.filter(pk=run.pk, state__in=[State.WAITING, State.RUNNING])
    if not going.update(state=State.STOPPED, lease_by="", lease_until=None, finished_at=timezone.now()):
        return False
    record(actor=actor, verb=gettext_noop("move stopped"), thing=run)
    return True


def turn(worker: str, stop_sign: threading.Event) -> int:
    """The worker's: carries out what waits, one export at a time. One that was left behind goes on."""
    waiting = MovingRun.objects.filter(state__in=[State.WAITING, State.RUNNING]).exclude(file="")
    claimed = leases.claim(waiting, worker=worker, limit=1, lease=LEASE, values={"state": State.RUNNING})
    for run in claimed:
        _carry_out(run, worker, stop_sign)
    return len(claimed)


def _carry_out(run: MovingRun, worker: str, stop_sign: threading.Event) -> None:
    mine = MovingRun.objects.filter(pk=run.pk, lease_by=worker, state=State.RUNNING)
    if run.attempts > MOST_TRIES or not (folder() / run.file).exists():
        mine.update(state=State.FAILED, finished_at=timezone.now(), lease_by="", lease_until=None)
        return
    site = SiteSettings.load()
    renewed = timezone.now()

    def goes_on() -> bool:
        nonlocal renewed
        if stop_sign.is_set():
            return False
        if timezone.now() - renewed > _EVERY:
            renewed = timezone.now()
            return bool(mine.update(lease_until=renewed + LEASE))
        return True

    with translation.override(site.language):
        is_over = bringing.bring_in(run, [folder() / run.file], _options(run, site), goes_on=goes_on)
    if is_over:
        mine.update(state=State.DONE, finished_at=timezone.now(), lease_by="", lease_until=None)
        if not run.is_trial:
            forget_file(run)
    else:
        mine.update(state=State.WAITING, lease_by="", lease_until=None, attempts=0)


def _options(run: MovingRun, site: SiteSettings) -> bringing.Options:
    said = run.options
    pictures = str(said.get("pictures", ""))
    source = media.source_of(pictures if pictures in {"", "http"} else str(folder() / pictures))
    section = Section.objects.filter(pk=said.get("section")).first() or Section.objects.order_by("pk").first()
    if section is None:
        section = Section.objects.create(name=site.name[:80], slug="news")
    language = said.get("language", "")
    return bringing.Options(
        section=section, language=language if language in site.languages else site.language, source=source,
        rights={"rights": said.get("rights", "unknown"), "credit": said.get("credit", "")},
    )  # fmt: skip


def forget_file(run: MovingRun) -> None:
    """The export and its pictures leave the disk, unless another run still needs them."""
    names = {run.file, str(run.options.get("pictures", ""))} - {"", "http"}
    others = MovingRun.objects.exclude(pk=run.pk).filter(state__in=[State.WAITING, State.RUNNING])
    needed = {name for each in others for name in (each.file, each.options.get("pictures", ""))}
    for name in names - needed:
        (folder() / name).unlink(missing_ok=True)
    MovingRun.objects.filter(file=run.file).exclude(state__in=[State.WAITING, State.RUNNING]).update(file="")


def forget_old() -> int:
    """For the worker, daily: uploads that nobody has touched for a week; how many."""
    going = MovingRun.objects.filter(state__in=[State.WAITING, State.RUNNING])
    needed = {name for each in going for name in (each.file, each.options.get("pictures", ""))}
    limit = (timezone.now() - KEPT).timestamp()
    old = [path for path in folder().iterdir() if path.name not in needed and path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
        MovingRun.objects.filter(file=path.name).update(file="")
    return len(old)
