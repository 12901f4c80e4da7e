"""How the desk works through its inbox: what was checked, sentences kept ready, what is blocked, what is alike."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.files import Attachment
from citizen_reports.models.reports import Report
from safeguards.fields import SealedTextField


class Aspect(models.TextChoices):
    """What there is to find out about a report before it is used."""

    PROVENANCE = "provenance", _("Is this the original, and where did it come from?")
    SOURCE = "source", _("Is the source who they say, and were they there?")
    DATE = "date", _("Is the date right?")
    PLACE = "place", _("Is the place right?")
    CORROBORATION = "corroboration", _("Does anything else bear it out?")
    MANIPULATION = "manipulation", _("Was anything changed, staged or generated?")
    MOTIVE = "motive", _("Why do they tell us?")
    PERMISSION = "permission", _("May we use it, and whose is it?")
    SAFETY = "safety", _("Does using it put anybody in danger?")


class Finding(models.TextChoices):
    HOLDS = "holds", _("Holds")
    DOUBTFUL = "doubtful", _("Doubtful")
    FAILS = "fails", _("Does not hold")
    OPEN = "open", _("Could not be found out")


class VerificationCheck(models.Model):
    """One thing that somebody found out, and how. Rows are added, never changed: a later one stands above it."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="checks")
    aspect = models.CharField(_("question"), max_length=16, choices=Aspect)
    finding = models.CharField(_("finding"), max_length=10, choices=Finding)
    evidence = SealedTextField(_("evidence"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ("-pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.report_id} {self.aspect}"


class CannedAnswer(models.Model):
    """A text for witnesses that the desk keeps ready: put into the answer, read once more, and sent by a person."""

    title = models.CharField(_("title"), max_length=80)
    language = models.CharField(_("language"), max_length=12, default="en")
    text = models.TextField(_("text"), max_length=4000)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("ready answer")
        verbose_name_plural = _("ready answers")
        ordering = ("language", "position", "pk")

    def __str__(self) -> str:
        return self.title


class BlockRule(models.Model):
    """A sender's address, or a file, that the desk wants no more of: as a keyed hash alone, so that nobody reads it."""

    class Kind(models.TextChoices):
        SENDER = "sender", _("sender")
        FILE = "file", _("file")

    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    lookup = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("since"), default=timezone.now)
    hits = models.PositiveIntegerField(_("kept away"), default=0)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ("-at", "-pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "lookup"], name="block_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Trace(models.Model):
    """A few keyed numbers of a text or a picture, by which alike ones are found and nothing is read."""

    class Kind(models.TextChoices):
        TEXT = "t", _("text")
        PICTURE = "p", _("picture")

    report = models.ForeignKey(Report, models.CASCADE, related_name="traces")
    attachment = models.ForeignKey(Attachment, models.CASCADE, null=True, related_name="traces")
    kind = models.CharField(max_length=1, choices=Kind)
    value = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="trace_value")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"
