"""What the paper says about its own mistakes. The desk's side; readers get `articles.models.public_record`."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.kinds import NoteKind
from articles.models.desk import Article


class Correction(models.Model):
    """A correction, clarification, update or editor's note on a story that is or was live."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="corrections")
    kind = models.CharField(_("kind"), max_length=14, choices=NoteKind, default=NoteKind.CORRECTION)
    text = models.TextField(_("text"), max_length=2000, help_text=_("What was wrong, and what is right."))
    is_above = models.BooleanField(
        _("above the text"), default=False, help_text=_("For what readers must know first; else it stands below.")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-at", "-pk")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["article", "-at"], name="correction_by_story")]

    def __str__(self) -> str:
        return self.text[:80]
