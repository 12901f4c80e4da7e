"""Mails from and to witnesses: a row for each, whatever became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.reports import Message, Report
from jobs.leases import Leased
from safeguards.fields import SealedTextField


class InboundEmail(Leased):
    """One mail that reached us. The mail itself lies sealed in the quarantine for 30 days, under the name `raw`.

    The same bytes again are the same row, through whichever door and however often they come.
    """

    class State(models.TextChoices):
        NEW = "new", _("Waiting to be read")
        PROCESSED = "processed", _("Let in")
        HELD = "held", _("Held")
        DUPLICATE = "duplicate", _("Came before")
        OVERSIZE = "oversize", _("Too large")
        FAILED = "failed", _("Could not be read")
        DISCARDED = "discarded", _("Set aside")

    class Reason(models.TextChoices):
        """Why it is where it is."""

        OTHER_SENDER = "other_sender", _("It answers a report, but comes from another address than the report did.")
        ID_AGAIN = "id_again", _("It calls itself by the name of another mail, and says something else.")
        LIMITS = "limits", _("It is built in a way that ordinary mail is not.")
        ROBOT = "robot", _("It looks like a newsletter or a message from a program.")
        SPAM = "spam", _("The mail server takes it for spam.")
        BOUNCE = "bounce", _("It says that a mail could not be delivered.")
        AUTO_REPLY = "auto_reply", _("It is an automatic answer.")
        OWN = "own", _("It comes from the newsroom itself.")
        UNREADABLE = "unreadable", _("It is broken, or made to do harm.")
        UNFETCHABLE = "unfetchable", _("The mail server does not give it out. It is still in the mailbox.")
        RAW_GONE = "raw_gone", _("The mail itself is gone, or its key is missing.")
        TOO_LARGE = "too_large", _("It is larger than 35 MB. It lies in the mailbox, in the folder of those fetched.")
        DESK = "desk", _("The desk set it aside.")
        EXPIRED = "expired", _("Nobody decided within 30 days.")

    mailbox = models.CharField(_("came by"), max_length=255)
    # Where it lay on the mail server (RFC 9051); of other doors nothing.
    uidvalidity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    # Keyed hashes: of the whole, of what it calls itself, and of all below its headers.
    raw_hash = models.CharField(max_length=64, unique=True)
    id_hash = models.CharField(max_length=64, blank=True, db_index=True)
    body_hash = models.CharField(max_length=64, blank=True)
    raw = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    reason = models.CharField(_("why"), max_length=12, choices=Reason, blank=True)
    # For whoever decides; empty once it is decided.
    sender = SealedTextField(_("from"))
    subject = SealedTextField(_("subject"))
    body = SealedTextField(_("text"))
    # The report that it became or belongs to; of a held one: that it claims to belong to.
    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="mails", verbose_name=_("report"))
    # The desk's decision that the worker has yet to carry out: "report" or "message".
    wanted = models.CharField(max_length=8, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    # The desk was told that it waits for a decision.
    is_announced = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("mail from a witness")
        verbose_name_plural = _("mails from witnesses")
        ordering = ("-pk",)
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="mail_waiting", condition=Q(state="new")),
            models.Index(fields=["state", "-id"], name="mail_by_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mailbox", "uidvalidity", "uid"], condition=~Q(uid=None), name="mail_once_on_server"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.pk})"


# What waits for somebody's decision.
UNDECIDED = (InboundEmail.State.HELD, InboundEmail.State.FAILED, InboundEmail.State.OVERSIZE)


class OutboundEmail(Leased):
    """A mail to a witness that the worker has yet to write and send, or has sent. Holds neither words nor address."""

    class Kind(models.TextChoices):
        ACKNOWLEDGEMENT = "ack", _("an acknowledgement")
        ANSWER = "answer", _("the answer itself")
        NOTICE = "notice", _("only that there is an answer")

    report = models.ForeignKey(Report, models.CASCADE, related_name="mails_out")
    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="by_mail")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    gave_up_at = models.DateTimeField(_("given up"), null=True)

    class Meta:
        verbose_name = _("mail to a witness")
        verbose_name_plural = _("mails to witnesses")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="witness_mail_due", condition=Q(sent_at=None, gave_up_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"
