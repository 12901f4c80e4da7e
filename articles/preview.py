"""The page that readers would get if the story were published now. Knows the desk; readers' code must not import it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from articles import beside, publication, snapshots
from articles.models.desk import Article
from articles.reading import open_edition, story_context


def as_readers_would_see(article: Article) -> dict[str, Any]:
    """What ``articles/article.html`` shows, made from the working copy. A draft may still lack anything.

    As for readers, this thread then speaks the story's language.
    """
    edition = open_edition(article.language)
    now = timezone.now()
    story = publication.build(
        article.pk, snapshots.take(article), path=article.public_place.get("path", "/"),
        published_at=article.first_published_at or now, updated_at=now,
    )  # fmt: skip
    story.headline = story.headline or gettext("No headline yet")
    return story_context(story, edition, beside.of(story, edition.site))
