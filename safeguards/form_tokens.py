"""Tokens for forms that strangers send without a cookie: who holds one has loaded the form, and when is known.

A token is signed, not secret, and says nothing of the person. That it is used only once is for the caller to hold, by a
unique constraint on its nonce; the nonce may also serve as a puzzle for a proof of work.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils import timezone

from safeguards.problems import TokenForged, TokenMissing, TokenTooFast, TokenTooOld

SALT = "safeguards.form_tokens"


@dataclass(frozen=True)
class FormToken:
    """``nonce``: 32 hexadecimal digits, 128 random bits. ``issued_at``: to the millisecond, UTC."""

    nonce: str
    issued_at: datetime


def issue(form: str) -> str:
    """A token for one loading of the form of this name; about 120 characters, fit for a hidden field."""
    now = int(timezone.now().timestamp() * 1000)
    return signing.Signer(salt=SALT).sign_object([form, secrets.token_hex(16), now])


def read(token: str, *, form: str, at_least: timedelta, at_most: timedelta) -> FormToken:
    """What `issue` made for this form, if it is now between `at_least` and `at_most` old.

    Raises `TokenMissing`, `TokenForged` (also: made for another form), `TokenTooFast` or `TokenTooOld`.
    """
    if not token:
        raise TokenMissing
    try:
        issued_for, nonce, milliseconds = signing.Signer(salt=SALT).unsign_object(token)
    except signing.BadSignature:
        raise TokenForged from None
    if issued_for != form:
        raise TokenForged
    issued_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    age = timezone.now() - issued_at
    if age < at_least:
        raise TokenTooFast
    if age > at_most:
        raise TokenTooOld
    return FormToken(nonce, issued_at)
