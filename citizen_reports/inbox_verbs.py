"""What the buttons of a report's page do: each a verb, called with what its form held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from citizen_reports import deletion, evidence, handling, keeping, on_behalf, sorting
from safeguards.numbers import whole

if TYPE_CHECKING:
    from django.http import QueryDict

    from accounts.models import User

Verb = Callable[[Any, "User", "QueryDict"], object]


def _number(given: QueryDict, name: str) -> int | None:
    return whole(given.get(name))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _consent(number: Any, actor: User, given: QueryDict) -> object:
    return on_behalf.note_consent(
        number, actor=actor, publish_text="publish_text" in given, publish_media="publish_media" in given,
        credit=given.get("credit", ""), credit_name=given.get("credit_name", ""), reason=given.get("reason", ""),
    )  # fmt: skip


VERBS: dict[str, Verb] = {
    "move": lambda number, actor, given: handling.move(
        number, actor=actor, to=given.get("to", ""), reason=given.get("reason", "")
    ),
    "spam": lambda number, actor, given: handling.move(number, actor=actor, to="spam", reason=given.get("reason", "")),
    "judge": lambda number, actor, given: handling.judge(
        number, actor=actor, verification=given.get("verification", ""), reason=given.get("reason", "")
    ),
    "check": lambda number, actor, given: evidence.check(
        number,
        actor=actor,
        aspect=given.get("aspect", ""),
        finding=given.get("finding", ""),
        evidence=given.get("evidence", ""),
    ),
    "take": lambda number, actor, given: handling.take(number, actor=actor),
    "sort": lambda number, actor, given: sorting.sort(
        number,
        actor=actor,
        priority=given.get("priority", ""),
        section=_number(given, "section"),
        assignee=_number(given, "assignee"),
        seen=given.get("seen"),
    ),
    "same": lambda number, actor, given: sorting.same_as(number, actor=actor, reference=given.get("reference", "")),
    "block": lambda number, actor, given: sorting.block(number, actor=actor, reason=given.get("reason", "")),
    "answer": lambda number, actor, given: handling.answer(
        number, actor=actor, text=given.get("text", ""), by_mail=given.get("by_mail", ""), once=given.get("once", "")
    ),
    "note": lambda number, actor, given: handling.answer(
        number, actor=actor, text=given.get("text", ""), internal=True, once=given.get("once", "")
    ),
    "consent": _consent,
    "unconsent": lambda number, actor, given: on_behalf.withdraw_consent(
        number, actor=actor, reason=given.get("reason", "")
    ),
    "contact": lambda number, actor, given: on_behalf.remove_contact(
        number, actor=actor, reason=given.get("reason", "")
    ),
    "keep": lambda number, actor, given: keeping.keep_longer(
        number, actor=actor, until=_day(given.get("until", "")), reason=given.get("reason", "")
    ),
    "hold": lambda number, actor, given: keeping.put_on_hold(number, actor=actor, reason=given.get("reason", "")),
    "decline": lambda number, actor, given: deletion.decline(number, actor=actor, text=given.get("text", "")),
    "lift": lambda number, actor, given: keeping.lift_hold(number, actor=actor, reason=given.get("reason", "")),
}
