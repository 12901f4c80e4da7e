"""From the story's form to the verbs. A second click finds its work done already."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from articles import actions, snapshots
from articles.admin.story_pages import typed_beside
from articles.models.desk import Article, State
from articles.problems import StaleCopy

if TYPE_CHECKING:
    from articles.models.published import PublishedArticle

SECOND_CLICK = timedelta(minutes=1)


def keep(content: dict[str, Any], *, number: int | None, version: int | None, actor: User) -> int:
    """Saves the content as the story `number` (None: a new one) and gives its number. In the caller's transaction.

    Without a `version` the form does not say what it began from, and counts as opened before everything.
    """
    if number is None:
        same = _begun_just_now(content, actor)
        if same:
            return same
        number, version = actions.create(actor=actor).pk, 0
    try:
        actions.save(number, actor=actor, content=content, expected_version=version or 0)
    except StaleCopy:
        if not Article.objects.filter(pk=number, digest=snapshots.digest(content)).exists():
            raise
    return number


def _begun_just_now(content: dict[str, Any], actor: User) -> int | None:
    """The story that this person's first click on the same form has made."""
    User.objects.select_for_update().get(pk=actor.pk)  # the second click waits here for the first
    since = timezone.now() - SECOND_CLICK
    return (
        Article.objects.filter(created_by=actor, saved_at__gte=since, created_at__gte=since)
        .filter(digest=snapshots.digest(content))
        .values_list("pk", flat=True)
        .first()
    )


def note_offered(request: HttpRequest, article: Article) -> dict[str, str] | None:
    """What the form asks of who publishes changes: "what changed", for readers. None where they are not shown it."""
    if not article.section or not article.section.shows_history:
        return None
    return {"value": typed_beside(request, "note_to_readers")}


def publishing_verb(number: int) -> str:
    """How the story, or the changes of one that is live, come before readers."""
    return "update" if Article.objects.filter(pk=number, state=State.PUBLISHED).exists() else "publish"


def put_live(
    number: int, *, actor: User, options: dict[str, bool], override: str = "", note_to_readers: str = ""
) -> PublishedArticle:
    """Publishes the story, or the changes of one that is live; `override` as for `actions.publish`."""
    if publishing_verb(number) == "update":
        return actions.update(number, actor=actor, override=override, note_to_readers=note_to_readers, options=options)
    return actions.publish(number, actor=actor, options=options, override=override)
