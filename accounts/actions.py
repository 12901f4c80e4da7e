"""Verbs on members of staff."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from accounts import sessions
from accounts.models import User
from accounts.models.audit import record
from accounts.problems import StaffProblem
from accounts.roles import Role


@transaction.atomic
def save_staff(user: User, *, actor: User | None) -> User:
    """Saves a validated member of staff. Raises `StaffProblem` for what `refuse_to_lock_out` refuses."""
    refuse_to_lock_out(user.pk, role=user.role, is_active=user.is_active, actor=actor)
    is_new = user.pk is None
    user.save()
    if not (is_new or user.is_active):
        sessions.end(user)
    verb = gettext_noop("staff added") if is_new else gettext_noop("staff saved")
    record(actor=actor, verb=verb, thing=user, role=str(user.role), active=user.is_active)
    return user


@transaction.atomic
def sign_out_everywhere(user: User, *, actor: User | None) -> int:
    """Ends every session of a member of staff; how many there were."""
    ended = sessions.end(user)
    record(actor=actor, verb=gettext_noop("signed out everywhere"), thing=user, sessions=ended)
    return ended


def refuse_to_lock_out(number: int | None, *, role: str, is_active: bool, actor: User | None) -> None:
    """Raises `StaffProblem` if member of staff `number` (None: a new one) must not become this.

    Nobody switches off their own account, and one active chief editor always stays. Call it inside the transaction
    that will save: it holds the chiefs' rows until the end, so that two chiefs cannot demote each other.
    """
    if number is None:
        return
    if actor and actor.pk == number and not is_active:
        raise StaffProblem(gettext("You cannot switch off your own account. Ask another chief editor."))
    if role == Role.CHIEF and is_active:
        return
    chiefs = User.objects.select_for_update().filter(role=Role.CHIEF, is_active=True)
    if [chief.pk for chief in chiefs] == [number]:
        raise StaffProblem(gettext("This is the only chief editor. Make somebody else chief editor first."))
