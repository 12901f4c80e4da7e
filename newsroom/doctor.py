"""Everything that is misconfigured, late or stuck, in plain words, each with its cure. `manage.py doctor` prints it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from images import remux
from newsroom import health
from newsroom.backups import container, writing
from newsroom.preparing import DEMO_EDITOR
from newsroom.queues import LATE, QUEUES
from newsroom.refusing import is_full_disk
from safeguards import fields, keyring, keys, stores
from subscriptions.models.letters import Edition


class Weight(Enum):
    """How much it matters: wrong now, or likely to hurt later."""

    WRONG = "wrong"
    ADVICE = "advice"


class Complaint(NamedTuple):
    weight: Weight
    what: str
    cure: str = ""


Look = Callable[[dict[str, Any]], Iterator[Complaint]]
# Part of `health.report` → what to say when it is late.
_PARTS = {
    "worker": (
        "No worker has given a sign of life for a minute.",
        "Start it: `systemctl start newsroom-worker`, or `manage.py serve`.",
    ),
    "chores": (
        "Chores that are late: {late}; that fail: {stuck}.",
        "The admin shows the error under Chores; so does the log.",
    ),
    "disk": ("Only {free_megabytes} MB are free on the disk.", "Make room: under 500 MB witnesses' files are refused."),
    "files": ("The store of files cannot be used: {wrong}.", "Look at S3_ENDPOINT, its keys and its buckets."),
    "witnesses_mail": (
        "Mail from witnesses waits.",
        "See the log for citizen_reports.fetch_mail; and the desk's held mails.",
    ),
    "mail": (
        "Letters do not go out: {rests} routes rest, {tried} letters to the staff were tried in vain.",
        "Look at EMAIL_URL and the mail server; it is tried again by itself.",
    ),
    "scanner": (
        "The scanner does not answer: {not_scanned} files of witnesses were not scanned.",
        "Look at CLAMD_URL and clamd; it is tried again by itself.",
    ),
    "witnesses_consent": (
        "{withdrawn_in_live_stories} live stories show what a witness has taken back.",
        "The desk's first page names them.",
    ),
    "schedule": ("Scheduled stories: {late} late, {failed} failed.", "The desk's list of scheduled stories says why."),
    "rights": ("{run_out} pictures or videos are shown without rights.", "The desk's first page names them."),
    "pages": (
        "Purges of finished pages are left undone.",
        "`manage.py purge_pages`, and look at what stands in front.",
    ),
    "backup": (
        "BACKUP_DAILY is set, but no backup is younger than thirty hours.",
        "`manage.py backup` makes one, or says what is wrong.",
    ),
    "redis": (
        "Redis does not answer: each host counts limits by itself.",
        "Look at REDIS_URL and its server; it is tried again by itself.",
    ),
}

_AWAY = Complaint(Weight.WRONG, "The database does not answer.", "Look at DATABASE_URL and at its server.")


def complaints() -> list[Complaint]:
    """All of them, the wrong ones first. Where the database does not answer, or lacks tables, that alone."""
    try:
        unready = _tables()
    except DatabaseError as error:
        return [_full(error) if is_full_disk(error) else _AWAY]
    if unready:
        return unready
    report = health.report()
    looks: tuple[Look, ...] = (_parts, _queues, _letters, _outside, _safety, _keys, _keeping, _files, _checks)
    found = [complaint for look in looks for complaint in look(report)]
    return sorted(found, key=lambda each: each.weight is Weight.ADVICE)


def _full(error: DatabaseError) -> Complaint:
    return Complaint(
        Weight.WRONG, f"The disk of the database is full ({error}).", "Make room on it; where there is, it is broken."
    )


def _tables() -> list[Complaint]:
    """Raises ``DatabaseError`` when the database does not answer."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    what = f"The tables are not those of this release: {len(missing)} migrations have not been applied."
    return [Complaint(Weight.WRONG, what, "`manage.py prepare`, then ask again.")] if missing else []


def _parts(report: dict[str, Any]) -> Iterator[Complaint]:
    for name, part in report["parts"].items():
        if part["state"] != "up" and name in _PARTS:
            what, cure = _PARTS[name]
            told = {key: ", ".join(said) or "none" if isinstance(said, list) else said for key, said in part.items()}
            yield Complaint(Weight.WRONG, what.format(**told), cure)


def _queues(report: dict[str, Any]) -> Iterator[Complaint]:
    limit = timezone.now() - LATE
    for name, (model, is_open) in QUEUES.items():
        if name == "schedule":
            continue  # has a part of its own
        late = model._default_manager.filter(is_open, due_at__lt=limit).order_by()[:1000].count()
        if late:
            yield Complaint(
                Weight.WRONG, f"Queue {name}: {late} have waited for more than two minutes.", "See the log."
            )


def _letters(report: dict[str, Any]) -> Iterator[Complaint]:
    states = (Edition.State.NEEDS_ATTENTION, Edition.State.PAUSED)
    waiting = Edition.objects.filter(state__in=states)[:100].count()
    if waiting:
        yield Complaint(Weight.WRONG, f"{waiting} letters to subscribers wait for a decision.", "The desk: Letters.")
    if settings.MAIL_TO_FILES:
        yield Complaint(Weight.ADVICE, "Letters become files: nobody gets mail.", "Set EMAIL_URL.")


