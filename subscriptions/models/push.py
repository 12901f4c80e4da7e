"""Notices on readers' devices: which device wants them, and the ledger of who got which. No account, no name."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.leases import Leased
from safeguards.fields import SealedTextField
from subscriptions.models.people import Topic


class PushAddress(models.Model):
    """One browser that wants notices. It is there as long as its push service takes them, and then it is gone."""

    endpoint_hash = models.CharField(max_length=64, unique=True)
    # JSON: ``endpoint``, ``p256dh``, ``auth``, as the browser gave them (W3C Push API, base64url).
    keys = SealedTextField()
    # "https://host" of the push service: all devices of one browser's maker share it.
    service = models.CharField(_("push service"), max_length=260)
    language = models.CharField(_("language"), max_length=12)
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("topics"))
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    last_ok_at = models.DateTimeField(_("last reached"), null=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class PushRound(Leased):
    """One notice to the devices that want it, frozen when it was decided, in the transaction that published."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Waiting")
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Done")
        EXPIRED = "expired", _("Too late to send")
        STOPPED = "stopped", _("Stopped")
        NEEDS_ATTENTION = "needs_attention", _("Needs attention")

    # What a person, or time, may still stop.
    OPEN: ClassVar = (State.SCHEDULED, State.SENDING)

    article_number = models.BigIntegerField(_("story"), unique=True)
    headline = models.CharField(_("headline"), max_length=240)
    language = models.CharField(_("language"), max_length=12)
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("topics"))
    # What the device shows, as its worker reads it: see `subscriptions.push.messages`.
    message = models.TextField()
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.SCHEDULED)
    created_at = models.DateTimeField(_("decided"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    not_after = models.DateTimeField(_("not after"))
    prepared_at = models.DateTimeField(_("addressed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # How it stands, for lists: counted after each turn. `subscriptions.push.ledger.account` counts anew.
    audience = models.PositiveIntegerField(_("devices"), default=0)
    sent = models.PositiveIntegerField(_("taken"), default=0)
    failed = models.PositiveIntegerField(_("refused"), default=0)
    uncertain = models.PositiveIntegerField(_("uncertain"), default=0)

    class Meta:
        verbose_name = _("notice to devices")
        verbose_name_plural = _("notices to devices")
        ordering = ("-created_at", "-pk")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"], name="push_round_by_state"),
        ]

    def __str__(self) -> str:
        return self.headline


class PushDelivery(Leased):
    """One notice to one device. ``sending`` is written before it goes out: whoever dies then leaves a trace."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        SENDING = "sending", _("Going out")
        SENT = "sent", _("Taken")
        GONE = "gone", _("Device gone")
        FAILED = "failed", _("Refused")
        UNCERTAIN = "uncertain", _("Uncertain")
        SKIPPED = "skipped", _("Left out")

    class Reason(models.TextChoices):
        UNWANTED = "unwanted", _("The reader switched notices off")
        STALE = "stale", _("It was too late")
        STOPPED = "stopped", _("The story was taken back")
        NOT_PUBLIC = "not public", _("The push service's address is not a public one")
        UNREACHABLE = "unreachable", _("The push service could not be reached")
        NO_ANSWER = "no answer", _("The push service did not say whether it took the notice")
        WORKER_LOST = "worker lost", _("The worker ended while the notice went out")
        SEALED = "sealed", _("The device's keys cannot be opened: the newsroom's own key is missing")
        LET_BE = "let be", _("Looked at, and let be")

    # Not yet decided.
    OPEN: ClassVar = (State.READY, State.SENDING)

    round = models.ForeignKey(PushRound, models.CASCADE, related_name="deliveries")
    # Empty once the device is forgotten; what became of the notice stays.
    address = models.ForeignKey(PushAddress, models.SET_NULL, null=True, related_name="deliveries")
    service = models.CharField(max_length=260)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    # A `Reason`, or the status that the push service answered ("413").
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("notice to a device")
        verbose_name_plural = _("notices to single devices")
        ordering = ("pk",)
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "address"], name="push_delivery_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="push_delivery_ready", condition=Q(state="ready")),
            models.Index(fields=["lease_until"], name="push_delivery_leased", condition=Q(state="sending")),
            models.Index(fields=["round", "state"], name="push_delivery_account"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.pk}"

    @property
    def why(self) -> str:
        """The reason in words, or the push service's number."""
        return str(dict(self.Reason.choices).get(self.reason, self.reason))
