"""Letters to the staff: queued by whoever has something to tell, written and sent by the worker."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, gettext_noop, override

from accounts import invitations, notices
from accounts.models import Letter, User
from accounts.roles import roles_with
from jobs import leases

log = logging.getLogger(__name__)
BATCH = 20
LEASE = timedelta(minutes=2)
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))


def queue_password_link(address: str) -> None:
    """A link for a new password, if the address is on the staff. The worker looks, so the answer takes no longer."""
    Letter.objects.create(kind=Letter.Kind.PASSWORD, address=User.objects.normalise(address))


def queue_security(user: User, said: str) -> None:
    """Tells somebody of a change to their account; `said` is a msgid, translated into their language."""
    Letter.objects.create(kind=Letter.Kind.SECURITY, user=user, said=said)


def turn(worker: str, stop: threading.Event) -> int:
    """The worker's: sends what is due, then the mails of notices; how many letters were dealt with."""
    waiting = Letter.objects.filter(gave_up_at=None)
    letters = leases.claim(waiting, worker=worker, limit=BATCH, lease=LEASE)
    for letter in letters:
        if stop.is_set():
            break
        try:
            send(letter)
        except notices.MAIL_TROUBLE:
            log.exception("letter %s to the staff could not be sent", letter.pk)
            _put_off(letter, worker)
        else:
            Letter.objects.filter(pk=letter.pk).delete()
    return len(letters) + notices.send_due()


def send(letter: Letter) -> None:
    """Writes the letter anew, in the person's language, and sends it; nothing if it has lost its sense meanwhile.

    Raises what the mail server's way raises.
    """
    user = letter.user or User.objects.filter(email=letter.address).first()
    if user is None or not user.is_active:
        return
    with override(user.language):
        written = _write(letter, user)
    if written:
        send_mail(*written, None, [user.email])


def _write(letter: Letter, user: User) -> tuple[str, str] | None:
    """Subject and text, in the active language."""
    words: dict[str, object] = {"user": user, "sign_in": settings.SITE_URL + reverse("accounts:sign_in")}
    if letter.kind == Letter.Kind.SECURITY:
        said = gettext(letter.said)
        return gettext("Your account at the desk"), render_to_string(
            "accounts/mail/security.txt", {**words, "said": said}
        )
    if letter.kind == Letter.Kind.INVITATION:
        token = invitations.fresh_token(user)
        if token is None:
            return None
        words["link"] = settings.SITE_URL + reverse("accounts:invitation", args=[token])
        words["invitation"] = user.invitation
        return gettext("Your account at the desk"), render_to_string("accounts/mail/invitation.txt", words)
    token = default_token_generator.make_token(user)
    number = urlsafe_base64_encode(force_bytes(user.pk))
    words["link"] = settings.SITE_URL + reverse("accounts:password_reset_confirm", args=[number, token])
    words["days"] = settings.PASSWORD_RESET_TIMEOUT // (24 * 3600)
    return gettext("A new password for the desk"), render_to_string("accounts/mail/password_link.txt", words)


def _put_off(letter: Letter, worker: str) -> None:
    again = leases.again_at(letter.attempts, AGAIN)
    if again:
        leases.finish(letter, worker=worker, due_at=again)
        return
    leases.finish(letter, worker=worker, gave_up_at=timezone.now())
    chiefs = User.objects.filter(role__in=roles_with("accounts.change_user"), is_active=True)
    email = letter.user.email if letter.user else letter.address
    notices.tell(chiefs, gettext_noop("A letter to %(email)s could not be sent."), "", email=email)


def forget_old() -> int:
    """For the worker, daily: letters given up a month ago; how many went."""
    old = timezone.now() - timedelta(days=30)
    return Letter.objects.filter(gave_up_at__lt=old).delete()[0]
