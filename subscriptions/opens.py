"""Opens and followed links of letters: counted of readers who agreed, while the newsroom wants it, and as totals.

A letter to such a reader has a picture of ours at its end, and its links to our pages lead past `subscriptions.opened`.
Both name the delivery and prove that we wrote the address; nobody can make one up, or have it lead elsewhere.
"""

from __future__ import annotations

import base64
import hmac
import re
import struct
from collections.abc import Collection, Iterable, Sequence
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Q, QuerySet
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from subscriptions.links import taken_apart
from subscriptions.models.audience import LinkTotal
from subscriptions.models.letters import Delivery
from subscriptions.models.people import Subscriber

LENGTH = 32  # letters of base64url: a version and the number of the delivery, and 15 bytes of an HMAC
_VERSION = 1
_FORMAT = struct.Struct(">BQ")
_MAC = 15
# In a shell, what stands for the token of the path of that place; as long as one.
_NAMED = "reader-goes-{:04}" + "-" * 16
PLACE = r"reader-goes-\d{4}-{16}"
PICTURE = ""  # in the place of a path
_LINK = re.compile(r'(<a\b[^>]*?\bhref=")([^"]+)"')
# Readers' pages, but for the one on which they write to us.
_PAGES, _FORM = {"articles", "letters"}, "articles:report_error"
UNCOUNTED = {"is_counted": False, "is_opened": False, "is_followed": False}
SHOWN = 10  # links


class Figures(NamedTuple):
    """Of one letter: readers who had agreed and got it; those of them who opened it, and who followed a link in it."""

    agreed: int = 0
    opened: int = 0
    followed: int = 0


class Followed(NamedTuple):
    """A link by how often it was followed; `share` of the most followed, in hundredths."""

    path: str
    title: str
    times: int
    share: int


def led(html: str) -> tuple[str, tuple[str, ...]]:
    """A letter's HTML with places for tokens in its links to readers' pages and in a picture, and whose those are.

    The path of place number n is the n-th; that of the picture, `PICTURE`, comes first. All other links stay.
    """
    paths = {PICTURE: 0}

    def past_us(match: re.Match[str]) -> str:
        href = unescape(match[2])
        path = _page(href)
        if not path:
            return match[0]
        way = reverse("subscriptions:onward", args=[_place(paths.setdefault(path, len(paths)))])
        return f'{match[1]}{settings.SITE_URL}{way}{escape(href.removeprefix(f"{settings.SITE_URL}/"))}"'

    html = _LINK.sub(past_us, html)
    source = settings.SITE_URL + reverse("subscriptions:opened", args=[_place(0)])
    before, end, after = html.rpartition("</body>")
    return f'{before}<img src="{source}" alt="" width="1" height="1">{end}{after}', tuple(paths)


def _page(href: str) -> str:
    """The path, decoded, if the address is one of our pages for all readers; else "" ."""
    if not href.startswith(f"{settings.SITE_URL}/"):
        return ""
    parts = urlsplit(href)
    path = unquote(parts.path)
    if parts.query or len(path) > LinkTotal.LONGEST or not is_here(path):
        return ""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    return path if found.namespace in _PAGES and found.view_name != _FORM else ""


