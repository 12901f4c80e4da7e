"""The worker's part: sends posts that are due, and looks for those of which nobody knows. `turn` is a queue of jobs.

``sending`` is committed before the request goes out. An answer, or none, then decides: posted, certainly not posted
(tried again, or failed), or uncertain, which only the channel itself or a person resolves.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import notices
from articles import reading
from articles.models.published import PublishedArticle
from images import renditions
from images.models import Picture
from images.pixels import PictureRefused
from jobs import leases
from safeguards import stores
from subscriptions.channels import kinds
from subscriptions.channels.answers import Message, Place, Posted, Trouble
from subscriptions.models.channels import ChannelAccount, ChannelPost, Problem

log = logging.getLogger(__name__)
Purpose, State = ChannelPost.Purpose, ChannelPost.State
LEASE = timedelta(minutes=2)
MOST = 20  # in one turn; then the queue looks anew
RETRIES = tuple(timedelta(seconds=each) for each in (30, 120, 600, 1800, 7200))
_TOLD = {
    State.FAILED: gettext_noop("“%(story)s” could not be posted to %(channel)s."),
    State.UNCERTAIN: gettext_noop("It is not known whether “%(story)s” was posted to %(channel)s."),
}
# After how long a post that may have got there is looked for on the channel.
LOOKS = tuple(timedelta(seconds=each) for each in (20, 120, 600))


def turn(worker: str, stop: threading.Event) -> int:
    """Clears up after dead workers, posts what is due, and looks for what is uncertain; how much was done."""
    done = recover()
    while done < MOST and not stop.is_set():
        some = _post_one(worker) or _look_for_one(worker)
        done += some
        if not some:
            break
    return done


def recover() -> int:
    """Posts that were going out when their worker died: once more where that is safe, else uncertain."""
    now = timezone.now()
    lost = ChannelPost.objects.filter(state=State.SENDING, lease_until__lt=now).order_by("lease_until", "pk")
    done = 0
    for post in lost.select_related("account"):
        safe = kinds.repeats_safely(post)
        values = {
            "state": State.READY if safe else State.UNCERTAIN,
            "problem": "" if safe else Problem.WORKER_LOST,
            "detail": "",
            "may_be_there": post.may_be_there or post.first_sent_at is not None,
            "looks": 0,
            "due_at": now if safe else now + LOOKS[0],
        }
        mine = ChannelPost.objects.filter(pk=post.pk, state=State.SENDING, lease_until__lt=now)
        with transaction.atomic():
            if mine.update(lease_by="", lease_until=None, changed_at=now, **values):
                _tell(post, str(values["state"]))
                done += 1
    return done


def _post_one(worker: str) -> int:
    ready = ChannelPost.objects.filter(state=State.READY, account__is_active=True)
    if not ready.filter(due_at__lte=timezone.now()).exists():  # a look takes no lock: this comes every second
        return 0
    claimed = leases.claim(ready, worker=worker, limit=1, lease=LEASE, values={"state": State.SENDING})
    for post in claimed:
        _send(post, worker)
    return len(claimed)


def _send(post: ChannelPost, worker: str) -> None:
    story = _shown(post)
    if post.may_be_there and (story is None or not kinds.repeats_safely(post)):
        _leave_open(post, worker, Problem.NO_ANSWER)
        return
    if story is None:  # taken back in between
        _finish(post, worker, state=State.SKIPPED, problem=Problem.TAKEN_BACK)
        return
    place: Place | None = None
    try:
        place = kinds.place_of(post.account)
        message = message_of(post, story)
        if kinds.channel_of(post.account).carries_picture:
            message = replace(message, picture=_picture_of(story))
        if not _may_go(post, worker):
            return
        posted = kinds.channel_of(post.account).post(place, message)
    except Trouble as trouble:
        _after(trouble, post, place, worker)
    else:
        _finish(post, worker, **_as_posted(posted))


def _shown(post: ChannelPost) -> PublishedArticle | None:
    fields = ("standfirst", "language", "lead")
    return PublishedArticle.objects.filter(pk=post.article_number).only(*fields).first()


def _picture_of(story: PublishedArticle) -> bytes:
    """The JPEG that its page names for other people's cards; b"" without one that may be sent ahead, or at hand."""
    jpeg = reading.lead_jpeg(story)
    # What the library says at this moment counts too: not every story may have been made anew since.
    if jpeg is None or Picture.objects.filter(pk=jpeg[0].picture, is_sensitive=True).exists():
        return b""
    try:
        with stores.public().opened(renditions.make(jpeg[0])) as file:
            return file.read()
    except (Picture.DoesNotExist, PictureRefused, OSError) as error:
        log.warning("story %s has no picture for its card: %s", story.pk, type(error).__name__)
        return b""


def _may_go(post: ChannelPost, worker: str) -> bool:
    """The worker still holds the post: one that was frozen past its lease sends nothing."""
    now = timezone.now()
    post.first_sent_at = post.first_sent_at or now
    mine = ChannelPost.objects.filter(pk=post.pk, state=State.SENDING, lease_by=worker, lease_until__gt=now)
    return bool(mine.update(first_sent_at=post.first_sent_at))


