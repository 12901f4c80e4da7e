"""What WebSub hubs are still to be told."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from jobs.leases import Leased


class HubNotice(Leased):
    """One feed and one hub. While `told` is behind `changes`, the hub is owed a word; so a flood is one notice.

    The row stays when the hub has been told: it is what a change that comes at that moment counts up.
    """

    hub = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)  # of the feed, on this site
    changes = models.PositiveBigIntegerField(default=0)
    told = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["hub", "path"], name="hub_notice_once")]
        indexes: ClassVar = [
            models.Index(fields=["hub", "due_at"], name="hub_notice_owed", condition=Q(told__lt=F("changes"))),
        ]

    def __str__(self) -> str:
        return f"{self.hub}: {self.path}"
