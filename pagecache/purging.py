"""How a verb's change reaches the pages: a row in its transaction, the purge right after the commit.

Should the process die between the two, or other hosts be there, `pagecache.following` carries the row out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from pagecache import bells, proxies
from pagecache.host import here
from pagecache.models import Purge

_PATIENCE = 30.0  # seconds; then it is done twice, which does no harm


def ask(tags: Iterable[str], *, hard: bool = False) -> None:
    """To be called in a verb's transaction. `hard`: no reader may get the old page once the verb has returned."""
    row = Purge.objects.create(tags=sorted(set(tags)), is_hard=hard)
    transaction.on_commit(partial(carry_out, row), robust=True)


def carry_out(row: Purge) -> bool:
    """Purges here what the row says, and rings for the other hosts; False when this host has done it already.

    Files of whatever release is live go, so an older process that still runs after an upgrade does it for the newer.
    """
    host = here()
    # The verb's process and the one that follows may come to the same row: the second would purge pages just made.
    with host.turns.turn(f"purge {row.pk}", wait=_PATIENCE):
        if row.number in host.generations.done():
            return False
        host.purge(row.tags, hard=row.is_hard)
        host.generations.note_done(row.number)
    bells.ring()
    if row.told_at is None:
        proxies.tell(row)
    return True
