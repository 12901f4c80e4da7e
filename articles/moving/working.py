"""Exports that came by upload: kept privately, brought in by the worker, forgotten when they are done."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from articles.models.moves import MovingRun
from articles.models.places import Section
from articles.models.site import SiteSettings
from articles.moving import bringing, media
from articles.moving.exports import Halted, Options
from jobs import leases
from safeguards import stores
from safeguards.whole_files import WholeFile

if TYPE_CHECKING:
    from accounts.models import User

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=7)  # an export after its trial, and one that nobody goes on with
MOST_TRIES = 5
AWAY_FOR = timedelta(minutes=1)  # how long a run waits for a store that is away
_EVERY = timedelta(seconds=5)
State = MovingRun.State


def keep(upload: UploadedFile) -> str:
    """The upload's name in the store of imports, whole or not at all. Raises ``OSError``."""
    name = secrets.token_hex(16)
    with stores.writing(stores.imports(), name) as draft, WholeFile(draft) as whole:
        for chunk in upload.chunks():
            whole.file.write(chunk)
    return name


def begin(*, kind: str, name: str, file: str, options: dict[str, Any], is_trial: bool, actor: User) -> MovingRun:
    """A run for the worker. `options`: ``section`` (a number), ``language``, ``pictures`` ("", "http" or a kept file's
    name), ``site``, ``rights``, ``credit``."""
    total = stores.imports().size(file) * 2  # before the transaction: a store may take its time
    with transaction.atomic():
        run = MovingRun.objects.create(
            kind=kind, name=name[:200], file=file, options=options, is_trial=is_trial, created_by=actor,
            bytes_total=total,
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

    def look() -> None:
        if not goes_on():
            raise Halted

    try:
        with _at_hand(run, look) as files, translation.override(site.language):
            is_over = bringing.bring_in(run, [files[run.file]], _options(run, site, files, look), goes_on=goes_on)
    except stores.StoreAway:
        later = timezone.now() + AWAY_FOR
        mine.update(state=State.WAITING, lease_by="", lease_until=None, attempts=0, due_at=later)
        return
    except Halted:
        is_over = False
    except _Gone:
        mine.update(state=State.FAILED, finished_at=timezone.now(), lease_by="", lease_until=None)
        return
    if is_over:
        mine.update(state=State.DONE, finished_at=timezone.now(), lease_by="", lease_until=None)
        if not run.is_trial:
            forget_file(run)
    else:
        mine.update(state=State.WAITING, lease_by="", lease_until=None, attempts=0)


class _Gone(Exception):
    """Files of the run are not there any more, or it was begun too often."""


@contextmanager
def _at_hand(run: MovingRun, look: Callable[[], object]) -> Iterator[dict[str, Path]]:
    """The files that the run needs, by name, on this machine. `look` is called while they are copied from a store."""
    names, store = _kept_for(run), stores.imports()
    if run.attempts > MOST_TRIES or store.present(names) != names:
        raise _Gone
    with ExitStack() as stack:
        yield {name: stack.enter_context(store.nearby(name, meanwhile=look)) for name in names}


def _kept_for(run: MovingRun) -> set[str]:
    return {run.file, str(run.options.get("pictures", ""))} - {"", "http"}


def _options(run: MovingRun, site: SiteSettings, files: dict[str, Path], look: Callable[[], object]) -> Options:
    said = run.options
    pictures, old_site = str(said.get("pictures", "")), str(said.get("site", ""))
    place = pictures if pictures in {"", "http"} else str(files[pictures])
    source = media.source_of(place, site=old_site, meanwhile=look)
    section = Section.objects.filter(pk=said.get("section")).first() or Section.objects.order_by("pk").first()
    if section is None:
        section = Section.objects.create(name=site.name[:80], slug="news")
    language = said.get("language", "")
    return Options(
        section=section, language=language if language in site.languages else site.language, source=source,
        rights={"rights": said.get("rights", "unknown"), "credit": said.get("credit", "")},
        site=old_site,
    )  # fmt: skip


def forget_file(run: MovingRun) -> None:
    """The export and its pictures go, unless another run still needs them; `forget_old` takes what cannot go now."""
    others = MovingRun.objects.exclude(pk=run.pk).filter(state__in=[State.WAITING, State.RUNNING])
    needed = {name for each in others for name in _kept_for(each)}
    with suppress(stores.StoreAway):
        for name in _kept_for(run) - needed:
            stores.imports().delete(name)
    MovingRun.objects.filter(file=run.file).exclude(state__in=[State.WAITING, State.RUNNING]).update(file="")


def forget_old() -> int:
    """For the worker, daily: uploads that nobody has touched for a week; how many. Raises `stores.StoreAway`."""
    going = MovingRun.objects.filter(state__in=[State.WAITING, State.RUNNING])
    needed = {name for each in going for name in _kept_for(each)}
    limit = (timezone.now() - KEPT).timestamp()
    files = list(stores.imports().files())
    old = [file.name for file in files if file.name not in needed and file.written_at < limit]
    for name in old:
        stores.imports().delete(name)
        MovingRun.objects.filter(file=name).update(file="")
    return len(old)
