from django.utils import timezone

from pagecache.following import KEPT
from pagecache.models import Purge


def forget_old() -> None:
    """Rows that every host has carried out, or that make one that was away throw all pages away."""
    Purge.objects.filter(at__lt=timezone.now() - 2 * KEPT).delete()
