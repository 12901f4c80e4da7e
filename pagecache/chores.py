from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from pagecache.following import KEPT
from pagecache.models import Purge

SERVED_BEYOND = timedelta(days=1)  # so long a proxy may serve a page that is too old: the grace of deploy/varnish.vcl


def forget_old() -> None:
    """Rows that every host has carried out, or that make one that was away throw all pages away.

    What a proxy could not be told of is kept until it can have no such page any more.
    """
    now = timezone.now()
    old = Purge.objects.filter(at__lt=now - 2 * KEPT)
    if settings.VARNISH_URLS:
        lasts = timedelta(seconds=settings.SURROGATE_SECONDS) + SERVED_BEYOND
        old = old.exclude(Q(told_at=None) & Q(at__gt=now - lasts))
    old.delete()
