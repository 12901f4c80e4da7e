"""Who got a story by letter: the ledger itself knows."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone

from articles.models.published import PublishedArticle
from subscriptions.models.letters import Delivery, Edition, EditionStory, Newsletter
from subscriptions.models.people import Subscriber, Subscription

# A weekly letter looks back eight days; one that was paused, or came too late, may go out days after its own.
EARLIER, LATER = timedelta(days=4), timedelta(days=10)


def readers_of(number: int, *, since: timedelta = timedelta(days=365)) -> QuerySet[Subscriber]:
    """Readers to whom a letter with that story was handed over, or may have been, and those who follow it."""
    got = Delivery.objects.filter(state__in=[*Delivery.GONE, Delivery.State.UNCERTAIN])
    shown = EditionStory.objects.filter(article_number=number, edition__newsletter__kind=Newsletter.Kind.MANUAL)
    recent = Edition.objects.filter(created_at__gt=timezone.now() - since)
    letters = recent.filter(Q(article_number=number) | Q(pk__in=shown.values("edition")))
    digests = recent.filter(newsletter__kind__in=Newsletter.DIGESTS)
    story = PublishedArticle.objects.filter(pk=number).only("published_at").first()
    if story:  # the only ones that can show it: no others need be searched
        day = story.published_at.date()
        digests = digests.filter(day__range=(day - EARLIER, day + LATER))
    follows = Subscription.objects.filter(state=Subscription.State.ACTIVE, topic__article_number=number)
    told = (
        got.filter(edition__in=letters.values("pk")),
        got.filter(edition__in=digests.values("pk"), stories__contains=f" {number} "),
        follows,
    )
    return Subscriber.objects.filter(reduce(or_, (Q(pk__in=each.order_by().values("subscriber")) for each in told)))
