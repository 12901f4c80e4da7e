"""The verbs on old addresses that the desk writes down itself. Those of stories are kept by the stories' own verbs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.audit_export import safe
from accounts.models.audit import record
from articles import signals
from articles.addresses import BadAddress, Judge, as_stored
from articles.models.published import OldPath
from articles.models.site import SiteSettings
from articles.problems import DeskProblem, NotAllowed, NotReady

if TYPE_CHECKING:
    from accounts.models import User

MOST_LINES = 10_000
AT_ONCE = 500
_YES = {"1", "x", "yes", "true", "prefix"}
HEAD = ("old", "new", "all below")


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """One line of a list that was brought in, and what becomes of it; `why` says why it was refused."""

    number: int
    old: str
    new: str
    is_prefix: bool
    outcome: Outcome
    why: str = ""


@transaction.atomic
def lead_on(
    old: str, new: str, *, is_prefix: bool = False, actor: User | None, instead_of: OldPath | None = None
) -> OldPath:
    """One old address that leads on; `instead_of` is the row that it replaces. Raises `NotReady` by field."""
    _refuse(actor, "articles.change_oldpath" if instead_of else "articles.add_oldpath")
    read = {}
    for field, text in (("path", old), ("target", new)):
        try:
            read[field] = as_stored(text, own_site_only=field == "target")
        except BadAddress as bad:
            raise NotReady({field: [str(bad)]}) from bad
    path = read["path"]
    judge = Judge([(path, read["target"])])
    if path in judge.rows and not (instead_of and instead_of.path == path):
        raise NotReady({"path": [gettext("This address leads on already. Change that row instead.")]})
    try:
        target = judge.target_of(path, read["target"], is_prefix=is_prefix)
    except BadAddress as bad:
        raise NotReady({"target": [str(bad)]}) from bad
    if instead_of:
        refuse_kept(instead_of)
        OldPath.objects.filter(pk=instead_of.pk).exclude(path=path).delete()
    _write([Line(1, path, target, is_prefix, Outcome.NEW)])
    row = OldPath.objects.get(path=path)
    record(actor=actor, verb=gettext_noop("old address saved"), thing=row, target=target)
    signals.site_changed.send(OldPath)
    return row


@transaction.atomic
def remove(row: OldPath, *, actor: User | None) -> None:
    """Readers who come to that address find nothing from now on."""
    _refuse(actor, "articles.delete_oldpath")
    refuse_kept(row)
    record(actor=actor, verb=gettext_noop("deleted"), thing=row, target=row.target)
    row.delete()
    signals.site_changed.send(OldPath)


def refuse_kept(row: OldPath) -> None:
    """Raises `DeskProblem` for a row that a story keeps by itself."""
    if row.article_number or row.kind != OldPath.Kind.MOVED:
        raise DeskProblem(gettext("This is the old address of a story, which keeps it by itself."))


def plan(text: str) -> Iterator[Line]:
    """What `bring_in` would make of a list: CSV with commas, semicolons or tabs; old address, new one, all below it.

    Raises `DeskProblem` for more than `MOST_LINES` lines.
    """
    lines = list(_read(text))
    said: dict[str, str] = {}
    for line in lines:
        if not line.why:
            said.setdefault(line.old, line.new)
    decided: dict[str, str] = {}
    for start in range(0, len(lines), AT_ONCE):
        some = lines[start : start + AT_ONCE]
        judge = Judge([(line.old, line.new) for line in some if not line.why], said)
        for line in some:
            yield line if line.why else _judged(line, judge, decided)


def bring_in(text: str, *, actor: User | None) -> dict[Outcome, int]:
    """Writes what can be written of the list, some hundred lines in a transaction; how many lines came to what.

    Whoever runs it twice finds every line of the first time to be the same.
    """
    _refuse(actor, "articles.add_oldpath")
    counts = dict.fromkeys(Outcome, 0)
    lines = plan(text)
    while some := list(islice(lines, AT_ONCE)):
        for line in some:
            counts[line.outcome] += 1
        with transaction.atomic():
            _write([line for line in some if line.outcome in {Outcome.NEW, Outcome.CHANGED}])
    with transaction.atomic():
        said = {outcome.value: count for outcome, count in counts.items()}
        record(actor=actor, verb=gettext_noop("old addresses brought in"), thing=SiteSettings.load(), **said)
        signals.site_changed.send(OldPath)
    return counts


def written_out() -> Iterator[str]:
    """The rows that the desk may change as CSV, for `bring_in` elsewhere; line by line."""
    writer: Any = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEAD)
    rows = OldPath.objects.filter(kind=OldPath.Kind.MOVED, article_number=None).order_by("path")
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield writer.writerow([safe(row.path), safe(row.target), "yes" if row.is_prefix else ""])


class _Echo:
    def write(self, text: str) -> str:
        return text


def _refuse(actor: User | None, permission: str) -> None:
    if actor and not actor.has_perm(permission):
        raise NotAllowed


def _read(text: str) -> Iterator[Line]:
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MOST_LINES + 1:
        raise DeskProblem(gettext("At most %(count)d lines at a time.") % {"count": MOST_LINES})
    first = next(filter(None, lines), "")
    delimiter = max(",;\t", key=first.count)
    for number, line in enumerate(lines, 1):
        # Line by line, so that a quotation mark that nobody closes spoils one line and not the rest.
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:
            yield Line(number, line[:100], "", False, Outcome.REFUSED, gettext("This line cannot be read."))
            continue
        if not any(cells) or (number == 1 and not cells[0].startswith(("/", "http"))):
            continue
        yield _line(number, [*cells, "", ""])


def _line(number: int, cells: list[str]) -> Line:
    old, new, is_prefix = cells[0], cells[1], cells[2].lower() in _YES
    try:
        return Line(number, as_stored(old), as_stored(new, own_site_only=True), is_prefix, Outcome.NEW)
    except BadAddress as bad:
        return Line(number, old[:400], new[:400], is_prefix, Outcome.REFUSED, str(bad))


def _judged(line: Line, judge: Judge, decided: dict[str, str]) -> Line:
    try:
        target = judge.target_of(line.old, line.new, is_prefix=line.is_prefix)
        if decided.get(line.old, target) != target:
            raise BadAddress(gettext("An earlier line sends this address elsewhere."))
    except BadAddress as bad:
        return Line(line.number, line.old, line.new, line.is_prefix, Outcome.REFUSED, str(bad))
    before = judge.rows.get(line.old)
    if line.old in decided or (before and (before.target, before.is_prefix) == (target, line.is_prefix)):
        outcome = Outcome.SAME
    else:
        outcome = Outcome.CHANGED if before else Outcome.NEW
    decided[line.old] = target
    return Line(line.number, line.old, target, line.is_prefix, outcome)


def _write(lines: Iterable[Line]) -> None:
    lines = list(lines)
    now = timezone.now()
    # What led to an address that now leads on itself leads on to the end at once.
    targets = {line.old: line.new for line in lines}
    for row in OldPath.objects.select_for_update().filter(target__in=targets):
        OldPath.objects.filter(pk=row.pk).exclude(path=targets[row.target]).update(target=targets[row.target])
    OldPath.objects.bulk_create(
        [
            OldPath(path=line.old, kind=OldPath.Kind.MOVED, target=line.new, is_prefix=line.is_prefix, at=now)
            for line in lines
        ],
        update_conflicts=True, unique_fields=["path"], update_fields=["target", "is_prefix", "at"],
    )  # fmt: skip
