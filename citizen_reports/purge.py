"""The end of a report's time: words, files, identity and receipt go; that it was there, and who did what, stays."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from citizen_reports import quarantine
from citizen_reports.mail import receiving
from citizen_reports.models import Message, Report, ReportEvent, WitnessIdentity
from citizen_reports.models.mail import UNDECIDED, InboundEmail
from citizen_reports.models.reports import ReportState
from safeguards.keys import fresh
from safeguards.sealing import keyed_hash

BATCH = 200


def purge_due() -> int:
    """For the worker, hourly: purges what has come to its end and is under no legal hold; how many.

    Each report is a transaction of its own: one that cannot be purged now holds up no other, and is tried again.
    """
    due = Report.objects.filter(expires_at__lt=timezone.now(), legal_hold=False, purged_at=None)
    return sum(purge(report, at=timezone.now()) for report in due.order_by("expires_at")[:BATCH])


def purge(report: Report, *, at: datetime) -> bool:
    """Purges one report; False when somebody was active on it meanwhile, or holds it.

    What was published of it stays: the story has its own words. Files go last, after the rows are certainly gone:
    a file without a row is swept up by `quarantine.forget_unsent`, a row without its file would be a lie.
    """
    with transaction.atomic():
        purged = Report.objects.filter(pk=report.pk, purged_at=None, legal_hold=False, expires_at__lt=at).update(
            purged_at=at, state=ReportState.PURGED, title="", body="", place="", answers="", happened_on=None,
            answers_story=None, assigned_to=None, witness_waits=False,
            # No receipt opens it any more, and no form token finds it.
            receipt_lookup=keyed_hash(fresh(), purpose="citizen_reports.purged"),
            token_lookup=keyed_hash(fresh(), purpose="citizen_reports.purged"),
        )  # fmt: skip
        if not purged:
            return False
        WitnessIdentity.objects.filter(report=report).delete()
        files = list(report.attachments.all())
        report.attachments.all().delete()
        Message.objects.filter(report=report).delete()
        report.checks.all().delete()
        report.traces.all().delete()
        ReportEvent.objects.create(report=report.pk, reference=report.reference, verb=ReportEvent.Verb.PURGED, at=at)
        # What waits for the desk is of others, and only claims to belong to it.
        receiving.forget(list(report.mails.exclude(state__in=(InboundEmail.State.NEW, *UNDECIDED))))
        transaction.on_commit(lambda: quarantine.remove_files(files), robust=True)
    return True
