"""The worker's queues: what figures, the doctor and a restore look at. Without any library that is not always there."""

from datetime import timedelta

from django.db.models import F, Q

from accounts.models.letters import Letter
from articles.models.hubs import HubNotice
from articles.models.moves import MovingRun
from articles.models.workflow import ScheduledChange
from citizen_reports.models.files import Attachment, FileScan
from citizen_reports.models.mail import InboundEmail, OutboundEmail
from images.models import RenditionJob, VideoJob
from jobs.leases import Leased
from subscriptions.models.audience import AudienceImport
from subscriptions.models.channels import ChannelPost
from subscriptions.models.letters import Delivery, Edition
from subscriptions.models.people import AddressChange, Answer
from subscriptions.models.push import PushDelivery, PushRound

LATE = timedelta(minutes=2)
_OPEN_EDITIONS = (Edition.State.SCHEDULED, Edition.State.PREPARING, Edition.State.SENDING)
# By their names in figures: their rows, and which of them are still to be dealt with.
QUEUES: dict[str, tuple[type[Leased], Q]] = {
    "renditions": (RenditionJob, Q()),
    "videos": (VideoJob, Q()),
    "schedule": (ScheduledChange, Q(state=ScheduledChange.State.WAITING)),
    "staff_letters": (Letter, Q(gave_up_at=None)),
    "sign_up_answers": (Answer, Q()),
    "changes_of_address": (AddressChange, Q(is_told=False)),
    "editions": (Edition, Q(state__in=_OPEN_EDITIONS)),
    # By their editions: the ledger keeps what was sent years ago.
    "deliveries": (Delivery, Q(edition__state__in=_OPEN_EDITIONS, state__in=Delivery.OPEN)),
    "channel_posts": (ChannelPost, Q(state__in=[ChannelPost.State.READY, ChannelPost.State.SENDING])),
    "lists_of_readers": (AudienceImport, Q(state__in=AudienceImport.AT_WORK)),
    "notices": (PushRound, Q(state__in=PushRound.OPEN)),
    "notices_to_devices": (PushDelivery, Q(round__state__in=PushRound.OPEN, state__in=PushDelivery.OPEN)),
    # Not before their form is sent: until then they wait for the witness.
    "safe_copies": (Attachment, Q(derivative_state=Attachment.Derivative.WAITING, report__isnull=False)),
    "scans": (FileScan, Q(due_at__isnull=False)),
    "witnesses_mail_in": (InboundEmail, Q(state=InboundEmail.State.NEW)),
    "witnesses_mail_out": (OutboundEmail, Q(sent_at=None, gave_up_at=None)),
    "moves": (MovingRun, Q(state__in=[MovingRun.State.WAITING, MovingRun.State.RUNNING]) & ~Q(file="")),
    "hub_notices": (HubNotice, Q(told__lt=F("changes"))),
}
