"""How it stands with the mail from witnesses, for whoever watches the machine."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from citizen_reports.models.mail import UNDECIDED, InboundEmail
from jobs.models import Chore

CHORE = "citizen_reports.fetch_mail"
LATE = timedelta(minutes=15)


def standing() -> dict[str, Any]:
    """A part of ``/health/``: when the mailbox was last read (None: never, or there is none), how many mails wait to
    be read and for the desk's decision. "late": the mailbox, or a mail, for more than a quarter of an hour.
    """
    now = timezone.now()
    fetched = Chore.objects.filter(name=CHORE).values_list("finished_at", flat=True).first()
    waiting = InboundEmail.objects.filter(state=InboundEmail.State.NEW)
    states = InboundEmail.objects.filter(state__in=UNDECIDED).order_by().values_list("state").annotate(Count("pk"))
    is_late = waiting.filter(received_at__lt=now - LATE).exists()
    if settings.REPORTS_IMAP_URL:
        is_late = is_late or fetched is None or fetched < now - LATE
    return {
        "state": "late" if is_late else "up",
        "fetched": fetched.isoformat() if fetched and settings.REPORTS_IMAP_URL else None,
        "waiting": waiting.count(),
        **{str(state): 0 for state in UNDECIDED},
        **dict(states),
    }
