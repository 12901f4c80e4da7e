"""The second factor: who must have one, who has, and the cure for whoever lost theirs."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts import letters, sessions
from accounts.models import User
from accounts.models.audit import record

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_required(user: User) -> bool:
    """The setting ``STAFF_MUST_ENROL`` is on, and ``TWO_FACTOR_ROLES`` names the role or nothing."""
    roles = settings.TWO_FACTOR_ROLES
    return bool(settings.STAFF_MUST_ENROL) and (not roles or user.role in roles)


def has_one(user: User) -> bool:
    """An authenticator app or a passkey. Recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=KINDS).exists()


def is_missing(user: User) -> bool:
    """The person must enrol before the desk opens. Costs no query while the setting is off."""
    return is_required(user) and not has_one(user)


@transaction.atomic
def reset(user: User, *, actor: User | None) -> int:
    """Takes away apps, passkeys and recovery codes, signs the person out and writes to them; how many were taken away.

    They sign in with the password alone then, and enrol anew.
    """
    gone = Authenticator.objects.filter(user=user).delete()[0]
    record(actor=actor, verb=gettext_noop("second factor reset"), thing=user, taken_away=gone)
    letters.queue_security(
        user,
        gettext_noop("Your second factor was taken away at your newsroom, so that you can set up a new one."),
    )
    sessions.end(user)
    return gone
