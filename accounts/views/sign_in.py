"""Signing in and out: e-mail address and password, then the second factor of whoever has one; or a passkey alone."""

import json
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.webauthn import views as webauthn_views
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.views import LogoutView
from django.utils.translation import gettext_lazy as _

from accounts.forms import SignInForm
from accounts.views.pages import InTheDesk


class SignIn(InTheDesk, account_views.LoginView):
    """On to ``next`` if it is an address of this site, else to the desk."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    title = _("Sign in")


class SecondFactor(InTheDesk, mfa_views.AuthenticateView):
    """After the password: a code of the app, a recovery code, or a passkey."""

    template_name = "accounts/second_factor.html"
    title = _("One more step")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        options = webauthn.begin_authentication(user) if webauthn.get_credentials(user) else None
        return {**context, "passkey_options": json.dumps(options) if options else "", "form": self.auth_form}


class PasskeySignIn(webauthn_views.LoginWebAuthnView):
    """A script fetches the challenge by GET (JSON) and posts what the passkey answered."""


class SignOut(LogoutView):
    """By POST only; then to the sign-in page."""
