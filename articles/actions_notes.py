"""The desk's verbs on readers' notes. Each is atomic and conditional: the second of two people changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from articles.models.reader_notes import ReaderNote
from articles.problems import NotAllowed

if TYPE_CHECKING:
    from accounts.models import User

State = ReaderNote.State
_MEANT = {
    State.DONE: gettext_noop("reader’s note dealt with"),
    State.REFUSED: gettext_noop("reader’s note: no error"),
    State.OPEN: gettext_noop("reader’s note opened again"),
}
COUNTED = 100


@transaction.atomic
def settle(number: int, *, actor: User, state: str) -> bool:
    """Says what became of a note (`ReaderNote.State`); False when it is that already."""
    if not actor.has_perm("articles.change_readernote"):
        raise NotAllowed
    is_open = state == State.OPEN
    changed = (
        ReaderNote.objects.filter(pk=number)
        .exclude(state=state)
        .update(state=state, handled_at=None if is_open else timezone.now(), handled_by=None if is_open else actor)
    )
    if changed:
        record(actor=actor, verb=_MEANT[State(state)], thing=ReaderNote.objects.get(pk=number))
    return bool(changed)


@transaction.atomic
def open_contact(number: int, *, actor: User) -> str:
    """How the reader may be answered, "" when she did not say. Each look is recorded."""
    if not actor.has_perm("articles.view_note_contact"):
        raise NotAllowed
    note = ReaderNote.objects.get(pk=number)
    if not note.contact:
        return ""
    record(actor=actor, verb=gettext_noop("looked how to answer a reader"), thing=note)
    return note.contact.open()


def waiting_on(number: int) -> int:
    """How many notes on that story nobody has dealt with yet, counted to a hundred at most."""
    return ReaderNote.objects.filter(article_number=number, state=State.OPEN)[:COUNTED].count()


def waiting(user: User) -> int:
    """How many notes nobody has dealt with yet, counted to a hundred at most; 0 for whoever may not see them."""
    if not user.has_perm("articles.view_readernote"):
        return 0
    return ReaderNote.objects.filter(state=State.OPEN)[:COUNTED].count()
