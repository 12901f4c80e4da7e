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
AMONG = 2_000  # of the most read in all editions, whose lists are chosen


def press() -> int:
    """For the worker, every few minutes: each edition's list anew, old rows away. How many lists came out different.

    A paper that does not count its reads keeps neither lists nor rows.
    """
    site = SiteSettings.load()
    now = timezone.now()
    old = StoryReads.objects.all()
    (old.filter(hour__lt=now - KEPT) if site.counts_reads else old).delete()
    MostRead.objects.exclude(language__in=site.languages).delete()
    most_read = _most_read()
    return sum(_press(language, most_read.get(language, [])) for language in site.languages)


def _most_read() -> dict[str, list[int]]:
    """Numbers by language, the most read first. What is looked at is what was read, however much is published."""
    reads = StoryReads.objects.filter(hour__gt=timezone.now() - SPAN).values("article_number")
    most = reads.annotate(reads=Sum("count")).order_by("-reads", "-article_number")
    numbers = [row["article_number"] for row in most[:AMONG]]
    shown = PublishedArticle.objects.filter(pk__in=numbers, noindex=False)
    languages = dict(shown.values_list("pk", "language"))
    found: dict[str, list[int]] = {}
    for number in numbers:
        if number in languages:
            found.setdefault(languages[number], []).append(number)
    return found


@transaction.atomic
def _press(language: str, most_read: list[int]) -> bool:
    numbers = most_read[:MOST] if len(most_read) >= LEAST else []
    row, _ = MostRead.objects.select_for_update().get_or_create(language=language)
    if row.stories == numbers:
        return False
    row.stories = numbers
    row.save(update_fields=["stories"])
    signals.most_read_changed.send(MostRead, language=language)
    return True