def _outside(report: dict[str, Any]) -> Iterator[Complaint]:
    if not settings.SITE_URL.startswith("https://"):
        yield Complaint(Weight.ADVICE, "SITE_URL is not https: sign-ins and reports cross the net in the clear.",
                        "Put TLS in front (docs/operations.md) and set SITE_URL.")  # fmt: skip
    if settings.SITE_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        yield Complaint(Weight.ADVICE, "TRUSTED_PROXIES names no proxy: all readers seem to come from one address.",
                        "Name the network of the proxy in front, such as 127.0.0.1/32.")  # fmt: skip
    if not remux.engine():
        yield Complaint(
            Weight.ADVICE, "Neither PyAV nor ffmpeg is here: no videos are taken in.", "apt-get install ffmpeg"
        )


def _safety(report: dict[str, Any]) -> Iterator[Complaint]:
    if User.objects.filter(email=DEMO_EDITOR, is_active=True).exists() and settings.SITE_URL.startswith("https://"):
        yield Complaint(Weight.WRONG, "The demo's accounts work on a public site.", "`manage.py demo --remove`")
    folder = keys.folder()
    open_ones = [path.name for path in folder.glob("*") if path.is_file() and path.stat().st_mode & 0o077]
    if open_ones:
        yield Complaint(Weight.WRONG, f"Other users of this machine can read keys: {', '.join(sorted(open_ones))}.",
                        f"chmod 600 {folder}/*")  # fmt: skip
    if unknown := set(settings.TWO_FACTOR_ROLES) - set(Role.values):
        yield Complaint(Weight.WRONG, f"TWO_FACTOR_ROLES names what is no role: {', '.join(sorted(unknown))}.",
                        f"The roles are {', '.join(Role.values)}; nobody else owes a second factor.")  # fmt: skip
    if not settings.STAFF_MUST_ENROL:
        yield Complaint(Weight.ADVICE, "The staff may sign in by a password alone.", "STAFF_MUST_ENROL=1")


def _keys(report: dict[str, Any]) -> Iterator[Complaint]:
    try:
        keyring.ring()
        lost = [str(each._meta.verbose_name_plural) for each in fields.sealed_models() if fields.has_lost_its_key(each)]
    except ImproperlyConfigured as error:
        yield Complaint(Weight.WRONG, str(error), "Look at SEALING_KEYS: `id base64`, commas between the lines.")
        return
    if lost:
        yield Complaint(Weight.WRONG, f"The key that sealed these is not here: {', '.join(lost)}.",
                        f"Put it back: SEALING_KEYS, or {keys.folder() / 'sealing'} from a backup.")  # fmt: skip


def _keeping(report: dict[str, Any]) -> Iterator[Complaint]:
    known = writing.known()
    if not known and not settings.BACKUP_DAILY:
        yield Complaint(
            Weight.ADVICE, "There is no backup.", "BACKUP_DAILY=1, or `manage.py backup` from a timer of yours."
        )
    elif known and not settings.BACKUP_KEY:
        yield Complaint(Weight.ADVICE, f"The key of the backups lies on this machine: {keys.folder() / 'backup'}.",
                        "Keep a copy elsewhere; set BACKUP_KEY to be rid of this line.")  # fmt: skip
    if shut := [path for _at, path in known if not container.opens(path)]:
        weight = Weight.WRONG if known[0][1] in shut else Weight.ADVICE
        yield Complaint(weight, f"{len(shut)} of {len(known)} backups do not open with the key that is here.",
                        "Keep the former key for as long as them; `manage.py backup` makes one with this.")  # fmt: skip
    if known and _same_disk():
        yield Complaint(Weight.ADVICE, "Backups lie on the disk that they are to save.", "BACKUP_DIR on another one.")
    free = shutil.disk_usage(settings.DATA_DIR)
    if free.free < free.total * 0.05:
        yield Complaint(Weight.ADVICE, "Less than a twentieth of the disk is free.", "Make room, or a larger disk.")


def _files(report: dict[str, Any]) -> Iterator[Complaint]:
    """Of a store of objects alone; whether it answers at all, `_parts` says."""
    remote = {name: store for name in stores.NAMES if (store := stores.named(name)).is_remote}
    if not remote or report["parts"]["files"]["wrong"]:
        return
    yield Complaint(Weight.ADVICE, "Backups hold the database alone: files lie in the store of objects.",
                    "Keep former versions of objects there, or copies elsewhere (docs/scaling.md).")  # fmt: skip
    for name, store in remote.items():
        try:
            is_open = store.is_open()
        except OSError as error:
            yield Complaint(Weight.WRONG, f"The newsroom may not write, read and delete files ({name}: {error}).",
                            "Its key needs all three, and the list, in both buckets.")  # fmt: skip
        else:
            if is_open and name != "default":
                yield Complaint(Weight.WRONG, f"Everybody can read files that are private ({name}).",
                                "Take public access from the bucket S3_BUCKET_PRIVATE, at once.")  # fmt: skip


def _same_disk() -> bool:
    return writing.folder().stat().st_dev == keys.folder().parent.stat().st_dev


def _checks(report: dict[str, Any]) -> Iterator[Complaint]:
    for message in checks.run_checks(include_deployment_checks=settings.SITE_URL.startswith("https://")):
        if not message.is_silenced():
            yield Complaint(Weight.WRONG, f"{message.msg} ({message.id})", message.hint or "")
