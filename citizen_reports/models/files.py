"""Files from witnesses: sealed originals in private storage, and derivatives made from the pixels alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.reports import Message, Report
from jobs.leases import Leased
from safeguards.fields import SealedTextField


class Attachment(Leased):
    """One file. The original is never public and never rendered; only a derivative in state "made" can be shown."""

    class Derivative(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MADE = "made", _("Made")
        NONE = "none", _("Not a picture: kept as evidence")
        FAILED = "failed", _("Failed")

    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="attachments")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="attachments")
    # Before there is a report, files wait under the keyed hash of the form token's nonce.
    token_lookup = models.CharField(max_length=64, blank=True, db_index=True)
    display_name = SealedTextField(_("name"))
    declared_type = models.CharField(_("declared type"), max_length=100, blank=True)
    sniffed_type = models.CharField(_("type by signature"), max_length=60, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = SealedTextField(_("SHA-256"))
    dedupe_key = models.CharField(max_length=64, db_index=True)
    # Random hex names without extension under DATA_DIR/private/reports/.
    original = models.CharField(max_length=64, blank=True)
    derivative = models.CharField(max_length=64, blank=True)
    derivative_state = models.CharField(_("safe copy"), max_length=8, choices=Derivative, default=Derivative.WAITING)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # JSON: when, where and with what it was taken, for verifiers and the witness.
    capture_facts = SealedTextField(_("what the file says of itself"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("pk",)
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="attachment_waiting", condition=models.Q(derivative_state="waiting")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token_lookup", "dedupe_key"],
                condition=~models.Q(token_lookup=""),
                name="attachment_once_per_form",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.sniffed_type}"
