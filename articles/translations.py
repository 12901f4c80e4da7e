"""Stories that are one story in several languages: an original and its translations. The desk's rules for such groups.

An original has itself no original, and a language comes once in a group; what has been killed or lies in the bin does
not count.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from articles.languages import name_of
from articles.models.desk import Article, ArticleQuerySet, State
from articles.problems import NotReady

GONE = (State.KILLED, State.DISCARDED)


def group(story: Article) -> ArticleQuerySet:
    """The original and its translations, the story itself among them, but those that are killed or in the bin."""
    root = story.original_id or story.pk
    return Article.objects.filter(Q(pk=root) | Q(original=root)).exclude(state__in=GONE)


def settle(story: Article, *, former: int | None) -> None:
    """Puts a story whose original or language was changed, and not saved yet, into its group.

    `former` is the number of the original that it had. Who chooses a translation as the original means its original.
    Raises `NotReady` by field. For a transaction that holds the story's row: two that want the same place in a group
    wait here for each other.
    """
    root = _held(story.original_id) if story.original_id else None
    if root and root.original_id:
        root = _held(root.original_id)
    if root and root.pk == story.pk:
        raise NotReady({"original": [gettext("A story is no translation of itself, nor of one of its translations.")]})
    if root and (own := story.translations.exclude(state__in=GONE).first()):
        said = gettext("This story has a translation itself, so it is an original: story %(number)s, “%(headline)s”.")
        raise NotReady({"original": [said % {"number": own.pk, "headline": own}]})
    story.original = root
    if root and root.pk != former:
        story.original_revision = root.latest_revision
    refuse_second(story)


def refuse_second(story: Article) -> None:
    """Raises `NotReady` when the story's group has another version in its language."""
    same = group(story).exclude(pk=story.pk).filter(language=story.language).first()
    if same:
        field = "original" if story.original_id else "language"
        said = gettext("There is a version in this language already (%(language)s): story %(number)s, “%(headline)s”.")
        words = {"language": name_of(story.language), "number": same.pk, "headline": same}
        raise NotReady({field: [said % words]})


def _held(number: int) -> Article:
    return Article.objects.select_for_update().get(pk=number)
