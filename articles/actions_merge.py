"""Merging: two authors who are one person, two tags that mean one thing. It cannot be undone.

Printed names stay as printed. Old revisions keep the number of the one that is gone, and `snapshots.current`
reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from accounts.models.audit import record
from articles import publication, signals
from articles.models.desk import Article, Byline
from articles.models.merges import Merged
from articles.models.places import Tag
from articles.problems import DeskProblem, NotAllowed, NotReady
from authors.models import Author

if TYPE_CHECKING:
    from accounts.models import User

COUNTED = 10_000
Thing = TypeVar("Thing", Author, Tag)


@dataclass(frozen=True)
class Reach:
    """What a merge changes: stories at the desk and before readers, counted to ten thousand and no further."""

    at_desk: int
    published: int


def reach(thing: Author | Tag) -> Reach:
    """What changes when this author or tag is merged into another one."""
    at_desk: QuerySet[Any] = Byline.objects.filter(author=thing) if isinstance(thing, Author) else _tagged(thing)
    return Reach(at_desk.order_by()[:COUNTED].count(), thing.published_rows.order_by()[:COUNTED].count())


@transaction.atomic
def merge_authors(source: int, *, into: int, actor: User | None) -> Author:
    """All stories of one author become the other's, and the old address leads on; the first is gone for good.

    A sign-in goes along. Raises `NotAllowed`, or `NotReady` by field: the same author, or two different sign-ins.
    """
    gone, stays = _pair(Author, source, into, actor, permission="authors.delete_author")
    if gone.user_id and stays.user_id:
        raise NotReady({"into": [gettext("Each of the two signs in as somebody else. Take one sign-in off first.")]})
    reached = reach(gone)
    lines = Byline.objects.filter(author=gone)
    lines.filter(name="").update(name=gone.name)
    lines.update(author=stays)
    Byline.objects.filter(author=stays, name=stays.name).update(name="")  # as `snapshots.set_bylines` keeps it
    published = list(gone.published_rows.order_by("article").values_list("article", flat=True))
    gone.published_rows.filter(article__author_rows__author=stays).delete()
    gone.published_rows.update(author=stays)
    old, new = gone.get_absolute_url(), stays.get_absolute_url()
    publication.print_anew(published, "byline", partial(publication.led_on, old=old, new=new))
    user, portrait = gone.user, gone.portrait
    signals.merging.send(Author, gone=gone, stays=stays)
    gone.delete()
    if user:
        stays.user = user
        stays.save(update_fields=["user"])
    if portrait:
        transaction.on_commit(partial(portrait.storage.delete, portrait.name), robust=True)
    _finish(Merged.Kind.AUTHOR, source, stays, actor, reached, name=gone.name, old=old)
    return stays


@transaction.atomic
def merge_tags(source: int, *, into: int, actor: User | None) -> Tag:
    """All stories with one tag carry the other, and the old address leads on; the first is gone for good.

    Raises `NotAllowed`, or `NotReady` by field.
    """
    gone, stays = _pair(Tag, source, into, actor, permission="articles.delete_tag")
    reached = reach(gone)
    _tagged(gone).filter(article__in=_tagged(stays).values("article")).delete()
    _tagged(gone).update(tag=stays)
    published = list(gone.published_rows.order_by("content_object").values_list("content_object", flat=True))
    gone.published_rows.filter(content_object__tag_rows__tag=stays).delete()
    gone.published_rows.update(tag=stays)
    old, new = gone.get_absolute_url(), stays.get_absolute_url()

    def lead_on(printed: publication.Links) -> publication.Links:
        now = [{"name": stays.name, "path": new} if link["path"] == old else link for link in printed]
        return [*{link["path"]: link for link in now}.values()]

    publication.print_anew(published, "tag_links", lead_on)
    signals.merging.send(Tag, gone=gone, stays=stays)
    gone.delete()
    _finish(Merged.Kind.TAG, source, stays, actor, reached, name=gone.name, old=old)
    return stays


def _pair(model: type[Thing], source: int, into: int, actor: User | None, *, permission: str) -> tuple[Thing, Thing]:
    """Both rows, locked in one order whoever merges what."""
    if actor and not actor.has_perm(permission):
        raise NotAllowed
    if source == into:
        raise NotReady({"into": [gettext("Choose another one than the one that goes.")]})
    held = model._default_manager.select_for_update(of=("self",)).filter(pk__in=[source, into]).order_by("pk")
    rows = {row.pk: row for row in held}
    if len(rows) < 2:
        raise DeskProblem(gettext("One of the two is no longer there. Load the page again."))
    return rows[source], rows[into]


def _tagged(tag: Tag) -> QuerySet[Any]:
    """Rows of working copies that carry the tag."""
    return Article.tags.through._default_manager.filter(tag=tag)


def _finish(
    kind: Merged.Kind, source: int, stays: Author | Tag, actor: User | None, reached: Reach, *, name: str, old: str
) -> None:
    Merged.note(kind, source, into=stays.pk)
    publication.leave_renamed(old, stays.get_absolute_url(), is_prefix=True)
    record(
        actor=actor, verb=gettext_noop("merged"), thing=stays,
        gone=name, number=source, stories=reached.at_desk, published=reached.published,
    )  # fmt: skip
    signals.site_changed.send(type(stays))
