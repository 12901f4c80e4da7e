"""What front pages and the banner do when a story, a picture or a name changes: in the transaction that changed it."""

from __future__ import annotations

from typing import Any

from articles import actions_banner, fronts, signals
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle
from authors.models import Author
from images.models import Picture
from images.signals import picture_changed


def story_appears(sender: object, *, published: PublishedArticle, **kwargs: Any) -> None:
    fronts.press_for(published.pk, language=published.language)


def story_gone(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """Its place on a front is filled anew, and no banner leads to it any more."""
    fronts.press_for(article_id)
    actions_banner.end_of_story(article_id)


def names_change(sender: object, **kwargs: Any) -> None:
    if sender in {Section, Series, Tag, Author}:
        fronts.press_all()


def picture_changes(sender: object, *, picture: Picture, **kwargs: Any) -> None:
    fronts.press_with(picture.pk)


def connect() -> None:
    """Called once, when the apps are ready."""
    for signal in (signals.article_published, signals.article_updated):
        signal.connect(story_appears, dispatch_uid="articles.fronts.story_appears")
    for signal in (signals.article_withdrawn, signals.article_killed):
        signal.connect(story_gone, dispatch_uid="articles.fronts.story_gone")
    signals.site_changed.connect(names_change, dispatch_uid="articles.fronts.names_change")
    picture_changed.connect(picture_changes, dispatch_uid="articles.fronts.picture_changes")
