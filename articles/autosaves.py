"""What somebody typed on a story's form and has not saved: kept on the server, offered back, forgotten when saved.

There is one row a person and story. It belongs to one opened form; another form of the same person overwrites it only
after taking it over (`took`), since nobody has decided yet what becomes of the words in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from articles.models.workflow import Autosave, Presence

if TYPE_CHECKING:
    from accounts.models import User

Fields = Mapping[str, Sequence[str]]

KEPT = timedelta(days=30)
MOST = 1_000_000  # bytes of all that was typed on one form
_signer = signing.TimestampSigner(salt="story form")


@dataclass(frozen=True)
class OpenForm:
    """A form as it was given out: `page` is random, `story` None for a story that has not been saved yet.

    Whoever holds its token was given that form: the token alone is enough to keep what was typed for its `user`.
    """

    page: str
    user: int
    story: int | None

    @property
    def token(self) -> str:
        return _signer.sign(f"{self.page}-{self.user}-{self.story or 0}")


class HeldByAnother(Exception):
    """What another form of the same person kept is still undecided: nothing was written. `row` is that one."""

    def __init__(self, row: Autosave) -> None:
        self.row = row
        super().__init__()


def open_form(user: User, story: int | None) -> OpenForm:
    return OpenForm(secrets.token_hex(16), user.pk, story)


def read_token(token: str) -> OpenForm | None:
    """The form that a token was given out with; None for anything else, and after 30 days."""
    try:
        page, user, story = _signer.unsign(token, max_age=KEPT).split("-")
    except signing.BadSignature:
        return None
    return OpenForm(page, int(user), int(story) or None)


@transaction.atomic
def keep(form: OpenForm, fields: Fields, *, version: int, count: int, took: str = "") -> Autosave:
    """Keeps what is typed now; of one form's requests the one with the highest `count` stays, however late others come.

    `took`: the form whose text this one was given. Raises `HeldByAnother`.
    """
    now = timezone.now()
    written = {"fields": dict(fields), "version": version, "page": form.page, "count": count, "at": now}
    row, made = Autosave.objects.get_or_create(article_id=form.story, user_id=form.user, defaults=written)
    if made:
        return row
    earlier, decided = Q(page=form.page, count__lte=count), Q(fields={}) | Q(page=took)
    Autosave.objects.filter(earlier | (~Q(page=form.page) & decided), pk=row.pk).update(**written)
    row.refresh_from_db()
    if row.page != form.page:
        raise HeldByAnother(row)
    return row


def settle(form: OpenForm, *, count: int, took: str = "") -> None:
    """What was typed on this form has been saved: nothing of it is offered any more, nor if a request comes late."""
    rows = _of(form.user, form.story)
    mine = Q(page=form.page) | Q(page=took) | Q(fields={})
    if not rows.filter(mine).update(fields={}, page=form.page, count=count) and count:
        Autosave.objects.get_or_create(
            article_id=form.story, user_id=form.user, defaults={"page": form.page, "count": count}
        )


def offered(user: User, story: int | None) -> Autosave | None:
    """What this person typed on this story and did not save."""
    return _of(user.pk, story).exclude(fields={}).first()


def throw_away(user: User, story: int | None, *, page: str) -> bool:
    """Forgets what the form `page` kept, if it still is what is kept."""
    return bool(_of(user.pk, story).filter(page=page).exclude(fields={}).update(fields={}))


def _of(user: int, story: int | None) -> QuerySet[Autosave]:
    return Autosave.objects.filter(Q(article=story) if story else Q(article=None), user=user)


def forget_old() -> int:
    """For the worker, daily: what nobody came back for in 30 days, and pings of yesterday; how many rows went."""
    now = timezone.now()
    gone = Autosave.objects.filter(at__lt=now - KEPT).delete()[0]
    return gone + Presence.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()[0]