def _after(trouble: Trouble, post: ChannelPost, place: Place | None, worker: str) -> None:
    """No post, or nobody knows."""
    log.warning("post %s was not made on %s: %s", post.pk, post.account.kind, trouble)
    detail = kinds.cleared(trouble.detail, place)
    may_be_there = post.may_be_there or not trouble.is_certain
    again = leases.again_at(post.attempts, RETRIES)
    due_at = timezone.now() + trouble.wait if trouble.wait and again else again
    if trouble.is_certain and trouble.wait is None:
        due_at = None
    if may_be_there and not (due_at and kinds.repeats_safely(post, at=due_at)):
        _leave_open(post, worker, trouble.problem, detail)
    elif due_at:
        _finish(
            post, worker, state=State.READY, problem=trouble.problem, detail=detail, due_at=due_at,
            may_be_there=may_be_there,
        )  # fmt: skip
        _hold_rest(post, until=due_at)
    else:
        is_over = trouble.wait is None or trouble.problem == Problem.BUSY
        problem = trouble.problem if is_over else Problem.GAVE_UP
        _finish(post, worker, state=State.FAILED, problem=problem, detail=detail)


def _leave_open(post: ChannelPost, worker: str, problem: Problem, detail: str = "") -> None:
    """It may be there, and sending it again might make two: from here on it is only looked for."""
    due_at = timezone.now() + LOOKS[0]
    _finish(
        post, worker, state=State.UNCERTAIN, problem=problem, detail=detail, looks=0, due_at=due_at, may_be_there=True
    )
    _hold_rest(post, until=due_at)


def _hold_rest(post: ChannelPost, *, until: datetime) -> None:
    """What else waits for this account waits as long: it is asked nothing meanwhile, and holds up no other."""
    rest = ChannelPost.objects.filter(account=post.account_id, state=State.READY, due_at__lt=until)
    rest.update(due_at=until)


def _look_for_one(worker: str) -> int:
    """Asks the channel whether it has a post of which nobody knows."""
    kinds_to_ask = [kind for kind, channel in kinds.KINDS.items() if channel.find]
    lost = ChannelPost.objects.filter(
        state=State.UNCERTAIN, looks__lt=len(LOOKS), account__is_active=True, account__kind__in=kinds_to_ask
    )
    if not lost.filter(due_at__lte=timezone.now()).exists():
        return 0
    claimed = leases.claim(lost, worker=worker, limit=1, lease=LEASE, values={"looks": F("looks") + 1})
    for post in claimed:
        find = kinds.channel_of(post.account).find
        try:
            found = find(kinds.place_of(post.account), message_of(post, _shown(post))) if find else None
        except Trouble:
            found = None
        if found:
            _finish(post, worker, **_as_posted(found))
        else:
            wait = LOOKS[min(post.looks, len(LOOKS) - 1)]
            leases.finish(post, worker=worker, due_at=timezone.now() + wait)
    return len(claimed)


def message_of(post: ChannelPost, story: PublishedArticle | None) -> Message:
    """What goes to the channel: the same at every attempt."""
    first = ChannelPost.objects.filter(
        account=post.account_id, article_number=post.article_number, purpose=Purpose.PUBLISH, state=State.POSTED
    )
    reply_to = "" if post.purpose == Purpose.PUBLISH else first.values_list("external_id", flat=True).first() or ""
    return Message(
        text=post.text,
        link=post.link,
        headline=post.headline,
        standfirst=story.standfirst if story else "",
        language=story.language if story else "",
        key=str(post.idempotency_key),
        number=post.pk,
        decided=post.created_at,
        reply_to=reply_to,
    )


def _as_posted(posted: Posted) -> dict[str, object]:
    problem = "" if posted.is_new else Problem.THERE_ALREADY
    return {
        "state": State.POSTED, "problem": problem, "detail": "", "external_id": posted.external_id, "url": posted.url,
    }  # fmt: skip


def _finish(post: ChannelPost, worker: str, **values: Any) -> None:
    """Lets go of the post, if it is still ours."""
    with transaction.atomic():
        if leases.finish(post, worker=worker, changed_at=timezone.now(), **values):
            _tell(post, values["state"])


def _tell(post: ChannelPost, state: str) -> None:
    """Whoever signed the post off learns that it did not get there, or that nobody knows."""
    if post.created_by and state in _TOLD:
        address = reverse("admin:subscriptions_channelpost_change", args=[post.pk])
        notices.tell(
            [post.created_by], _TOLD[State(state)], address,
            urgent=True, story=post.headline, channel=str(post.account),
        )  # fmt: skip


def test(account: ChannelAccount) -> str:
    """Asks the channel something harmless and writes down what came of it: "", or what is wrong in plain words."""
    place: Place | None = None
    problem, detail = "", ""
    try:
        place = kinds.place_of(account)
        detail = kinds.channel_of(account).test(place)
    except Trouble as trouble:
        problem, detail = trouble.problem, trouble.detail
    account.tested_at, account.test_problem = timezone.now(), problem
    account.test_detail = kinds.cleared(detail, place)
    account.save(update_fields=["tested_at", "test_problem", "test_detail"])
    said = f" “{account.test_detail}”" if account.test_detail else ""
    return f"{account.get_test_problem_display()}{said}" if problem else ""
