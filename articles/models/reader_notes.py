"""What readers say is wrong in a story: the form under each one writes it, the desk works through it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safeguards.fields import SealedTextField


class ReaderNote(models.Model):
    """An error that a reader reports. Who she is, if she says so, is sealed, and goes with the note after 90 days."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Dealt with")
        REFUSED = "refused", _("No error")

    article_number = models.BigIntegerField(_("story"), db_index=True)
    headline = models.CharField(_("headline"), max_length=220)
    text = models.TextField(_("what is wrong"), max_length=2000)
    contact = SealedTextField(_("how to answer"), default=b"")
    language = models.CharField(_("language"), max_length=12)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    at = models.DateTimeField(_("at"), default=timezone.now)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("reader's note")
        verbose_name_plural = _("readers' notes")
        ordering = ("-at", "-pk")
        default_permissions = ("view", "change")
        indexes: ClassVar = [models.Index(fields=["state", "-at", "-id"], name="reader_note_by_state")]

    def __str__(self) -> str:
        return self.headline
