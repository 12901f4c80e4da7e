"""Somebody is invited to the staff: a link by mail, good once and for seven days, then a password or a passkey."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models import Invitation, Letter, User
from accounts.models.audit import record
from accounts.problems import StaffProblem


@transaction.atomic
def invite(user: User, *, actor: User | None) -> Invitation:
    """Invites a member of staff who was just added, or anew; every earlier link is dead. The worker sends the letter.

    Raises `StaffProblem` when the person accepted long ago, or is switched off.
    """
    if not user.is_active:
        raise StaffProblem(gettext("This account is switched off. Switch it on first."))
    fresh = {"invited_by": actor, "digest": "", "sent_at": timezone.now(), "revoked_at": None}
    invitation, is_new = Invitation.objects.get_or_create(user=user, defaults=fresh)
    if not is_new and not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(**fresh):
        raise StaffProblem(gettext("This person has accepted already."))
    Letter.objects.create(kind=Letter.Kind.INVITATION, user=user)
    record(actor=actor, verb=gettext_noop("invited"), thing=user)
    return invitation


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User | None) -> None:
    """The link is dead and the account switched off. Raises `StaffProblem` when the person was quicker."""
    pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not pending.update(revoked_at=timezone.now(), digest=""):
        raise StaffProblem(gettext("This invitation is no longer open."))
    User.objects.filter(pk=invitation.user_id).update(is_active=False)
    record(actor=actor, verb=gettext_noop("invitation revoked"), thing=invitation.user)


def fresh_token(user: User) -> str | None:
    """A new token for the link of the person's open invitation, known to the caller alone; None if none is open."""
    token = secrets.token_urlsafe(32)
    pending = Invitation.objects.filter(user=user, accepted_at=None, revoked_at=None)
    return token if pending.update(digest=_digest(token)) else None


def find(token: str) -> Invitation | None:
    """The invitation that this link accepts; None if it is made up, used, revoked or too old."""
    found = Invitation.objects.filter(digest=_digest(token), user__is_active=True).select_related("user").first()
    return found if found and found.is_valid else None


@transaction.atomic
def accept(invitation: Invitation, *, password: str | None) -> User:
    """Uses the link up, sets the password (None: a passkey takes its place) and returns the member of staff.

    Raises `StaffProblem` when the link was used or revoked in between.
    """
    still = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest, accepted_at=None, revoked_at=None)
    if not still.update(accepted_at=timezone.now(), digest=""):
        raise StaffProblem(gettext("This invitation has been used, was taken back or is too old."))
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    record(actor=user, verb=gettext_noop("invitation accepted"), thing=user)
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
