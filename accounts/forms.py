from collections import defaultdict
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.brake import Brake
from accounts.models import User

_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def time_zone_choices() -> list[tuple[str, Any]]:
    """UTC, then every IANA zone grouped by its part of the world, for a select."""
    areas: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(available_timezones() - {"UTC"}):
        area, _slash, place = zone.partition("/")
        if area in _AREAS:
            areas[area].append((zone, place.replace("_", " ").replace("/", ", ")))
        else:
            areas[gettext("Other")].append((zone, zone))
    return [("UTC", "UTC"), *areas.items()]


def https_first(field: "models.Field[Any, Any]", **kwargs: Any) -> forms.Field | None:
    """A model form's ``formfield_callback``: an address typed without a scheme is taken to be https."""
    if isinstance(field, models.URLField):
        kwargs["assume_scheme"] = "https"
    return field.formfield(**kwargs)


class TimeZoneField(forms.ChoiceField):
    """A select of time zones; typing the first letters of a city finds it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=time_zone_choices, **kwargs)


class SignInForm(AuthenticationForm):
    username = forms.EmailField(
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"})
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("This e-mail address and this password do not go together."),
    }

    def clean(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        brake = Brake(self.cleaned_data.get("username", ""), address)
        if brake.holds():
            raise ValidationError(
                gettext("Too many attempts. Wait a quarter of an hour, or ask for a new password by mail.")
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            brake.failed()
            raise
        brake.release()
        return cleaned


class PasswordLinkForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def find(self) -> User | None:
        """The active member of staff with the address given."""
        return User.objects.filter(email=User.objects.normalise(self.cleaned_data["email"]), is_active=True).first()


class MySettingsForm(forms.ModelForm):
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("The desk shows times in it."))

    class Meta:
        model = User
        fields = ("display_name", "language", "time_zone")


class StaffForm(forms.ModelForm):
    """A member of staff in the hands of a chief editor. `editor` is set by the admin: whoever fills it in."""

    editor: User
    time_zone = TimeZoneField(label=_("Time zone"), initial="UTC", help_text=_("The desk shows times in it."))
    new_password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    send_link = forms.BooleanField(
        label=_("Send a link by mail"), required=False, help_text=_("With it the person chooses a password.")
    )

    class Meta:
        model = User
        fields = ("email", "display_name", "role", "language", "time_zone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        self.fields["display_name"].required = True
        self.fields["send_link"].initial = is_new
        self.fields["new_password"].help_text = (
            gettext("At least twelve characters. Leave it empty if the person shall choose it by the link.")
            if is_new
            else gettext("Leave it empty to keep the one there is.")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"role", "is_active"} <= cleaned.keys():
            try:
                actions.refuse_to_lock_out(
                    self.instance.pk, role=cleaned["role"], is_active=cleaned["is_active"], actor=self.editor
                )
            except actions.StaffProblem as problem:
                raise ValidationError(str(problem)) from problem
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        password = self.cleaned_data.get("new_password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("new_password", error)
