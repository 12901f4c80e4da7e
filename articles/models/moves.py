"""What was brought in from another system: runs with their reports, and which of its things became which of ours."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.leases import Leased


class MovingRun(Leased):
    """One export being brought in, by a command or by the worker. Running it again is safe and goes on."""

    class Kind(models.TextChoices):
        WORDPRESS = "wordpress", "WordPress"
        GHOST = "ghost", "Ghost"

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("from"), max_length=10, choices=Kind)
    name = models.CharField(_("file"), max_length=200)
    # A file in the private folder of imports, gone when the run is done; "" where a command reads it from elsewhere.
    file = models.CharField(max_length=80, blank=True, editable=False)
    options = models.JSONField(default=dict, editable=False)
    is_trial = models.BooleanField(_("trial run"), default=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Bytes of the file that were read, and how many there are.
    bytes_read = models.BigIntegerField(default=0)
    bytes_total = models.BigIntegerField(default=0)
    # "published", "draft", "left: …" → how many; `MovingNote` has the single ones.
    counts = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("move from another system")
        verbose_name_plural = _("moves from other systems")
        ordering = ("-created_at", "-pk")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def percent(self) -> int:
        """How far it has come, from 0 to 100."""
        return min(100, self.bytes_read * 100 // self.bytes_total) if self.bytes_total else 0


class MovingNote(models.Model):
    """One thing of an export that was not taken, or not as it was: which, on which line, and why."""

    run = models.ForeignKey(MovingRun, models.CASCADE, related_name="notes")
    line = models.PositiveIntegerField(_("line"), default=0)
    title = models.CharField(_("title"), max_length=200, blank=True)
    code = models.CharField(_("what"), max_length=24)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    article_number = models.BigIntegerField(_("story"), null=True)

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        indexes: ClassVar = [models.Index(fields=["run", "code", "id"], name="moving_note_code")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class MovedThing(models.Model):
    """A thing of the old site and the row of ours that it became: so a second run makes nothing twice."""

    # The old site, as a digest of its address; then "file", "page", "group" (of translations), and its own number.
    source = models.CharField(max_length=16)
    kind = models.CharField(max_length=8)
    foreign = models.CharField(max_length=190)
    number = models.BigIntegerField(null=True)
    # Of a file: its address, words and the post that it belongs to.
    said = models.JSONField(default=dict)
    parent = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=190, blank=True)  # of a file: its path below the folder of uploads

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "kind", "foreign"], name="moved_thing_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "kind", "parent"], name="moved_thing_parent"),
            models.Index(fields=["source", "kind", "name"], name="moved_thing_name"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.foreign}"


class FeedName(models.Model):
    """The name (GUID) by which the old site's feeds knew a story: ours say the same, and nobody takes it for new."""

    LONGEST = 190

    article_number = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=LONGEST)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
