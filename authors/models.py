from django.conf import settings
from django.core.validators import RegexValidator, validate_unicode_slug
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

HANDLE = RegexValidator(r"^[A-Za-z0-9_.]{2,64}\Z", _("Only the name, without @ and without an address."))


class Author(models.Model):
    """A person with a byline, whether or not they can sign in."""

    name = models.CharField(_("name"), max_length=120, help_text=_("As printed in a byline."))
    slug = models.SlugField(
        _("slug"), max_length=120, unique=True, allow_unicode=True, validators=[validate_unicode_slug],
        help_text=_("The last part of the author's address. An old address leads on to the new one."),
    )  # fmt: skip
    role = models.CharField(
        _("role"), max_length=120, blank=True, help_text=_("For example: Correspondent in Port Vela.")
    )
    biography = models.TextField(_("biography"), blank=True, max_length=4000)
    portrait = models.FileField(_("portrait"), upload_to="pictures", blank=True)
    email = models.EmailField(_("public e-mail address"), blank=True)
    telegram = models.CharField("Telegram", max_length=64, blank=True, validators=[HANDLE])
    x = models.CharField("X", max_length=64, blank=True, validators=[HANDLE])
    website = models.URLField(_("website"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="author",
        verbose_name=_("signs in as"),
        help_text=_("Leave empty for somebody who does not use the desk."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:author", args=[self.slug])

    @property
    def portrait_url(self) -> str:
        """Site-relative address of the portrait, "" when there is none."""
        return reverse("images:picture", args=[self.portrait.name.rpartition("/")[2]]) if self.portrait else ""
