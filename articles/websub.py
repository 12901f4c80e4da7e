"""WebSub (https://www.w3.org/TR/websub/): hubs are told which feeds have changed, and hand the news on at once.

How a publisher tells its hub is left open there; hubs take what PubSubHubbub 0.3 had: a form with ``hub.mode`` and any
number of ``hub.url``. A verb writes rows in its transaction; the worker tells the hubs, each until it has heard.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from articles import paths, signals
from articles.models.hubs import HubNotice
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from jobs import leases
from safeguards.outgoing import fetch
from safeguards.problems import OutgoingFailed, OutgoingRefused

log = logging.getLogger(__name__)
# Hubs ask for the feed when they hear of it: by then no store on any host may still hold the one before.
PAUSE = timedelta(seconds=5)
PATIENCE = 15.0  # seconds
LEASE = timedelta(seconds=60)
STEPS = tuple(timedelta(seconds=each) for each in (30, 120, 600, 3600, 6 * 3600))
AT_ONCE = 50  # feeds named in one request


def owe(*rows: PublishedArticle) -> None:
    """Every hub is owed a word on each feed that holds a story of these; part of the caller's transaction."""
    if not settings.WEBSUB_HUBS:
        return
    feeds = sorted(set().union(*map(feeds_with, rows)))
    places = [(hub, path) for hub in sorted(set(settings.WEBSUB_HUBS)) for path in feeds]
    # First the rows, then their counts: in this order no word is lost to whoever tells the hub meanwhile, and in the
    # order of their names nobody waits for somebody who waits for him.
    HubNotice.objects.bulk_create([HubNotice(hub=hub, path=path) for hub, path in places], ignore_conflicts=True)
    named = HubNotice.objects.filter(hub__in={hub for hub, _ in places}, path__in={path for _, path in places})
    held = list(named.select_for_update().order_by("hub", "path").values_list("pk", flat=True))
    notices = HubNotice.objects.filter(pk__in=held)
    notices.filter(told=F("changes")).update(due_at=timezone.now() + PAUSE, attempts=0)
    notices.update(changes=F("changes") + 1)


def feeds_with(story: PublishedArticle) -> set[str]:
    """Site-relative addresses of the feeds of every list that the story stands in; also of one just taken off."""
    site = SiteSettings.load()
    lists = [
        site.edition_path(story.language),
        *(site.section_path(each, story.language) for each in (story.section, story.section.parent) if each),
        *(line["path"] for line in story.byline if line.get("path")),
        *(tag["path"] for tag in story.tag_links),
        *([story.series.get_absolute_url()] if story.series else []),
    ]
    return {feed for page in lists for feed in paths.feeds_below(page)}


def forget_hubs() -> int:
    """Deletes what is owed to hubs that the settings name no longer; how many feeds."""
    deleted, _by_model = HubNotice.objects.exclude(hub__in=settings.WEBSUB_HUBS).delete()
    return deleted


def turn(worker: str, stop: threading.Event) -> int:
    """One request to each hub that is owed a word; how many feeds they named."""
    done = 0
    for hub in settings.WEBSUB_HUBS:
        owed = HubNotice.objects.filter(hub=hub, told__lt=F("changes"))
        # First a look, which takes no lock: this comes every second.
        if not stop.is_set() and owed.filter(due_at__lte=timezone.now()).exists():
            rows = leases.claim(owed, worker=worker, limit=AT_ONCE, lease=LEASE)
            if rows:
                _tell(hub, rows, worker)
            done += len(rows)
    return done


def _tell(hub: str, rows: list[HubNotice], worker: str) -> None:
    problem = _ask(hub, [paths.absolute(row.path) for row in rows])
    if problem:
        log.warning("the hub %s was not told of %s feeds: %s", urlsplit(hub).hostname, len(rows), problem)
    given_up = 0
    for row in rows:
        again = leases.again_at(row.attempts, STEPS) if problem else None
        if again:
            leases.finish(row, worker=worker, due_at=again)
        else:
            # What changed since the row was claimed is not in `row.changes`, and stays owed.
            given_up += bool(problem)
            leases.finish(row, worker=worker, told=row.changes, attempts=0, due_at=timezone.now() + PAUSE)
    if given_up:
        log.error("the hub %s is not told of %s feeds any more", urlsplit(hub).hostname, given_up)


def _ask(hub: str, feeds: list[str]) -> str:
    """What went wrong; "" when the hub has taken it."""
    form = urlencode([("hub.mode", "publish"), *(("hub.url", feed) for feed in feeds)])
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = fetch("POST", hub, body=form.encode(), headers=sent, timeout=PATIENCE)
    except OutgoingRefused:
        return "its address is not public"
    except OutgoingFailed as failed:
        return failed.reason
    return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"


def story_changed(
    sender: object, *, published: PublishedArticle | None, replaced: PublishedArticle | None = None, **kwargs: Any
) -> None:
    """The feeds that a story leaves have changed too; one that readers did not have when it was killed changed none."""
    rows = [row for row in (published, replaced) if row]
    if rows:
        owe(*rows)


def connect() -> None:
    """Called once, when the apps are ready."""
    for name in ("published", "updated", "corrected", "withdrawn", "killed"):
        getattr(signals, f"article_{name}").connect(story_changed, dispatch_uid=f"articles.websub.{name}")
