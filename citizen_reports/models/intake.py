from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class ReportKind(models.TextChoices):
    """What a witness sends."""

    EYEWITNESS = "eyewitness", _("What I saw or heard")
    REPORT = "report", _("A report")
    ARTICLE = "article", _("An article I wrote")
    PHOTO = "photo", _("Photos")
    VIDEO = "video", _("A video")
    TIP = "tip", _("A tip")


class IntakeForm(models.Model):
    """One form at ``/report/<slug>/``: what it asks for, what it takes, how long it keeps it."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True, allow_unicode=True)
    title = models.CharField(_("title"), max_length=160)
    intro = models.TextField(_("introduction"), blank=True, max_length=2000)
    safety_text = models.TextField(
        _("safety advice"), blank=True, max_length=4000, help_text=_("Empty: the house's own advice.")
    )
    is_open = models.BooleanField(_("open"), default=True)
    max_files = models.PositiveSmallIntegerField(_("files at most"), default=10)
    max_file_mb = models.PositiveSmallIntegerField(_("size of one file at most (MB)"), default=25)
    max_report_mb = models.PositiveSmallIntegerField(_("size of all files at most (MB)"), default=100)
    retention_days = models.PositiveSmallIntegerField(_("days kept after the last activity"), default=90)
    consent_version = models.CharField(_("version of the consent text"), max_length=20, default="2026-11")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("report form")
        verbose_name_plural = _("report forms")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.slug.lower() == "receipt":
            raise ValidationError({"slug": gettext("There witnesses come back with their receipt. Take another word.")})
        if not self.retention_days:
            raise ValidationError(
                {"retention_days": gettext("At least one day: with none, a report would be purged at once.")}
            )
