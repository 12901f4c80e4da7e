"""Front pages as editors arrange them. Readers get `articles.models.pressed`, written when a front is launched."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.places import Section


class Front(models.Model):
    """The front page of an edition, or of one of its sections: the draft that is being arranged, and what is live.

    Both are lists of containers as `articles.fronts` describes them. Without such a row the page fills by itself.
    """

    # None: the edition's own front page.
    section = models.ForeignKey(
        Section, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("section")
    )
    language = models.CharField(_("language"), max_length=12)
    draft = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=0)  # of the draft: two people at once are told
    live = models.JSONField(default=list)
    launched_number = models.PositiveIntegerField(default=0)  # 0: never launched, the page fills by itself
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["section", "language"], name="front_once_a_section", condition=models.Q(section__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["language"], name="front_once_an_edition", condition=models.Q(section=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section or _('Front page')} ({self.language})"


class FrontLaunch(models.Model):
    """What a front looked like when it was launched: for the history, and to go back to. Never changed."""

    front = models.ForeignKey(Front, models.CASCADE, related_name="launches")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))

    class Meta:
        default_permissions = ()
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["front", "number"], name="front_launch_once")]

    def __str__(self) -> str:
        return f"{self.front_id}/{self.number}"
