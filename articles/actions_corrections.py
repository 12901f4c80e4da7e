"""The verbs on corrections. As in `articles.actions`, each is one transaction, and readers see it with the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles import actions, publication, signals
from articles.kinds import NoteKind
from articles.models.corrections import Correction
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.problems import DeskProblem, NotReady
from articles.verbs import VERBS

if TYPE_CHECKING:
    from accounts.models import User

LONGEST = 2000
SECOND_CLICK = timedelta(minutes=1)


@transaction.atomic
def add(
    number: int,
    *,
    actor: User | None,
    kind: str,
    text: str,
    is_above: bool = False,
    with_changes: bool = False,
    expected_version: int | None = None,
    override: str = "",
) -> Correction:
    """Puts a note of `kind` (`NoteKind`) on a live story, and with `with_changes` the working copy's changes too.

    The same words by the same person within a minute are a second click: the first one's note is given back.
    Raises `NotReady` without a text, and with `with_changes` whatever `actions.update` raises.
    """
    text = _text(text)
    article = actions.take_hold(number, verb="correct", actor=actor, expected_version=expected_version)
    just_now = article.corrections.filter(
        kind=kind, text=text, created_by=actor, removed_at=None, at__gte=timezone.now() - SECOND_CLICK
    ).first()
    if just_now:
        return just_now
    if with_changes and article.has_unpublished_changes:
        actions.update(number, actor=actor, expected_version=expected_version, override=override)
    made = Correction.objects.create(
        article=article, kind=NoteKind(kind), text=text, is_above=is_above, created_by=actor
    )
    record(actor=actor, verb=VERBS["correct"].audit, thing=article, kind=kind, correction=made.pk)
    _show(article, actor)
    return made


@transaction.atomic
def change(
    correction: int, *, actor: User | None, kind: str, text: str, is_above: bool, expected_text: str | None = None
) -> Correction:
    """Writes a note anew; the day it was first printed stays. `expected_text` is what the page showed.

    Raises `NotReady` without a text, `DeskProblem` when somebody has changed or removed the note meanwhile.
    """
    text = _text(text)
    made = _held(correction, actor)
    if made.removed_at or (expected_text is not None and made.text not in {expected_text, text}):
        raise DeskProblem(gettext("Somebody else has changed or removed this note meanwhile. Load the page again."))
    if (made.kind, made.text, made.is_above) == (kind, text, is_above):
        return made
    record(
        actor=actor, verb=gettext_noop("correction changed"), thing=made.article, correction=made.pk, before=made.text
    )
    made.kind, made.text, made.is_above = NoteKind(kind), text, is_above
    made.save(update_fields=["kind", "text", "is_above"])
    _show(made.article, actor)
    return made


@transaction.atomic
def remove(correction: int, *, actor: User | None, reason: str) -> Correction:
    """Takes a note off the story and off ``/corrections/``; the desk keeps it. Raises `NotReady` without a reason."""
    if not reason.strip():
        raise NotReady({"reason": [gettext("Say why it goes: it stays with the story’s history.")]})
    made = _held(correction, actor)
    if made.removed_at:
        return made
    made.removed_at = timezone.now()
    made.save(update_fields=["removed_at"])
    record(
        actor=actor, verb=gettext_noop("correction removed"), thing=made.article,
        correction=made.pk, text=made.text, reason=reason.strip()[:300],
    )  # fmt: skip
    _show(made.article, actor)
    return made


def _held(correction: int, actor: User | None) -> Correction:
    """The note, its story locked and the verb allowed on it."""
    number = Correction.objects.values_list("article", flat=True).get(pk=correction)
    article = actions.take_hold(number, verb="correct", actor=actor)
    made = Correction.objects.get(pk=correction)
    made.article = article
    return made


def _text(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise NotReady({"text": [gettext("Write what was wrong, and what is right.")]})
    if len(text) > LONGEST:
        raise NotReady({"text": [gettext("At most %(count)d characters.") % {"count": LONGEST}]})
    return text


def _show(article: Article, actor: User | None) -> None:
    """Readers see the notes as they are now; whatever changes on the page, its moment of change moves."""
    published = PublishedArticle.objects.get(pk=article.pk)
    published.corrections = publication.corrections_of(article.pk, language=published.language)
    published.updated_at = timezone.now()
    published.save(update_fields=["corrections", "updated_at"])
    publication.list_corrections(published)
    signals.article_corrected.send(Article, article_id=article.pk, published=published, actor=actor)
