from hashlib import blake2b
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Purge(models.Model):
    """Pages that a verb has made out of date, by their tags: written in its transaction, carried out after it.

    Every host carries each row out once and notes so for itself (`pagecache.generations`); rows go after two hours. A
    proxy in front is told at once, and again some seconds later, which is owed until `told_at` is set.
    """

    tags = models.JSONField(_("tags"))
    is_hard = models.BooleanField(_("at once"))
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    told_at = models.DateTimeField(_("proxy told"), null=True)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["id"], name="purge_not_told", condition=models.Q(told_at=None)),
        ]

    @property
    def number(self) -> int:
        """Eight bytes that tell the row from every other, also from one with its key before a backup was restored."""
        return int.from_bytes(blake2b(f"{self.pk} {self.at.timestamp()}".encode(), digest_size=8).digest())

    def __str__(self) -> str:
        return " ".join(self.tags)
