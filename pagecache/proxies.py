"""Varnish in front: it keeps pages by the tags in ``Surrogate-Key`` and is told of each purge over HTTP.

One request a proxy: method PURGE, the tags in ``Surrogate-Key-Purge`` (hard) or ``Surrogate-Key-Softpurge``, which
``deploy/varnish.vcl`` hands to the xkey module.
"""

from __future__ import annotations

import http.client
import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from pagecache.models import Purge

log = logging.getLogger(__name__)
_PATIENCE = 2.0
_AT_ONCE = 100
_ON_ITS_WAY = timedelta(seconds=2)  # the longest that a page travels from the newsroom to a proxy


def tell(row: Purge) -> bool:
    """Tells every proxy; False when one did not take it."""
    taken = [_tell(url, row) for url in settings.VARNISH_URLS]  # the others also where one refuses
    return all(taken)


def tell_owed() -> None:
    """Tells the proxies once more, in order, until one refuses. A chore of the worker.

    Once more also where they were told: a page that was on its way to a proxy at that moment came there afterwards.
    """
    if settings.VARNISH_URLS:
        rows = Purge.objects.filter(told_at=None, at__lt=timezone.now() - _ON_ITS_WAY)
        for row in rows.order_by("pk")[:_AT_ONCE]:
            if not tell(row):
                return
            Purge.objects.filter(pk=row.pk).update(told_at=timezone.now())


def _tell(url: str, row: Purge) -> bool:
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=_PATIENCE)
    name = "Surrogate-Key-Purge" if row.is_hard else "Surrogate-Key-Softpurge"
    try:
        connection.request("PURGE", address.path or "/", headers={name: " ".join(row.tags)})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        log.warning("a proxy was not told of a purge: %s", type(error).__name__)
        return False
    finally:
        connection.close()
    if answer.status >= 300:
        log.warning("a proxy refused a purge: %s", answer.status)
    return answer.status < 300
