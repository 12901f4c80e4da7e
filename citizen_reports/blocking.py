"""What comes from a blocked sender, or carries a blocked file, is flagged as spam with the reason, never thrown away.

A person confirms it: spam that nobody looked at ends like every report, with its time.
"""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from citizen_reports.models.inbox import BlockRule
from citizen_reports.models.reports import Report
from safeguards.sealing import keyed_hash

REASONS = {
    "trap": _("A field that people do not see was filled in."),
    "sender": _("This sender is blocked."),
    "file": _("It carries a file that is blocked."),
    "links": _("It is mostly links."),
    "again": _("The same words came several times."),
}
MANY_LINKS = 4


def sender_lookup(address: str) -> str:
    """The keyed hash of an e-mail address, however it was written."""
    return keyed_hash(address.strip().casefold(), purpose="citizen_reports.block.sender")


def flags_of(content: dict[str, Any], files: list[str], *, is_trapped: bool, times_before: int) -> list[str]:
    """Why a report looks like spam, as codes of `REASONS`. `files`: dedupe keys; blocks that match count it."""
    text = content["body"]
    found = ["trap"] if is_trapped else []
    lookups = [("sender", sender_lookup(content["email"]))] if content.get("email") else []
    lookups += [("file", key) for key in files]
    for kind, lookup in lookups:
        if kind not in found and BlockRule.objects.filter(kind=kind, lookup=lookup).update(hits=F("hits") + 1):
            found.append(kind)
    if text.count("http://") + text.count("https://") >= MANY_LINKS and len(text) < MANY_LINKS * 200:
        found.append("links")
    if times_before >= 3:
        found.append("again")
    return found


CERTAIN = frozenset({"trap", "sender", "file"})  # of these the report begins as spam; the others only mark it


def reasons_of(report: Report) -> list[str]:
    return [str(REASONS[code]) for code in report.flags if code in REASONS]