def is_here(path: str) -> bool:
    """No browser takes the path for an address elsewhere."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


def _place(number: int) -> str:
    return _NAMED.format(number)


def places(delivery: int, paths: Sequence[str]) -> dict[bytes, bytes]:
    """By the places that `led` left: the tokens of one delivery."""
    key, body = _key(settings.SECRET_KEY), _FORMAT.pack(_VERSION, delivery)
    return {_place(number).encode(): _sealed(key, body, path) for number, path in enumerate(paths)}


def token(delivery: int, path: str) -> str:
    return _sealed(_key(settings.SECRET_KEY), _FORMAT.pack(_VERSION, delivery), path).decode("ascii")


def read(token: str, path: str) -> int | None:
    """The number of the delivery; None for whatever was forged, or made for another path."""
    parts = taken_apart(token, _FORMAT.size, _MAC)
    if not parts:
        return None
    body, mac = parts
    version, delivery = _FORMAT.unpack(body)
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    is_ours = any(hmac.compare_digest(mac, _mac(_key(secret), body, path)) for secret in secrets)
    return delivery if is_ours and version == _VERSION else None


def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"subscriptions.opens", "sha256")


def _mac(key: bytes, body: bytes, path: str) -> bytes:
    return hmac.digest(key, body + path.encode(), "sha256")[:_MAC]


def _sealed(key: bytes, body: bytes, path: str) -> bytes:
    return base64.urlsafe_b64encode(body + _mac(key, body, path))


def decide(batch: Collection[Delivery]) -> None:
    """Notes of claimed letters which are counted. No query where nobody agrees; three at most, however many letters."""
    is_on = any(each.subscriber.agrees_to_measure for each in batch) and SiteSettings.load().counts_letters
    for value in (True, False):
        changed = [
            each for each in batch
            if each.is_counted != value and (is_on and each.subscriber.agrees_to_measure) == value
        ]  # fmt: skip
        for each in changed:
            each.is_counted = value
        if changed:
            Delivery.objects.filter(pk__in=[each.pk for each in changed]).update(is_counted=value)


def opened(delivery: int) -> None:
    """Counts that letter as opened, once, if it may be counted still."""
    _counted(delivery).filter(is_opened=False).update(is_opened=True)


@transaction.atomic
def followed(delivery: int, path: str) -> None:
    """Counts that a link in that letter was followed, and so that it was opened, if it may be counted still."""
    edition = _counted(delivery).values_list("edition", flat=True).first()
    if edition is None:
        return
    Delivery.objects.filter(pk=delivery, is_followed=False).update(is_opened=True, is_followed=True)
    LinkTotal.objects.bulk_create([LinkTotal(edition_id=edition, path=path)], ignore_conflicts=True)
    LinkTotal.objects.filter(edition=edition, path=path).update(count=F("count") + 1)


def _counted(delivery: int) -> QuerySet[Delivery]:
    """The letter, if it was written so, its reader agrees to this day, and the newsroom counts."""
    is_on = Exists(SiteSettings.objects.filter(pk=1, counts_letters=True))
    return Delivery.objects.filter(is_on, pk=delivery, is_counted=True, subscriber__agrees_to_measure=True)


def forget(subscriber: Subscriber) -> None:
    """The reader agrees no more: what was noted of her letters goes, and they are counted no longer."""
    Delivery.objects.filter(subscriber=subscriber, is_counted=True).update(**UNCOUNTED)


def figures(editions: Iterable[int]) -> dict[int, Figures]:
    """By the number of each letter that anybody got who had agreed: one query, of their rows alone."""
    arrived = Q(state__in=Delivery.GONE) | Q(is_opened=True)
    rows = Delivery.objects.filter(arrived, edition__in=list(editions), is_counted=True).order_by()
    counts = {name: Count("pk", filter=Q(**{f"is_{name}": True})) for name in ("opened", "followed")}
    found = rows.values_list("edition").annotate(agreed=Count("pk"), **counts)
    return {edition: Figures(*values) for edition, *values in found}


def nobody_yet() -> Figures | None:
    """Of letters that nobody got who had agreed: figures of nothing, or None where the newsroom does not count."""
    return Figures() if SiteSettings.load().counts_letters else None


def most_followed(edition: int) -> list[Followed]:
    """The links of a letter that were followed most, with their headlines where they are stories'. Two queries."""
    rows = LinkTotal.objects.filter(edition=edition, count__gt=0).order_by("-count", "path")
    totals = dict(rows.values_list("path", "count")[:SHOWN])
    titles = dict(PublishedArticle.objects.filter(path__in=totals).values_list("path", "headline"))
    most = max(totals.values(), default=1)
    return [Followed(path, titles.get(path, path), count, 100 * count // most) for path, count in totals.items()]
