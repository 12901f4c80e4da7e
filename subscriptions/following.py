"""The links under stories, on authors' and on subjects' pages that lead to the sign-up. The same for all readers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from articles.models.places import Tag
from articles.models.published import PublishedArticle
from articles.registry import ReaderLink
from authors.models import Author
from subscriptions.topics import FOLLOWED_FOR


def news(language: str, story: PublishedArticle | None) -> ReaderLink:
    """The line in the channels block under each story; there the story's section is chosen already."""
    named = {"section": story.section_id} if story and story.section_id else {}
    return ReaderLink(gettext("Get our news by e-mail"), _sign_up(language, **named))


def story(language: str, story: PublishedArticle | None) -> ReaderLink | None:
    """The line beside it, as long as the story may be followed."""
    if not story or not story.pk or story.published_at < timezone.now() - FOLLOWED_FOR:
        return None
    return ReaderLink(gettext("Follow this story by e-mail"), _sign_up(language, story=story.pk))


def author_or_tag(language: str, thing: Author | Tag) -> ReaderLink:
    """The line at the head of their pages."""
    if isinstance(thing, Author):
        return ReaderLink(gettext("Follow this author by e-mail"), _sign_up(language, author=thing.pk))
    return ReaderLink(gettext("Follow this subject by e-mail"), _sign_up(language, tag=thing.pk))


def _sign_up(language: str, **named: int | None) -> str:
    return reverse("subscriptions:subscribe") + "?" + urlencode({"lang": language, **named})
