from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class AuditRow(models.Model):
    """Who did what to which thing, and when. Written in the verb's own transaction, never changed, never deleted."""

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    verb = models.CharField(_("did what"), max_length=40, db_index=True)
    thing = models.CharField(_("kind of thing"), max_length=60)
    thing_number = models.CharField(_("its number"), max_length=40)
    label = models.CharField(_("to what"), max_length=300)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit")
        ordering = ("-at", "-pk")
        default_permissions = ()
        indexes = [models.Index(fields=["thing", "thing_number", "-at"], name="audit_by_thing")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.label}"

    @property
    def said(self) -> str:
        """The verb in the reader's language."""
        return gettext(self.verb)


def record(*, actor: Any, verb: str, thing: models.Model, **detail: Any) -> AuditRow:
    """Writes one audit row inside the caller's transaction. `actor` is None for the system itself.

    `detail` must be JSON; it must hold nothing that a person would want forgotten.
    """
    return AuditRow.objects.create(
        actor=actor,
        verb=verb,
        thing=thing._meta.label_lower,
        thing_number=str(thing.pk),
        label=str(thing)[:300],
        detail=detail,
    )
