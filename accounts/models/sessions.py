from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class StaffSession(models.Model):
    """One device that a member of staff is signed in with. Neither its network address nor its place is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions", verbose_name=_("who"))
    session_key = models.CharField(_("session"), max_length=40, unique=True)
    device = models.CharField(_("device"), max_length=80)
    began_at = models.DateTimeField(_("signed in"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-seen_at", "-pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.device
