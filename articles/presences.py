"""Who has a story open now. Forms tell of themselves every ten seconds; nobody is locked out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from articles.models.workflow import Presence

if TYPE_CHECKING:
    from accounts.models import User
    from articles.autosaves import OpenForm

STALE = timedelta(seconds=35)


@dataclass(frozen=True)
class Other:
    """Somebody else on the story, with however many forms."""

    user: User
    since: datetime
    is_typing: bool


@dataclass(frozen=True)
class Company:
    """Besides the form that asks: other people, the one longest there first, and further windows of the same person."""

    others: list[Other]
    own_windows: int


@transaction.atomic
def ping(form: OpenForm, *, is_typing: bool) -> Company:
    """This form is open; who else is there?"""
    now = timezone.now()
    Presence.objects.update_or_create(
        article_id=form.story, page=form.page, defaults={"user_id": form.user, "is_typing": is_typing, "seen_at": now}
    )
    return company(form)


def company(form: OpenForm) -> Company:
    living = Presence.objects.filter(article=form.story or 0, seen_at__gte=timezone.now() - STALE)
    there = list(living.exclude(page=form.page).select_related("user").order_by("since", "pk"))
    return Company(list(_people(there, form.user)), sum(each.user_id == form.user for each in there))


def leave(form: OpenForm) -> None:
    Presence.objects.filter(article=form.story or 0, page=form.page, user=form.user).delete()


def _people(there: list[Presence], me: int) -> Iterable[Other]:
    forms: dict[int, list[Presence]] = {}
    for each in there:
        if each.user_id != me:
            forms.setdefault(each.user_id, []).append(each)
    for open_forms in forms.values():
        yield Other(open_forms[0].user, open_forms[0].since, any(each.is_typing for each in open_forms))
