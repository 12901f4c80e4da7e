"""The page behind an invitation's link: a password or a passkey, and one is at the desk."""

import json
from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.recovery_codes.internal.flows import auto_generate_recovery_codes
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal.flows import signup_authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.adapters import DeskMfaAdapter
from accounts.forms import InvitationForm
from accounts.models import Invitation
from accounts.problems import StaffProblem
from accounts.views.pages import page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is used, revoked, too old or made up gets one and the same answer."""
    if not ratelimit.consume(request, action="login"):
        return _gone(request)
    invitation = invitations.find(token)
    if invitation is None:
        return _gone(request)
    if request.user.is_authenticated:
        return page(request, "accounts/invitation_other.html", gettext("Welcome"), invitation=invitation)
    form = InvitationForm(invitation.user, request.POST or None)
    if form.is_valid():
        try:
            return _accept(request, invitation, form)
        except StaffProblem:
            return _gone(request)
        except ValidationError as error:
            form.add_error(None, error)
    options = webauthn.begin_registration(invitation.user, passwordless=True)
    return page(
        request,
        "accounts/invitation.html",
        gettext("Welcome"),
        form=form,
        invitation=invitation,
        passkey_options=json.dumps(options),
    )


def _accept(request: HttpRequest, invitation: Invitation, form: InvitationForm) -> HttpResponse:
    answer = form.cleaned_data["credential"]
    with transaction.atomic():
        credential = _credential(answer) if answer else None
        user = invitations.accept(invitation, password=None if answer else form.cleaned_data["new_password1"])
        if credential is not None:
            authenticator = signup_authenticator(
                request,
                user,
                DeskMfaAdapter().generate_authenticator_name(user, webauthn.Authenticator.Type.WEBAUTHN),
                credential,
            )
    if credential is None:
        record_authentication(request, user, method="password", email=user.email)
        return perform_login(request, Login(user=user, email=user.email))
    post_authentication(request, authenticator, passwordless=True)
    response = perform_login(request, Login(user=user, email=user.email))
    auto_generate_recovery_codes(request)
    return redirect("mfa_view_recovery_codes") if request.user.is_authenticated else response


def _credential(answer: str) -> dict[str, object]:
    try:
        credential = json.loads(answer)
        webauthn.parse_registration_response(credential)
        binding = webauthn.complete_registration(credential)
    except (ValueError, KeyError) as error:
        raise DeskMfaAdapter().validation_error("incorrect_code") from error
    if not binding.is_user_verified():
        raise DeskMfaAdapter().validation_error("incorrect_code")
    return cast("dict[str, object]", credential)


def _gone(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/invitation_gone.html", gettext("This link is no longer good"))
