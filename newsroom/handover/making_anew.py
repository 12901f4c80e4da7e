"""What an export leaves because it can be made again: pages' HTML with the names of renditions, search, fronts, films.

Nothing here is a verb: no date moves, no audit row is written, nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from articles import fronts, publication
from articles.models.published import PublishedArticle
from articles.models.revisions import Revision
from articles.search import index
from articles.snapshots import current
from images.models import Video, VideoJob
from newsroom.handover.lines import CHUNK


class NoRevision(Exception):
    """The revision from which a story is printed is missing; ``str()`` names both."""


@transaction.atomic
def make_anew(tells: Callable[[str], object]) -> int:
    """How many published stories were made. Raises `NoRevision`."""
    count, last = 0, 0
    while stories := list(PublishedArticle.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        for story in stories:
            _print(story)
        count, last = count + len(stories), stories[-1].pk
        tells(f"pages: {count} …")
    fronts.press_all()
    VideoJob.objects.bulk_create(
        (VideoJob(video_id=number) for number in Video.objects.filter(is_ready=True).values_list("pk", flat=True)),
        batch_size=CHUNK,
    )
    return count


def _print(story: PublishedArticle) -> None:
    revision = Revision.objects.filter(article=story.pk, number=story.revision).first()
    if revision is None:
        raise NoRevision(f"story {story.pk} is printed from its revision {story.revision}, which is missing")
    built = publication.build(
        story.pk, current(revision.content), path=story.path, published_at=story.published_at,
        updated_at=story.updated_at,
    )  # fmt: skip
    story.body_html, story.lead = built.body_html, built.lead
    story.save(update_fields=["body_html", "lead"])
    index.keep(story)
