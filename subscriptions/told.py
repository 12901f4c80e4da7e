"""Who got a story by letter: the ledger itself knows."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from subscriptions.models.letters import Delivery, Edition, EditionStory, Newsletter
from subscriptions.models.people import Subscriber, Subscription


def readers_of(number: int, *, since: timedelta = timedelta(days=365)) -> QuerySet[Subscriber]:
    """Readers to whom a letter with that story was handed over, and those who follow it."""
    got = Delivery.objects.filter(subscriber=OuterRef("pk"), state__in=Delivery.GONE)
    shown = EditionStory.objects.filter(article_number=number, edition__newsletter__kind=Newsletter.Kind.MANUAL)
    letters = Edition.objects.filter(
        Q(article_number=number) | Q(pk__in=shown.values("edition")), created_at__gt=timezone.now() - since
    )
    digests = Edition.objects.filter(newsletter__kind__in=Newsletter.DIGESTS, created_at__gt=timezone.now() - since)
    follows = Subscription.objects.filter(
        subscriber=OuterRef("pk"), state=Subscription.State.ACTIVE, topic__article_number=number
    )
    return Subscriber.objects.filter(
        Exists(got.filter(edition__in=letters.values("pk")))
        | Exists(got.filter(edition__in=digests.values("pk"), stories__contains=f" {number} "))
        | Exists(follows)
    )
