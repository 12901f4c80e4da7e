"""How django-allauth is fitted to the newsroom: closed to sign-ups, in our words, addresses never kept."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts import confirming, letters, second_factor
from accounts.models import User
from accounts.models.audit import record
from safeguards import limits, sealing
from safeguards.problems import Unsealable

log = logging.getLogger(__name__)

# What allauth tells of: its letter -> the audit row's verb, and what the person is told on the page and by mail.
CHANGES = {
    "totp_activated": (gettext_noop("authenticator app added"), gettext_noop("An authenticator app was added.")),
    "totp_deactivated": (gettext_noop("authenticator app removed"), gettext_noop("The authenticator app was removed.")),
    "webauthn_added": (gettext_noop("passkey added"), gettext_noop("A passkey was added.")),
    "webauthn_removed": (gettext_noop("passkey removed"), gettext_noop("A passkey was removed.")),
    "recovery_codes_generated": (
        gettext_noop("recovery codes made"),
        gettext_noop("New recovery codes were made; older ones are void."),
    ),
}
SEALED_FOR = "mfa.authenticator.data"


class DeskAccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail address and this password do not go together."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait a quarter of an hour, or ask for a new password by mail."
        ),
        "incorrect_code": _("This code is not right, or was used before."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Not the address but the hash of its neighbourhood, under today's key: all that may reach the database."""
        return limits.bucket("sign-in", limits.client_address(request))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not confirming.is_recent(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """None of allauth's pages: `accounts.confirming` asks in the place where the question arises."""
        return []

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index")

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """As for a wrong passkey: nobody learns which accounts were switched off."""
        clear_login(request)
        messages.error(request, self.error_messages["incorrect_code"])
        return redirect("account_login")

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        return redirect(kwargs.get("redirect_url") or self.get_login_redirect_url(request))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Allauth's news in our words; what we have none for goes without saying."""
        name = (message_template or "").rpartition("/")[2].removesuffix(".txt")
        if name in CHANGES:
            messages.add_message(request, messages.SUCCESS, gettext(CHANGES[name][1]))
        elif kwargs.get("message"):
            messages.add_message(request, level, kwargs["message"])

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """Every change of a second factor has its audit row and its letter."""
        verb, said = CHANGES[template_prefix.rpartition("/")[2]]
        record(actor=user, verb=verb, thing=user)
        letters.queue_security(cast(User, user), said)


class DeskMfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or was used before."),
        "cannot_delete_authenticator": _("Your newsroom asks for a second factor. Add another before you remove this."),
    }

    def encrypt(self, text: str) -> str:
        return b64encode(sealing.seal(text.encode(), context=SEALED_FOR)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ``ValidationError`` when the newsroom's keys are lost: no code is right then, and none is guessed."""
        try:
            return sealing.unseal(b64decode(encrypted_text), context=SEALED_FOR).decode()
        except Unsealable as error:
            log.error("the key of a second factor cannot be opened")
            raise self.validation_error("incorrect_code") from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of somebody who must have one."""
        user = cast(User, authenticator.user)
        others = Authenticator.objects.filter(user=user, type__in=second_factor.KINDS).exclude(pk=authenticator.pk)
        return not second_factor.is_required(user) or others.exists()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)d") % {"number": number}
