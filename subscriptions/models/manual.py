"""Letters that the desk writes: what is being written, until it is frozen as an `Edition`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscriptions.models.letters import Edition, Newsletter


class ManualLetter(models.Model):
    """A letter by the desk. Only `subscriptions.manual` changes one; `edition` is what became of it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Being written")
        WAITING = "waiting", _("Waits for approval")
        DECIDED = "decided", _("Goes out")
        DISCARDED = "discarded", _("Discarded")

    newsletter = models.ForeignKey(Newsletter, models.PROTECT, related_name="letters", verbose_name=_("newsletter"))
    language = models.CharField(_("language"), max_length=12)
    subject = models.CharField(_("subject"), max_length=160, blank=True)
    preheader = models.CharField(
        _("preheader"), max_length=160, blank=True, help_text=_("What mailboxes show beside the subject.")
    )
    # Plain text; a line is a paragraph, *bold*, _italic_, [words](https://…).
    intro = models.TextField(_("opening"), max_length=8000, blank=True)
    closing = models.TextField(_("closing note"), max_length=4000, blank=True)
    # Numbers of published stories, in order.
    stories = models.JSONField(_("stories"), default=list, blank=True)
    due_at = models.DateTimeField(_("goes out"), null=True, blank=True)
    span_minutes = models.PositiveSmallIntegerField(_("spread over, in minutes"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    edition = models.OneToOneField(Edition, models.SET_NULL, null=True, related_name="written")
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("letter by the desk")
        verbose_name_plural = _("letters by the desk")
        ordering = ("-created_at", "-pk")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(name="manual_letter_decided", condition=Q(state="decided") | Q(edition=None)),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("No subject yet"))
