"""What all workers know together of the ways that letters leave by, and what machines told us of letters since."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscriptions.models.letters import Delivery, Edition


class Way(models.Model):
    """A route by its name: whether it rests, and how the last letters fared on it, whoever sent them."""

    name = models.CharField(max_length=60, unique=True)
    # Nothing is tried before; then `failures` says how often in a row it could not be used.
    closed_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True, choices=Edition.Problem)
    # The newest letters that were taken (0) or refused for good (1), the newest last; no more than `ways.LOOKED_BACK`.
    recent = models.CharField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def rests(self, now: datetime) -> bool:
        return self.closed_until is not None and self.closed_until > now


class Throttle(models.Model):
    """A token bucket (`subscriptions.throttles`): how many letters may go at once, as of `at`."""

    name = models.CharField(max_length=255, unique=True)
    tokens = models.FloatField()
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class DeliveryEvent(models.Model):
    """What a mailbox, a mail server or a provider told us of one letter. Each of their messages counts once."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        DELAYED = "delayed", _("Delayed")
        SOFT = "soft", _("Came back, perhaps for a while")
        HARD = "hard", _("Came back: there is no such mailbox")
        POLICY = "policy", _("Came back: our letters are not wanted there")
        COMPLAINT = "complaint", _("Called unwanted by its reader")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Unique among all who tell us: what it is told by, then its own name there.
    event_id = models.CharField(max_length=120, unique=True)
    # An enhanced status code (RFC 3463), or "": words would hold addresses.
    status = models.CharField(_("status"), max_length=12, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("what became of a letter")
        verbose_name_plural = _("what became of letters")
        ordering = ("pk",)
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["delivery", "kind"], name="delivery_event_kinds")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.kind}"
