"""Where a story stands, in words for the strip above its form: who moved it last, with what note, who has it now."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.models.audit import AuditRow
from articles import actions_desk
from articles.admin.comments import open_threads
from articles.admin.story_pages import when_and_who
from articles.clocks import Zones, on_both_clocks
from articles.models.desk import Article, State
from articles.models.site import SiteSettings
from articles.verbs import VERBS

# The state -> the verb that led there, and what is said of it.
_LED_THERE = {
    State.IN_REVIEW: ("submit", gettext_lazy("Sent for review: %(when)s.")),
    State.RETURNED: ("return", gettext_lazy("Returned to be worked on: %(when)s.")),
    State.READY: ("ready", gettext_lazy("Marked as ready: %(when)s.")),
}


def of(story: Article) -> dict[str, Any]:
    """``said`` and ``note`` of the last handing over, ``flags`` (words), ``due``, ``is_late``, ``comments`` (open)."""
    fields = {field.name: field for field in Article._meta.fields}
    return {
        **_handed_over(story),
        "flags": [fields[name].verbose_name for name in actions_desk.FLAGS if getattr(story, name)],
        "due": on_both_clocks(story.due_at, Zones.of(SiteSettings.load())) if story.due_at else "",
        "is_late": bool(story.due_at and story.due_at < timezone.now() and story.state != State.PUBLISHED),
        "comments": open_threads(story),
    }


def _handed_over(story: Article) -> dict[str, Any]:
    verb, words = _LED_THERE.get(story.copy_state, ("", ""))
    if not verb:
        return {}
    rows = AuditRow.objects.filter(thing=Article._meta.label_lower, thing_number=str(story.pk), verb=VERBS[verb].audit)
    row = rows.select_related("actor").first()
    if row is None:
        return {}
    said = str(words) % {"when": when_and_who(row.at, row.actor)}
    if story.assignee:
        said += " " + gettext("It is with %(name)s.") % {"name": story.assignee}
    elif story.copy_state == State.IN_REVIEW:
        said += " " + gettext("Nobody has taken it yet.")
    return {"said": said, "note": row.detail.get("note", "")}
