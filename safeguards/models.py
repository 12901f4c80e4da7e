from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """How often something was done from one neighbourhood of the network within one window of time.

    ``bucket`` is a hash under a key that is not in the database and is gone the next day: no address comes out of it.
    ``window`` says when the window is over; the row goes then.
    """

    bucket = models.CharField(_("bucket"), max_length=64)
    window = models.DateTimeField(_("window"), db_index=True)
    count = models.PositiveIntegerField(_("count"), default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=("bucket", "window"), name="one_tally_a_window")]

    def __str__(self) -> str:
        return f"{self.window:%Y-%m-%d %H:%M}: {self.count}"
