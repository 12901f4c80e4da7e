from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


def known_time_zone(value: str) -> None:
    """Raises ``ValidationError`` for anything but an IANA time zone name ("Africa/Lagos")."""
    if value not in available_timezones():
        raise ValidationError(
            gettext("“%(zone)s” is not a time zone. Write it like Europe/Lisbon or Africa/Lagos."),
            params={"zone": value},
        )


class ByMail(models.TextChoices):
    NONE = "none", _("None: I look in the desk")
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day, in the morning")


class UserManager(BaseUserManager["User"]):
    def normalise(self, email: str) -> str:
        """An address as it is kept and compared: trimmed, lower case."""
        return email.strip().lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new member of staff; without a password the account cannot sign in until one is set."""
        user = self.model(email=self.normalise(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A chief editor: the role that may do everything (for `createsuperuser` and its kin)."""
        return self.create_user(email, password, **{"role": Role.CHIEF, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalise(username or ""))


class User(AbstractBaseUser):
    """A member of staff. Signs in by e-mail address; may do what the role's row of `accounts.roles` says."""

    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("Somebody on the staff has this address.")}
    )
    display_name = models.CharField(_("display name"), max_length=120, help_text=_("As colleagues see it."))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.CONTRIBUTOR)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[known_time_zone],
        help_text=_("The desk shows times in it."),
    )
    language = models.CharField(
        _("language of the desk"), max_length=12, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    notices_by_mail = models.CharField(_("notices by mail"), max_length=10, choices=ByMail, default=ByMail.AT_ONCE)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting: what the person did stays on record.")
    )
    date_joined = models.DateTimeField(_("on the staff since"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        ordering = ("display_name", "pk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.display_name or self.email

    def clean(self) -> None:
        self.email = type(self).objects.normalise(self.email)

    @property
    def is_staff(self) -> bool:
        """Everybody on the staff may enter the admin; what is in it depends on the role."""
        return self.is_active

    @property
    def is_superuser(self) -> bool:
        """Nobody stands above the table of roles."""
        return False

    def get_all_permissions(self, obj: models.Model | None = None) -> set[str]:
        """Permissions (``"app.verb_thing"``) from every authentication backend."""
        return {permission for backend in get_backends() for permission in backend.get_all_permissions(self, obj)}

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return perm in self.get_all_permissions(obj)

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(permission.startswith(f"{app_label}.") for permission in self.get_all_permissions())

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name.split(" ")[0]
