"""The third pass: links between stories lead straight to where the stories are now."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from articles import actions
from articles.models.desk import Article, State
from articles.models.moves import MovedThing
from articles.models.published import OldPath
from articles.models.revisions import Revision
from articles.moving.stories import LINKS
from articles.moving.texts import with_new_addresses
from articles.problems import DeskProblem


def settle_links(key: str, goes_on: Callable[[], bool]) -> bool:
    """For every story that was brought in with links within the old site; False when `goes_on` said to stop.

    A story that the desk has touched since is left alone: its links lead on by the old addresses.
    """
    while rows := list(MovedThing.objects.filter(source=key, kind=LINKS).order_by("pk")[:100]):
        if not goes_on():
            return False
        for row in rows:
            with transaction.atomic():
                _settle(int(row.foreign))
                row.delete()
    return True


def _settle(number: int) -> None:
    article = Article.objects.select_for_update().filter(pk=number).first()
    if article is None or article.saved_by_id is not None:
        return
    body = with_new_addresses(article.body, _moved)
    if body == article.body:
        return
    is_live = article.state == State.PUBLISHED and not article.has_unpublished_changes
    try:
        with transaction.atomic():
            actions.save(number, actor=None, content={"body": body}, verb=Revision.Verb.IMPORTED)
            if is_live:
                published = actions.update(number, actor=None, override=str(Revision.Verb.IMPORTED.label))
                published.updated_at = published.published_at  # readers got nothing new
                published.save(update_fields=["updated_at"])
    except DeskProblem:
        return  # its links lead on by the old addresses


def _moved(addresses: list[str]) -> dict[str, str]:
    """Old address → new one, with and without the last slash."""
    either = {address.rstrip("/") for address in addresses} | {f"{address.rstrip('/')}/" for address in addresses}
    rows = dict(OldPath.objects.filter(path__in=either, kind=OldPath.Kind.MOVED).values_list("path", "target"))
    found = {}
    for address in addresses:
        bare = address.rstrip("/")
        target = rows.get(address) or rows.get(bare) or rows.get(f"{bare}/")
        if target:
            found[address] = target
    return found
