"""Translating a story: a draft begun from its original, and word that one is in line with the original again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from accounts.models.audit import record
from articles import actions, snapshots
from articles.actions import take_hold
from articles.models.desk import Article
from articles.models.site import SiteSettings
from articles.problems import NotReady
from articles.verbs import VERBS

if TYPE_CHECKING:
    from accounts.models import User

IN_LINE = "in line with the original"


@transaction.atomic
def begin(number: int, *, language: str, actor: User | None) -> Article:
    """A draft in `language` with all that the story's original has now but its slug, linked to it.

    Raises `NotReady` when the paper has no such edition, or the group a version in that language already.
    """
    if language not in SiteSettings.load().languages:
        raise NotReady({"language": [gettext("The paper does not appear in this language.")]})
    root = Article.objects.values_list("original", flat=True).get(pk=number) or number
    original = take_hold(root, verb="translate", actor=actor)
    content = {**snapshots.take(original), "language": language, "slug": "", "original": root}
    draft = actions.create(actor=actor)
    actions.save(draft.pk, actor=actor, content=content)
    record(actor=actor, verb=VERBS["translate"].audit, thing=original, story=draft.pk, language=language)
    draft.refresh_from_db()
    return draft


@transaction.atomic
def mark_in_line(number: int, *, revision: int, actor: User | None) -> Article:
    """Whoever writes the translation has seen the original's `revision`, and nothing is left to translate of it."""
    story = take_hold(number, verb="save", actor=actor)
    if story.original and (story.original_revision or 0) < revision <= story.original.latest_revision:
        story.original_revision = revision
        story.save(update_fields=["original_revision"])
        record(actor=actor, verb=IN_LINE, thing=story, original=story.original_id, seen=revision)
    return story
