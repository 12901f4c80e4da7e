from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from jobs.leases import Leased


class Letter(Leased):
    """A letter that the worker has yet to write and send; the row goes when it has.

    It holds no link and no token: the worker makes those when it writes. A password letter is queued for every address
    that is typed, so that neither the answer nor its time tells which addresses are on the staff.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password", _("a link for a new password")
        INVITATION = "invitation", _("an invitation")
        SECURITY = "security", _("a change to the account")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name=_("for whom"))
    address = models.EmailField(_("address typed"), max_length=254, blank=True)
    said = models.CharField(_("what is told"), max_length=200, blank=True)
    gave_up_at = models.DateTimeField(_("given up"), null=True)

    class Meta:
        verbose_name = _("letter to the staff")
        verbose_name_plural = _("letters to the staff")
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], condition=models.Q(gave_up_at=None), name="staff_letters_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.pk})"
