"""What the demo's staff do with the stories that are not out yet: commissions, reviews, comments, the clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from articles import actions_desk, actions_schedule
from articles.models.workflow import ScheduledChange

if TYPE_CHECKING:
    from accounts.models import User


def live(number: int, life: dict[str, Any], staff: dict[str, User]) -> None:
    """Takes a draft through the desk. People are named by their roles in `staff`, times are hours from now.

    `life` may say ``assignee``, ``due_in``, ``length``, ``brief``, ``embargo_in``, ``flags``, ``steps`` (verb of
    `articles.actions_desk`, who, note), ``comments`` (with ``replies``, ``resolved_by``) and ``schedule_in``.
    """
    editor, now = staff["editor"], timezone.now()
    planned = {
        "assignee": staff.get(life.get("assignee", "")),
        "due_at": now + timedelta(hours=life["due_in"]) if "due_in" in life else None,
        "commissioned_length": life.get("length"),
        "brief": life.get("brief", ""),
        "embargo_until": now + timedelta(hours=life["embargo_in"]) if "embargo_in" in life else None,
    }
    actions_desk.plan(number, actor=editor, **planned)
    if flags := life.get("flags"):
        actions_desk.flag(number, actor=editor, **dict.fromkeys(flags, True))
    for verb, who, note in life.get("steps", ()):
        getattr(actions_desk, verb)(number, actor=staff[who], note=note)
    for said in life.get("comments", ()):
        _comment(number, said, staff)
    if "schedule_in" in life:
        at = now + timedelta(hours=life["schedule_in"])
        actions_schedule.schedule(number, verb=ScheduledChange.Verb.PUBLISH, at=at, actor=editor)


def _comment(number: int, said: dict[str, Any], staff: dict[str, User]) -> None:
    excerpt = said.get("excerpt", "")
    first = actions_desk.comment(number, actor=staff[said["by"]], text=said["text"], excerpt=excerpt)
    for reply in said.get("replies", ()):
        actions_desk.comment(number, actor=staff[reply["by"]], text=reply["text"], answers=first.pk)
    if "resolved_by" in said:
        actions_desk.resolve(first.pk, actor=staff[said["resolved_by"]])


def no_mail(people: Iterable[User]) -> None:
    """The demo's staff read their notices in the desk: they have no mailboxes."""
    Notice.objects.filter(user__in=list(people)).update(mail_at=None)


def forget(numbers: list[int]) -> None:
    """Takes out the notices that lead to these stories."""
    forms = [reverse("admin:articles_article_change", args=[number]) for number in numbers]
    Notice.objects.filter(url__in=forms).delete()
