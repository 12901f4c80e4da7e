"""Frozen copies of the working copy. Readers' code must not import this module."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.desk import Article


class Revision(models.Model):
    """The story as it stood at one save: JSON as `articles.snapshots` makes it. Its content never changes.

    Numbers count up and are never given twice. Plain saves grow thinner with age (`articles.pruning`); milestones stay.
    """

    class Verb(models.TextChoices):
        SAVED = "saved", _("Saved")
        PUBLISHED = "published", _("Published")
        IMPORTED = "imported", _("Imported")
        RESTORED = "restored", _("Restored")
        SUBMITTED = "submitted", _("Sent for review")
        SCHEDULED = "scheduled", _("Scheduled")

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    verb = models.CharField(_("what was done"), max_length=12, choices=Verb, default=Verb.SAVED)
    content = models.JSONField(_("content"))
    digest = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("-number",)
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}/{self.number}"
