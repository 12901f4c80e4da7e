"""The end of a report's time, or of it before that (`deletion`): words, files, identity and receipt go; that it was
there, and who did what, stays."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from citizen_reports import quarantine
from citizen_reports.mail import letters, receiving
from citizen_reports.models import Message, Report, ReportEvent, Upload, WitnessIdentity
from citizen_reports.models.mail import UNDECIDED, InboundEmail
from citizen_reports.models.reports import ReportState
from safeguards.keys import fresh
from safeguards.sealing import keyed_hash

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
BATCH = 200
TURN = 180  # seconds: less than the lease of the chore


def purge_due() -> int:
    """For the worker, hourly: purges what has come to its end and is under no legal hold; how many. Each turn empties
    the database's log of writes, of what witnesses had deleted too.

    Each report is a transaction of its own. One that cannot be purged now holds up no other, and is tried again: what
    went wrong with it is raised when all others are done.
    """
    done, failed, error, until = 0, set[UUID](), None, time.monotonic() + TURN
    due = Report.objects.filter(expires_at__lt=timezone.now(), legal_hold=False, purged_at__isnull=True)
    while time.monotonic() < until:
        batch = list(due.exclude(pk__in=failed).order_by("expires_at", "pk")[:BATCH])
        for report in batch:
            try:
                done += purge(report, at=timezone.now())
            except DatabaseError as problem:
                log.exception("report could not be purged", extra={"report": report.reference})
                failed.add(report.pk)
                error = problem
        if len(batch) < BATCH:
            break
    empty_log()
    if error:
        raise error
    return done


def purge(report: Report, *, at: datetime) -> bool:
    """Purges one report whose time is over; False when somebody was active on it meanwhile, or holds it."""
    with transaction.atomic():
        return take(report, Report.objects.filter(expires_at__lt=at), at=at, verb=ReportEvent.Verb.PURGED)


def take(
    report: Report, due: QuerySet[Report], *, at: datetime, verb: ReportEvent.Verb, actor: User | None = None,
    **detail: Any,
) -> bool:  # fmt: skip
    """In the caller's transaction, everything of a report goes, if it is among those `due`, was not purged and is under
    no legal hold; else False. It leaves one event.

    What was published of it stays: the story has its own words, the library its own picture. Files go last, after the
    rows are certainly gone: a file without a row is swept up by `quarantine.forget_unsent`, a row without its file
    would be a lie.
    """
    purged = due.filter(pk=report.pk, purged_at=None, legal_hold=False).update(
        purged_at=at, state=ReportState.PURGED, title="", body="", place="", answers="", happened_on=None,
        answers_story=None, assigned_to=None, witness_waits=False, warn_at=None, keep_until=None, flags=[],
        deletion_asked_at=None,
        # No receipt opens it any more, and no form token finds it.
        receipt_lookup=keyed_hash(fresh(), purpose="citizen_reports.purged"), receipt_until=None,
        token_lookup=keyed_hash(fresh(), purpose="citizen_reports.purged"),
    )  # fmt: skip
    if not purged:
        return False
    WitnessIdentity.objects.filter(report=report).delete()
    report.stories.update(credit_line="")
    late = quarantine.waiting(report.token_lookup)
    files = [*report.attachments.all(), *late]
    report.attachments.all().delete()
    late.delete()
    quarantine.forget_uploads(Upload.objects.filter(token_lookup=report.token_lookup))
    letters.forget(report)
    Message.objects.filter(report=report).delete()
    report.checks.all().delete()
    report.traces.all().delete()
    Notice.objects.filter(url=reverse("admin:citizen_reports_report_change", args=[report.pk])).delete()
    ReportEvent.objects.create(
        report=report.pk, reference=report.reference, actor=actor, verb=verb, at=at, detail=detail
    )
    # What waits for the desk is of others, and only claims to belong to it.
    receiving.forget(list(report.mails.exclude(state__in=(InboundEmail.State.NEW, *UNDECIDED))))
    transaction.on_commit(lambda: quarantine.remove_files(files), robust=True)
    return True


def empty_log() -> bool:
    """SQLite's log of writes still has what was overwritten in the file itself; nothing to do elsewhere.

    False while somebody reads for longer than is waited: the next turn empties it.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, *_pages = cursor.fetchone()  # https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    if is_busy:
        log.warning("the database's log of writes could not be emptied now: somebody reads")
    return not is_busy
