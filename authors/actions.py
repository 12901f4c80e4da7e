"""Verbs on authors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from authors.models import Author
from authors.signals import author_moved, author_saved

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def save_author(author: Author, *, actor: User | None) -> Author:
    """Saves a validated author; the old address leads on, and a portrait that was replaced or taken out is deleted."""
    before = Author.objects.filter(pk=author.pk).first()
    author.save()
    if before and before.slug != author.slug:
        author_moved.send(Author, author=author, old_path=before.get_absolute_url(), new_path=author.get_absolute_url())
    author_saved.send(Author, author=author, former_name=before.name if before else author.name)
    if before and before.portrait and before.portrait.name != author.portrait.name:
        transaction.on_commit(partial(before.portrait.storage.delete, before.portrait.name), robust=True)
    record(actor=actor, verb=gettext_noop("author saved"), thing=author)
    return author
