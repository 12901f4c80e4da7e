from collections import defaultdict
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.forms import SetPasswordForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions
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


class SignInForm(LoginForm):
    """Allauth's, with the field named as password managers have known it here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["login"]
        field.label = _("E-mail address")
        field.widget = forms.EmailInput(
            attrs={"autofocus": True, "autocomplete": "username webauthn", "autocapitalize": "none"}
        )
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})


_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none", "spellcheck": "false"}


class CodeForm(AuthenticateForm):
    """A code of the authenticator app, or a recovery code. Each is good once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget = forms.TextInput(attrs={**_CODE, "autofocus": True})

    def clean_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            # Allauth forgets a used code after one period; with a minute of tolerance it would be good again.
            mark = f"accounts.code.{self.user.pk}.{normalize_user_code(code)}"
            if not cache.add(mark, True, timeout=4 * settings.MFA_TOTP_PERIOD):
                raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class AppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code that the app shows")
        self.fields["code"].widget = forms.TextInput(attrs=_CODE)


class PasskeyForm(AddWebAuthnForm):
    """Always one that signs in by itself: the device asks for a finger, a face or a PIN."""

    passwordless = forms.BooleanField(initial=True, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Name of this passkey"),
            required=False,
            max_length=80,
            help_text=_("So that you know it again, such as “My phone”."),
        )
        self.order_fields(["name"])


class InvitationForm(SetPasswordForm):
    """A password twice, or the answer of a passkey in its place."""

    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("credential"):
            self.fields["new_password1"].required = self.fields["new_password2"].required = False

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("credential"):
            return self.cleaned_data
        return super().clean() or self.cleaned_data


class PasswordLinkForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class MySettingsForm(forms.ModelForm):
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("The desk shows times in it."))

    class Meta:
        model = User
        fields = ("display_name", "language", "time_zone", "notices_by_mail")


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
        label=_("Send a link by mail"),
        required=False,
        help_text=_("With it the person chooses a password or a passkey."),
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
