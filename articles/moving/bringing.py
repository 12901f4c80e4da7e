"""Brings exports in: a pass for what posts refer to, one for the posts, one for the links between them.

Each post is one transaction, with its old addresses. A second run, or one after a crash, finds what is here already by
the post's own name and goes on with the rest. Nothing goes to subscribers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from articles.models.moves import MovingRun
from articles.moving.exports import Export, Halted, Options
from articles.moving.house import House
from articles.moving.library import Files
from articles.moving.links import settle_links
from articles.moving.report import Report
from articles.moving.stories import Stories
from articles.moving.systems import EXPORTS

if TYPE_CHECKING:
    from accounts.models import User

_EVERY = 50  # things read between two times that the report is written


def bring_in(
    run: MovingRun, paths: Sequence[Path], options: Options, *, goes_on: Callable[[], bool] = lambda: True
) -> bool:
    """The whole of it; True when it came to its end, False when `goes_on` said to stop (run again to go on).

    On a trial (`run.is_trial`) no story, page, picture, section or address is made; the report says what would be.
    """
    run.notes.all().delete()
    run.counts = {}
    run.bytes_total, run.bytes_read = 2 * sum(path.stat().st_size for path in paths), 0
    report = Report(run)
    files = Files(options.source, report, writes=not run.is_trial, rights=options.rights)
    export = EXPORTS[MovingRun.Kind(run.kind)](run, paths, options, report=report, files=files, goes_on=goes_on)
    try:
        export.learn()
        files.all_known()
        _write(export)
        if not run.is_trial:
            export.lead_on()
        return settle_links(export.key, goes_on)
    except Halted:
        return False
    finally:
        report.write()
        export.close()


def _write(export: Export) -> None:
    is_trial, options, report = export.run.is_trial, export.options, export.report
    house = House(fallback=options.section, writes=not is_trial)
    stories = Stories(
        kind=export.kind, key=export.key, hosts=export.hosts, files=export.files, report=report, house=house,
        language=options.language, writes=not is_trial,
    )  # fmt: skip
    with closing(house):
        for number, post in enumerate(export.posts()):
            if number % _EVERY == 0:
                report.write()
            if post:
                stories.bring(post)


def begin(*, name: str, is_trial: bool, kind: MovingRun.Kind, actor: User | None = None) -> MovingRun:
    """A run that a command carries out itself."""
    return MovingRun.objects.create(
        kind=kind, name=name[:200], is_trial=is_trial, state=MovingRun.State.RUNNING, created_by=actor
    )


def end(run: MovingRun, state: MovingRun.State) -> None:
    run.state, run.finished_at = state, timezone.now()
    run.save(update_fields=["state", "finished_at", "counts", "bytes_read", "bytes_total"])
