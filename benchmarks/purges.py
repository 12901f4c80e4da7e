"""How much of a filled store is left when one story of it was changed."""

from __future__ import annotations

from django.db import transaction

from articles.models.published import PublishedArticle
from benchmarks import filling
from benchmarks.newsrooms import application, pages, through
from benchmarks.table import Row
from pagecache import receivers
from pagecache.host import EVERYTHING, here


def compare(count: int, *, kept: int, on: str) -> Row:
    """Fills the store with the newest `kept` stories and every list, and updates the newest story but nine."""
    filling.open_newsroom(count)
    host = here()
    host.purge([EVERYTHING], hard=True)
    store = host.wrap(application)
    addresses = [filling.story_path(number, count) for number in range(max(1, count - kept + 1), count + 1)]
    addresses += [f"/{name.lower()}/" for name in filling.SECTIONS]
    addresses += [f"/author/writer-{number}/" for number in range(filling.AUTHORS)]
    addresses += [f"/tag/subject-{number}/" for number in range(filling.TAGS)]
    addresses += [each for asked in pages(count).values() for each in asked[:1] if "?" not in each]
    for address in dict.fromkeys(addresses):
        through(store, address)
    before, _size = host.files.figures()
    with transaction.atomic():
        receivers.story_appears(None, published=PublishedArticle.objects.get(pk=count - 9))
    after, _size = host.files.figures()
    host.purge([EVERYTHING], hard=True)
    measure = "pages left in store after a soft purge of one story"
    return Row(measure, on, f"{after:,}", f"{before:,}", after / before, "≥ 0.95")
