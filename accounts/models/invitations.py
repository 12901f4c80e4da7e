from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User

VALID = timedelta(days=7)


class Invitation(models.Model):
    """Somebody who was added to the staff and has not been here yet. What their link says is kept as a hash alone."""

    user = models.OneToOneField(User, models.CASCADE, related_name="invitation", verbose_name=_("for whom"))
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by"))
    digest = models.CharField(_("hash of the link"), max_length=64, blank=True, db_index=True)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_accepted_or_revoked"
            )
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def valid_until(self) -> datetime:
        return self.sent_at + VALID

    @property
    def is_pending(self) -> bool:
        """Neither accepted nor revoked; its link may be too old all the same."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def is_valid(self) -> bool:
        return self.is_pending and timezone.now() < self.valid_until
