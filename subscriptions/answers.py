"""The letter that answers a sign-up: a button to confirm by, or the way to what one has already."""

from __future__ import annotations

import logging
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from articles.models.site import SiteSettings
from jobs import leases
from subscriptions import links, people
from subscriptions.models.people import Answer, Subscriber, Subscription, Topic
from subscriptions.topics import in_order, with_headlines

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
BATCH = 20
HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "OOF, AutoReply"}
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 45, 120, 360))


def turn(worker: str, stop: threading.Event) -> int:
    """Sends the answers that are due, those to people before those to lists that were imported; how many were tried.

    A worker that dies may have answered already; a second answer is harmless.
    """
    claimed: list[Answer] = []
    for is_of_import in (False, True):
        waiting = Answer.objects.filter(subscriber__answered_at__isnull=is_of_import)
        claimed += leases.claim(waiting, worker=worker, limit=BATCH - len(claimed), lease=LEASE)
    with connection() as line:
        for answer in claimed:
            if stop.is_set():
                leases.finish(answer, worker=worker)
            else:
                _send(answer, worker, line)
    return len(claimed)


@contextmanager
def connection() -> Iterator[BaseEmailBackend]:
    """The way out for several letters, one after the other; made when the first is sent."""
    line = get_connection()
    try:
        yield line
    finally:
        _close(line)


def _close(line: BaseEmailBackend) -> None:
    with suppress(OSError):
        line.close()


def _send(answer: Answer, worker: str, line: BaseEmailBackend) -> None:
    subscriber = Subscriber.objects.get(pk=answer.subscriber_id)
    # Somebody may have seen to that since the answer was put down.
    barred = people.is_barred(subscriber.email_norm)
    if barred or hand_over(compose(subscriber), answer, line, worker=worker, subscriber=subscriber):
        Answer.objects.filter(pk=answer.pk, lease_by=worker).delete()
        Subscriber.objects.filter(pk=subscriber.pk, answered_at=None).update(answered_at=timezone.now())


def hand_over(
    letter: EmailMessage, row: leases.Leased, line: BaseEmailBackend, *, worker: str, subscriber: Subscriber
) -> bool:
    """Sends it. True when nothing more is to be tried; False when the row was put off to try again."""
    letter.connection = line
    try:
        line.open()
        letter.send()
    except OSError as error:  # all that smtplib raises is one
        _close(line)  # the next letter gets a new one, since nobody knows how far this one got
        again = leases.again_at(row.attempts, RETRIES)
        what = type(error).__name__
        log.warning("a letter to a single reader was not sent (%s)", what, extra={"subscriber": str(subscriber.pk)})
        if again and not _is_refusal(error):
            leases.finish(row, worker=worker, due_at=again)
            return False
    return True


def _is_refusal(error: OSError) -> bool:
    """The address itself is not taken, and will not be later."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _text in error.recipients.values())


def compose(subscriber: Subscriber) -> EmailMessage:
    """In the reader's language: to confirm what is pending, and to manage what is active."""
    pending = Topic.objects.filter(
        subscriptions__subscriber=subscriber, subscriptions__state=Subscription.State.PENDING
    )
    is_reader = subscriber.state == Subscriber.State.ACTIVE
    with translation.override(subscriber.language):
        paper = SiteSettings.load().words(subscriber.language)["name"]
        rows = with_headlines(in_order(pending.select_related("section__parent", "author", "tag")))
        topics = [topic.name_in(subscriber.language) for topic in rows]
        context = {
            "paper": paper,
            "topics": topics,
            "confirm": address_of("confirm", links.make(links.Purpose.CONFIRM, subscriber)) if topics else "",
            "manage": address_of("manage", links.make(links.Purpose.MANAGE, subscriber)) if is_reader else "",
            "hours": int(links.CONFIRM_WITHIN.total_seconds() // 3600),
        }
        subject = gettext("Please confirm: news from %(paper)s") if topics else gettext("Your letters from %(paper)s")
        return EmailMessage(
            subject % {"paper": paper},
            render_to_string("subscriptions/mail/answer.txt", context),
            to=[subscriber.email],
            headers=HEADERS,
        )


def address_of(name: str, token: str) -> str:
    """The whole address of a reader's page."""
    return settings.SITE_URL + reverse(f"subscriptions:{name}", args=[token])
