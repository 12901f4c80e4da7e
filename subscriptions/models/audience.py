"""What the audience desk keeps: lists of readers that were brought in, and how many readers there were each day."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.leases import Leased
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscription, Topic


class AudienceImport(Leased):
    """One list of addresses from elsewhere: looked through first, then brought in. It stays as evidence of consent."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being looked through")
        CHECKED = "checked", _("Looked through")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("The file cannot be read")

    # The worker's.
    AT_WORK: ClassVar = (State.CHECKING, State.IMPORTING)

    # Random hex, sealed in the private store; gone once the list is imported or cancelled.
    file = models.CharField(max_length=32, unique=True)
    name = models.CharField(_("file"), max_length=120)
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("topics"))
    cadence = models.CharField(
        _("how often"), max_length=8, choices=Subscription.Cadence, default=Subscription.Cadence.INSTANT,
        db_default=Subscription.Cadence.INSTANT.value,
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=12)
    time_zone = models.CharField(_("time zone"), max_length=64)
    # Without it everybody is asked by mail first.
    has_agreed = models.BooleanField(_("they agreed to get these letters"))
    agreed_where = models.CharField(_("where they agreed"), max_length=300, blank=True)
    agreed_when = models.CharField(_("when they agreed"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHECKING)
    created_at = models.DateTimeField(_("brought"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True)
    # The last line of the file that was worked off, in the state at hand; all before it are done, none after it is.
    position = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    known = models.PositiveIntegerField(_("known"), default=0)
    suppressed = models.PositiveIntegerField(_("suppressed"), default=0)
    invalid = models.PositiveIntegerField(_("no addresses"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    # The first lines that hold no address: their numbers alone.
    wrong_lines = models.JSONField(default=list)

    class Meta:
        verbose_name = _("import of readers")
        verbose_name_plural = _("imports of readers")
        ordering = ("-created_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="audience_import_evidence",
                condition=Q(has_agreed=False) | ~Q(agreed_where="") & ~Q(agreed_when=""),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """How far the worker has come in the file, once its lines are counted."""
        return min(100, 100 * self.position // self.lines) if self.lines else 0


class DailyFigure(models.Model):
    """How many of something there were on a day in the newsroom's zone. Counts alone: nobody can be found in them."""

    class Name(models.TextChoices):
        ACTIVE = "active", _("Readers at the day's end")
        CONFIRMED = "confirmed", _("Confirmed")
        LEFT = "left", _("Left")
        BOUNCED = "bounced", _("Bounced or complained")

    day = models.DateField()
    name = models.CharField(max_length=12, choices=Name)
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("figure of a day")
        verbose_name_plural = _("figures of days")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "name"], name="daily_figure_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}: {self.count}"


class LinkTotal(models.Model):
    """How often a link of a letter was followed by readers who agreed to be counted: a total, and nobody's name."""

    LONGEST: ClassVar = 400

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="link_totals")
    # Of a page of ours, decoded.
    path = models.CharField(max_length=LONGEST)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "path"], name="link_total_once")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.path}: {self.count}"
