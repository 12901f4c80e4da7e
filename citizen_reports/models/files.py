"""Files from witnesses: sealed originals in private storage, and derivatives made from the pixels alone."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.intake import IntakeForm
from citizen_reports.models.reports import Message, Report
from jobs.leases import Leased
from safeguards.fields import SealedTextField


class Attachment(Leased):
    """One file. The original is never public and never rendered; only a derivative in state "made" can be shown."""

    class Derivative(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MADE = "made", _("Made")
        NONE = "none", _("Kept as evidence, never shown")
        FAILED = "failed", _("No safe copy could be made")
        BLOCKED = "blocked", _("Blocked: the file is infected")

    class Failure(models.TextChoices):
        """Why there is no safe copy."""

        ENGINE = (
            "engine",
            _("This server cannot work on films and sound: whoever runs it installs PyAV (pip install av) or ffmpeg."),
        )
        UNREADABLE = "unread", _("It is damaged, or in a form of which no clean copy can be made.")
        TOO_LARGE = "large", _("It is too large for a clean copy.")
        GONE = "gone", _("The original is gone, or was changed on the disk.")
        DEADLY = "deadly", _("It was tried three times, and never came to an end.")
        DISK = "disk", _("The disk was full, or could not be written.")

    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="attachments")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="attachments")
    # Before there is a report, files wait under the keyed hash of the form token's nonce.
    token_lookup = models.CharField(max_length=64, blank=True, db_index=True)
    display_name = SealedTextField(_("name"))
    declared_type = models.CharField(_("declared type"), max_length=100, blank=True)
    sniffed_type = models.CharField(_("type by signature"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = SealedTextField(_("SHA-256"))
    dedupe_key = models.CharField(max_length=64, db_index=True)
    # Random hex names without extension, in the store of reports.
    original = models.CharField(max_length=64, blank=True)
    derivative = models.CharField(max_length=64, blank=True)
    derivative_state = models.CharField(_("safe copy"), max_length=8, choices=Derivative, default=Derivative.WAITING)
    # The copy's own type: of pictures "", which is JPEG.
    derivative_type = models.CharField(max_length=60, blank=True, default="", db_default="")
    # Of a film, a frame as JPEG, sealed like the rest.
    poster = models.CharField(max_length=64, blank=True, default="", db_default="")
    failure = models.CharField(max_length=8, choices=Failure, blank=True, default="", db_default="")
    # How many parts of the copy the desk has made unrecognisable.
    blurred = models.PositiveSmallIntegerField(default=0, db_default=0)
    seconds = models.FloatField(null=True)
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

    def files(self) -> list[str]:
        """The names of all that lies in the quarantine for this row."""
        return [name for name in (self.original, self.derivative, self.poster) if name]

    @property
    def copy_type(self) -> str:
        return self.derivative_type or "image/jpeg"


class FileScan(Leased):
    """What the scanner for malware said of an original. Without a row nobody has asked it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Waiting for the scanner")
        SCANNING = "scanning", _("Being scanned")
        CLEAN = "clean", _("Scanned: nothing found")
        INFECTED = "infected", _("Infected")
        UNSCANNABLE = "unscannable", _("Could not be scanned: not known to be clean")

    attachment = models.OneToOneField(Attachment, models.CASCADE, related_name="scan")
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    # The scanner's name for what it found, or its reason.
    found = models.CharField(max_length=100, blank=True)
    # Of what is final, None: nothing is due any more.
    due_at = models.DateTimeField(default=timezone.now, null=True)  # type: ignore[assignment]

    class Meta:
        verbose_name = _("scan of a file")
        verbose_name_plural = _("scans of files")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="scan_waiting", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.state}"


def fresh_name() -> str:
    """128 random bits: nobody guesses the address of another's upload."""
    return secrets.token_hex(16)


class Upload(models.Model):
    """A file that comes in pieces, under the token of a form, until it is whole and an `Attachment`.

    Bytes count as here when they are sealed on the disk and their `UploadPart` is committed: `offset` says how many.
    """

    name = models.CharField(max_length=32, unique=True, default=fresh_name)
    form = models.ForeignKey(IntakeForm, models.CASCADE, related_name="+")
    token_lookup = models.CharField(max_length=64, db_index=True)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    display_name = SealedTextField()
    declared_type = models.CharField(max_length=100, blank=True)
    # What the sender calls it, by which they find it again when our first answer was lost. Random, and not the file's.
    mark = models.CharField(max_length=64, blank=True, default="", db_default="")
    attachment = models.ForeignKey(Attachment, models.CASCADE, null=True, related_name="uploads")
    # On the hour: it should not tell when an anonymous witness was here.
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk} {self.offset}/{self.length}"


class UploadPart(models.Model):
    """A piece of an `Upload`: a sealed file of its own in the quarantine, until the whole is put together."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts")
    start = models.PositiveBigIntegerField()
    file = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("part of an upload")
        verbose_name_plural = _("parts of uploads")
        ordering = ("start",)
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "start"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.start}"
