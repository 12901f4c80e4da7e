"""Setting up a second factor: an authenticator app, passkeys, recovery codes. Django-allauth does the work."""

import json
from typing import Any, cast

from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn_views
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import second_factor
from accounts.adapters import DeskMfaAdapter
from accounts.confirming import recently_authenticated
from accounts.models import User
from accounts.views.pages import InTheDesk

# Each of these pages changes how somebody signs in, so each asks first who it is.
guarded: list[Any] = [never_cache, login_required, recently_authenticated()]


class Overview(InTheDesk, base.IndexView):
    """What the person has; and, if they owe one and have none, why they are here."""

    template_name = "accounts/two_factor.html"
    title = _("Second factor and passkeys")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast(User, self.request.user)
        owed = second_factor.is_missing(user)
        return {**super().get_context_data(**kwargs), "owed": owed, "required": second_factor.is_required(user)}


@method_decorator(guarded, name="dispatch")
class AddApp(InTheDesk, totp.ActivateTOTPView):
    template_name = "accounts/app_add.html"
    title = _("Add an authenticator app")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return {**context, "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}


@method_decorator(guarded, name="dispatch")
class RemoveApp(InTheDesk, totp.DeactivateTOTPView):
    template_name = "accounts/factor_remove.html"
    title = _("Remove the authenticator app")


@method_decorator(guarded, name="dispatch")
class AddPasskey(InTheDesk, webauthn_views.AddWebAuthnView):
    template_name = "accounts/passkey_add.html"
    title = _("Add a passkey")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        options = webauthn.begin_registration(authenticated_user(self.request), passwordless=True)
        return {**context, "form": kwargs.get("form") or self.get_form(), "passkey_options": json.dumps(options)}


@method_decorator(guarded, name="dispatch")
class RemovePasskey(InTheDesk, webauthn_views.RemoveWebAuthnView):
    template_name = "accounts/factor_remove.html"
    success_url = reverse_lazy("mfa_index")
    title = _("Remove this passkey")

    def form_valid(self, form: Any) -> HttpResponse:
        if not DeskMfaAdapter().can_delete_authenticator(cast(Authenticator, self.get_object())):
            messages.error(self.request, DeskMfaAdapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(str(self.success_url))
        return super().form_valid(form)


@method_decorator(guarded, name="dispatch")
class RecoveryCodes(InTheDesk, codes.ViewRecoveryCodesView):
    template_name = "accounts/recovery_codes.html"
    title = _("Recovery codes")


@method_decorator(guarded, name="dispatch")
class NewRecoveryCodes(InTheDesk, codes.GenerateRecoveryCodesView):
    template_name = "accounts/recovery_codes_new.html"
    title = _("New recovery codes")


@method_decorator(guarded, name="dispatch")
class DownloadRecoveryCodes(codes.DownloadRecoveryCodesView):
    template_name = "accounts/recovery_codes.txt"
