from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class Notice(models.Model):
    """Something that concerns one member of staff, kept untranslated and told in the reader's language."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("for whom"))
    text_id = models.CharField(_("text"), max_length=200)
    params = models.JSONField(_("what stands in it"), default=dict, blank=True)
    url = models.CharField(_("leads to"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True)
    mail_at = models.DateTimeField(_("due by mail"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-at", "-pk")
        default_permissions = ()
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notices_of_one"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notices_unread"),
            models.Index(fields=["mail_at"], condition=models.Q(mail_at__isnull=False), name="notices_to_mail"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The notice in the active language."""
        return gettext(self.text_id) % self.params
