"""“Most read”: the stories of an edition with the most reads in the last day, pressed by the worker.

The plain sum of 24 hours: readers live in many time zones, so each of them has one morning and one evening in it, and
what ranks is the figure that the desk sees. New stories stand on top of the front page anyway.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from articles import signals
from articles.models.published import PublishedArticle
from articles.models.reads import MostRead, StoryReads
from articles.models.site import SiteSettings

SPAN, KEPT = timedelta(hours=24), timedelta(days=8)
LEAST, MOST = 3, 5  # stories; fewer are no list


def press() -> int:
    """For the worker, every few minutes: each edition's list anew, old rows away. How many lists came out different.

    A paper that does not count its reads keeps neither lists nor rows.
    """
    site = SiteSettings.load()
    now = timezone.now()
    old = StoryReads.objects.all()
    (old.filter(hour__lt=now - KEPT) if site.counts_reads else old).delete()
    MostRead.objects.exclude(language__in=site.languages).delete()
    return sum(_press(language) for language in site.languages)


@transaction.atomic
def _press(language: str) -> bool:
    shown = PublishedArticle.objects.filter(language=language, noindex=False).values("pk")
    reads = StoryReads.objects.filter(hour__gt=timezone.now() - SPAN, article_number__in=shown)
    most = reads.values("article_number").annotate(reads=Sum("count")).order_by("-reads", "-article_number")
    numbers = [row["article_number"] for row in most[:MOST]]
    if len(numbers) < LEAST:
        numbers = []
    row, _ = MostRead.objects.select_for_update().get_or_create(language=language)
    if row.stories == numbers:
        return False
    row.stories = numbers
    row.save(update_fields=["stories"])
    signals.most_read_changed.send(MostRead, language=language)
    return True
