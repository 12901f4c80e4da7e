"""What tests of accounts do again and again: let the worker send, sign in, make codes."""

import re
import threading

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import letters, sessions
from accounts.models import Letter, Notice, User
from tests import make


def send_letters() -> list[mail.EmailMessage]:
    """What the worker sends now, be it due or not."""
    before = len(mail.outbox)
    Letter.objects.update(due_at=timezone.now())
    Notice.objects.filter(mail_at__isnull=False).update(mail_at=timezone.now())
    letters.turn("tests", threading.Event())
    return mail.outbox[before:]


def link_in(letter: mail.EmailMessage, settings: object) -> str:
    """The path of the first link of ours in a letter."""
    return re.search(rf"{re.escape(settings.SITE_URL)}(/accounts/(?:password|invitation)/\S+)", letter.body)[1]


def sign_in(client: Client, email: str, password: str = make.PASSWORD, **more: str):
    return client.post(reverse("accounts:sign_in"), {"login": email, "password": password, **more})


def add_app(user: User) -> str:
    """Gives somebody an authenticator app; its key."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps))


def recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def factors(user: User) -> set[str]:
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def long_ago(client: Client) -> None:
    """The person signed in an hour ago, and has confirmed nothing since."""
    session = client.session
    session[sessions.BEGAN] -= 3600
    session.save()


def choose_password(client: Client, user: User, password: str, settings: object) -> None:
    """Through the letter for a forgotten password."""
    client.post(reverse("accounts:password_reset"), {"email": user.email})
    form = client.get(link_in(send_letters()[0], settings), follow=True)
    client.post(form.request["PATH_INFO"], {"new_password1": password, "new_password2": password})
