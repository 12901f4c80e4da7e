"""What came of an import: figures, and a line for each thing that was not taken or not as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from articles.models.moves import MovingNote, MovingRun

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_NOTES = 50_000
_BATCH = 200

# What became of a thing, as it is counted.
FATES: dict[str, _StrPromise] = {
    "published": _("Stories published"),
    "scheduled": _("Stories with a date to come: scheduled"),
    "draft": _("Stories kept as drafts"),
    "page": _("Pages"),
    "known": _("Here already"),
    "picture": _("Pictures taken into the library"),
    "address": _("Old addresses that lead on"),
    "comment": _("Comments left behind: nothing of those who wrote them is kept"),
    "left": _("Not taken"),
}
# Why something was not taken, or what was changed about it.
CODES: dict[str, _StrPromise] = {
    "unreadable": _("Could not be read"),
    "cut_off": _("The file ends in the middle of it"),
    "other_kind": _("No story and no page"),
    "bin": _("Lay in the bin, or was never saved"),
    "empty": _("Had neither headline nor text"),
    "refused": _("Could not be brought in"),
    "private": _("Private: kept as a draft"),
    "password": _("Behind a password: kept as a draft"),
    "restricted": _("A part was not for everybody: kept as a draft"),
    "pending": _("Waiting for review: kept as a draft"),
    "state": _("In a state of the old site’s own: kept as a draft"),
    "members": _("Only for members: kept as a draft"),
    "mail_only": _("Went out by mail alone: kept as a draft"),
    "overdue": _("Its hour had passed, but the old site had not published it: published"),
    "markdown": _("Has Markdown in it that nobody has set: kept as a draft"),
    "not_ready": _("Kept as a draft, since it cannot be published"),
    "no_picture": _("Pictures that could not be had"),
    "bad_picture": _("A picture that the library does not take"),
    "document": _("Documents that the text links to: not taken"),
    "dropped": _("Taken out of the text"),
    "terms": _("Terms of a kind that is not here: left"),
    "fields": _("Words in fields of plugins: left"),
    "sticky": _("Stood at the top of the old front page: arrange ours"),
    "code": _("Code of its own in the page’s head or foot: left"),
    "internal_tag": _("Internal tags, which readers never saw: left"),
    "elsewhere": _("Named an address elsewhere as that of the original: not kept"),
    "members_list": _("The members are not taken"),
    "shortened": _("Shortened to what fits"),
    "address_taken": _("The old address leads to something else here"),
    "same_guid": _("Has the lasting name (GUID) of another post: taken all the same"),
    "too_deep": _("A category below the second level: became a tag"),
    "changed_there": _("Changed on the old site about when it came, or since: ours was left as it is"),
    "new_slug": _("Got another slug, since two had the same"),
}


class Report:
    """Collects for one run; `write` puts into the database what has come together."""

    def __init__(self, run: MovingRun) -> None:
        self.run = run
        self.counts: Counter[str] = Counter(run.counts)
        self._notes: list[MovingNote] = []
        self._written = run.notes.count()

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def note(self, code: str, *, line: int, title: str, detail: str = "", number: int | None = None) -> None:
        """`code` is one of `CODES`; the figures count it even when there are too many to list."""
        self.counts[f"note:{code}"] += 1
        if self._written + len(self._notes) < MOST_NOTES:
            self._notes.append(
                MovingNote(
                    run=self.run, line=line, title=title[:200], code=code, detail=detail[:300], article_number=number
                )
            )
        if len(self._notes) >= _BATCH:
            self.write()

    def write(self) -> None:
        MovingNote.objects.bulk_create(self._notes)
        self._written += len(self._notes)
        self._notes.clear()
        self.run.counts = dict(self.counts)
        self.run.save(update_fields=["counts", "bytes_read", "bytes_total"])


def as_json(run: MovingRun) -> Iterator[str]:
    """The whole report, piece by piece: one JSON object with ``counts`` and ``notes``."""
    head: dict[str, Any] = {
        "from": run.kind, "file": run.name, "trial": run.is_trial, "state": run.state, "counts": run.counts,
    }  # fmt: skip
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "notes": ['
    rows = run.notes.values("line", "title", "code", "detail", "article_number")
    for position, row in enumerate(rows.iterator(chunk_size=1000)):
        yield (",\n" if position else "\n") + json.dumps(row, ensure_ascii=False)
    yield "\n]}\n"
