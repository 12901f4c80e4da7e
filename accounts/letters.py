"""Letters to the staff."""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, override

from accounts.models import User

log = logging.getLogger(__name__)


def send_password_link(user: User, *, is_invitation: bool = False) -> bool:
    """Sends a link under which the person can choose a password, in their language; False when it could not be sent.

    The link works once, for `settings.PASSWORD_RESET_TIMEOUT`. Call it outside of any transaction.
    """
    path = reverse(
        "accounts:password_reset_confirm",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )
    with override(user.language):
        subject = gettext("Your account at the desk") if is_invitation else gettext("A new password for the desk")
        text = render_to_string(
            "accounts/mail/password_link.txt",
            {
                "user": user,
                "is_invitation": is_invitation,
                "link": settings.SITE_URL + path,
                "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
                "sign_in": settings.SITE_URL + reverse("accounts:sign_in"),
            },
        )
    try:
        send_mail(subject, text, None, [user.email])
    except (OSError, smtplib.SMTPException):
        log.exception("no password link could be sent to member of staff %s", user.pk)
        return False
    return True
