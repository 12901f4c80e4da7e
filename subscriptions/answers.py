"""The letter that answers a sign-up: a button to confirm by, or the way to what one has already."""

from __future__ import annotations

import logging
import smtplib
import threading
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from articles.models.site import SiteSettings
from jobs import leases
from subscriptions import links
from subscriptions.models.people import Answer, Subscriber, Subscription, Topic
from subscriptions.topics import in_order, with_headlines

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "OOF, AutoReply"}
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 45, 120, 360))


def turn(worker: str, stop: threading.Event) -> int:
    """Sends the answers that are due; how many were tried.

    A worker that dies may have answered already; a second answer is harmless.
    """
    claimed = leases.claim(Answer.objects.all(), worker=worker, limit=20, lease=LEASE)
    for answer in claimed:
        if stop.is_set():
            leases.finish(answer, worker=worker)
        else:
            _send(answer, worker)
    return len(claimed)


def _send(answer: Answer, worker: str) -> None:
    subscriber = Subscriber.objects.get(pk=answer.subscriber_id)
    if hand_over(compose(subscriber), answer, worker=worker, subscriber=subscriber):
        Answer.objects.filter(pk=answer.pk, lease_by=worker).delete()


def hand_over(letter: EmailMessage, row: leases.Leased, *, worker: str, subscriber: Subscriber) -> bool:
    """Sends it. True when nothing more is to be tried; False when the row was put off to try again."""
    try:
        letter.send()
    except OSError as error:  # all that smtplib raises is one
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
