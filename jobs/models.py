from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Chore(models.Model):
    """One thing that the worker does again and again: when it last went well, when it is due, who is at it.

    The row is the truth that any number of workers share. A worker that dies leaves a lease that runs out.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now, db_index=True)
    lease_by = models.CharField(_("being done by"), max_length=80, blank=True)
    lease_until = models.DateTimeField(_("until at most"), null=True, blank=True)
    started_at = models.DateTimeField(_("last started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("last went well"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("chore")
        verbose_name_plural = _("chores")
        ordering = ("name",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def is_late(self, *, grace: timedelta = timedelta(minutes=2)) -> bool:
        """Due for longer than `grace`, and nobody holds a lease on it."""
        now = timezone.now()
        return self.due_at < now - grace and (self.lease_until is None or self.lease_until < now)
