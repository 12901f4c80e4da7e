"""What is looked at before publication: a draft may lack anything, a publication may not.

`examine` says everything of a story's content, for the form while people write and for the verbs. Required findings
stand in the way (`hold`); recommended ones never do. `table.LEVELS` says which check counts how much for which kind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext

from articles import registry
from articles.checks.copy import Copy, read
from articles.checks.table import LEVELS, NEVER_OVERRIDDEN, RULES
from articles.findings import Finding, Level
from articles.kinds import Kind
from articles.models.site import SiteSettings
from articles.problems import NotReady

if TYPE_CHECKING:
    from accounts.models import User
    from articles.models.desk import Article

__all__ = [
    "OVERRIDE", "Finding", "Level", "by_field", "can_be_overridden", "examine", "examine_story", "hold", "summary",
]  # fmt: skip

OVERRIDE = "articles.override_check"
MOST_OF_A_CODE = 20  # a text that was never read over is told so without a list of a thousand


def examine(
    content: Mapping[str, Any],
    *,
    site: SiteSettings,
    number: int | None = None,
    at: datetime | None = None,
    flags: Mapping[str, bool] | None = None,
    place: Callable[[], object] | None = None,
    only_required: bool = False,
) -> list[Finding]:
    """All findings on this content (as `snapshots.take` gives it), required ones first, as of `at` (None: now).

    `number` is the story's, None for one not saved yet. `flags` may hold ``needs_legal`` and ``needs_picture``.
    `place` chooses the story's address, for who needs that too; it raises as `publication.choose_place` does.
    `only_required`: checks that only recommend are not made.
    A dozen queries at most, and time in proportion to the length of the text.
    """
    copy = Copy(dict(content), read(content), site, number, at or timezone.now(), dict(flags or {}), place)
    found = list(_ours(copy, only_required=only_required))
    found += registry.findings(copy.content, copy.number)
    return sorted(found, key=lambda finding: not finding.is_required)


def examine_story(
    article: Article,
    content: Mapping[str, Any],
    *,
    site: SiteSettings,
    at: datetime | None = None,
    place: Callable[[], object] | None = None,
    only_required: bool = False,
) -> list[Finding]:
    """As `examine`, with what the desk has laid down for this story beside its content: embargo and flags."""
    return examine(
        {**content, "embargo_until": article.embargo_until}, site=site, number=article.pk, at=at, place=place,
        only_required=only_required,
        flags={"needs_legal": article.needs_legal, "needs_picture": article.needs_picture},
    )  # fmt: skip


def _ours(copy: Copy, *, only_required: bool) -> Iterable[Finding]:
    levels = LEVELS.get(copy.content["kind"], LEVELS[Kind.NEWS])
    for code, rule in RULES.items():
        if code not in levels:
            continue
        needed = code == "lead_picture" and copy.flags.get("needs_picture")
        level = Level.REQUIRED if needed else levels[code]
        if only_required and level != Level.REQUIRED:
            continue
        for count, (field, message, place) in enumerate(rule(copy)):
            if count == MOST_OF_A_CODE:
                break
            yield Finding(code, field, message, level, place, code not in NEVER_OVERRIDDEN)


def hold(
    findings: Iterable[Finding], *, actor: User | None, override: str = "", known: Collection[str] | None = None
) -> dict[str, Any]:
    """Raises `NotReady` with the required findings, unless a reason in `override` sets them aside.

    Only who holds the permission `OVERRIDE` may, and not all can be; of a reason given earlier, those with the codes
    `known` then alone. Gives what the audit row says: {} or the reason as ``note`` and the codes as ``overridden``.
    """
    required = [finding for finding in findings if finding.is_required]
    if not required:
        return {}
    override = " ".join(override.split())
    may = actor is None or actor.has_perm(OVERRIDE)
    if override and may and all(each.can_be_overridden and (known is None or each.code in known) for each in required):
        return {"note": override[:500], "overridden": sorted({finding.code for finding in required})}
    raise NotReady(by_field(required), required)


def by_field(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Field -> messages, each once, in order."""
    messages: dict[str, list[str]] = {}
    for finding in findings:
        if finding.message not in messages.setdefault(finding.field, []):
            messages[finding.field].append(finding.message)
    return messages


def can_be_overridden(findings: Sequence[Finding], user: User) -> bool:
    """Whether something required stands in the way and this person may set all of that aside."""
    required = [finding for finding in findings if finding.is_required]
    return bool(required) and user.has_perm(OVERRIDE) and all(finding.can_be_overridden for finding in required)


def summary(findings: Sequence[Finding]) -> str:
    """One line that can be read out: how much there is of each level."""
    required = sum(finding.is_required for finding in findings)
    recommended = len(findings) - required
    if not findings:
        return gettext("Nothing stands in the way.")
    return gettext("%(required)s required, %(recommended)s recommended") % {
        "required": required, "recommended": recommended,
    }  # fmt: skip
