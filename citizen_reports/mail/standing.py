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
    """A part of ``/health/``: when the mailbox was last read (None: never, or there is none), how many mails have
    waited to be read for more than a quarter of an hour, how many wait for the desk's decision, as far as it was told.
    "late": the mailbox, or a mail, for more than that quarter.

    Nothing at once: everybody may look there, and would know the second in which a witness's mail came.
    """
    now = timezone.now()
    fetched = Chore.objects.filter(name=CHORE).values_list("finished_at", flat=True).first()
    waiting = InboundEmail.objects.filter(state=InboundEmail.State.NEW, received_at__lt=now - LATE).count()
    undecided = InboundEmail.objects.filter(state__in=UNDECIDED, is_announced=True)
    states = undecided.order_by().values_list("state").annotate(Count("pk"))
    is_late = bool(waiting)
    if settings.REPORTS_IMAP_URL:
        is_late = is_late or fetched is None or fetched < now - LATE
    return {
        "state": "late" if is_late else "up",
        "fetched": fetched.isoformat() if fetched and settings.REPORTS_IMAP_URL else None,
        "waiting": waiting,
        **{str(state): 0 for state in UNDECIDED},
        **dict(states),
    }
