"""What happens to stories and to the paper, in tags of pages.

A page that shows a story carries ``article:<number>``, lists and fronts too: so where a story *was* need not be known,
only where it may appear now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from articles import signals
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from authors.models import Author
from authors.signals import author_moved
from authors.signals import author_saved as author_was_saved
from pagecache import purging
from pagecache.host import EVERYTHING


def story_appears(sender: object, *, published: PublishedArticle, **kwargs: Any) -> None:
    """Published or updated: its own pages, and the lists that it belongs to."""
    purging.ask(tags_of(published))


def story_rebuilt(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """Readers' HTML was made anew; it belongs where it belonged."""
    purging.ask([f"article:{article_id}"])


def story_corrected(sender: object, *, article_id: int, published: PublishedArticle, **kwargs: Any) -> None:
    """Nobody may read the error any longer than we do; the lists follow softly."""
    purging.ask([f"article:{article_id}"], hard=True)
    purging.ask([*tags_of(published), "corrections"])


def story_gone(sender: object, *, article_id: int, **kwargs: Any) -> None:
    """Withdrawn or killed. The sitemaps, which search engines alone read, follow softly."""
    purging.ask([f"article:{article_id}", "corrections"], hard=True)
    gone = Article.objects.only("original", "language", "public_place", "first_published_at").get(pk=article_id)
    if gone.first_published_at:
        own = (gone.public_place["language"], gone.first_published_at)
        purging.ask(months_of([own, *others_of(article_id, gone.original_id or article_id)]))


def site_changed(sender: object, **kwargs: Any) -> None:
    purging.ask([EVERYTHING])


def author_saved(sender: object, *, author: Author, **kwargs: Any) -> None:
    """The author's own page: name, portrait, what is said of them."""
    purging.ask([f"author:{author.pk}"])


def front_changed(sender: object, *, language: str, section: int | None = None, **kwargs: Any) -> None:
    purging.ask([f"section:{section}" if section else f"front:{language}"])


def most_read_changed(sender: object, *, language: str, **kwargs: Any) -> None:
    purging.ask([f"most-read:{language}"])


def shown_anew(sender: object, *, tags: list[str], **kwargs: Any) -> None:
    purging.ask(tags)


def tags_of(story: PublishedArticle) -> list[str]:
    """Tags of the pages that show the story, or will now that it is there."""
    section = story.section
    months = months_of([(story.language, story.published_at), *others_of(story.pk, story.root)])
    authors = story.author_rows.values_list("author", flat=True)
    subjects = story.tag_rows.values_list("tag", flat=True)
    return [
        f"article:{story.pk}",
        f"translations:{story.root}",
        f"front:{story.language}",
        f"archive:{story.language}",
        *months,
        *(f"section:{number}" for number in (section.pk, section.parent_id) if number),
        *(f"author:{number}" for number in authors),
        *(f"tag:{number}" for number in subjects),
        *([f"series:{story.series_id}"] if story.series_id else []),
        *(["corrections"] if story.corrections else []),
        "missing",
    ]


def others_of(number: int, root: int) -> list[tuple[str, datetime]]:
    """Language and publication of the versions that readers have of a story besides this one."""
    group = PublishedArticle.objects.filter(Q(pk=root) | Q(original=root)).exclude(pk=number)
    return list(group.values_list("language", "published_at"))


def months_of(publications: Iterable[tuple[str, datetime]]) -> list[str]:
    """Tags of the months in which stories came out: their lists, and sitemaps, which name a story's translations."""
    zone = ZoneInfo(SiteSettings.load().newsroom_time_zone)
    return [f"month:{language}-{at.astimezone(zone):%Y-%m}" for language, at in publications]


def connect() -> None:
    """Called once, when the apps are ready."""
    for signal in (signals.article_published, signals.article_updated):
        signal.connect(story_appears, dispatch_uid="pagecache.story_appears")
    signals.article_rebuilt.connect(story_rebuilt, dispatch_uid="pagecache.story_rebuilt")
    signals.article_corrected.connect(story_corrected, dispatch_uid="pagecache.story_corrected")
    for signal in (signals.article_withdrawn, signals.article_killed):
        signal.connect(story_gone, dispatch_uid="pagecache.story_gone")
    signals.site_changed.connect(site_changed, dispatch_uid="pagecache.site_changed")
    signals.front_changed.connect(front_changed, dispatch_uid="pagecache.front_changed")
    signals.most_read_changed.connect(most_read_changed, dispatch_uid="pagecache.most_read_changed")
    signals.shown_anew.connect(shown_anew, dispatch_uid="pagecache.shown_anew")
    author_was_saved.connect(author_saved, dispatch_uid="pagecache.author_saved")
    author_moved.connect(site_changed, dispatch_uid="pagecache.author_moved")
