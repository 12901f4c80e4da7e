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
from subscriptions.models.people import Answer, Subscriber, Subscription

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
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
    letter = compose(Subscriber.objects.get(pk=answer.subscriber_id))
    try:
        letter.send()
    except OSError as error:  # all that smtplib raises is one
        again = leases.again_at(answer.attempts, RETRIES)
        what = type(error).__name__
        log.warning("an answer to a sign-up was not sent (%s)", what, extra={"subscriber": str(answer.subscriber_id)})
        if again and not _is_refusal(error):
            leases.finish(answer, worker=worker, due_at=again)
            return
    Answer.objects.filter(pk=answer.pk, lease_by=worker).delete()


def _is_refusal(error: OSError) -> bool:
    """The address itself is not taken, and will not be later."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _text in error.recipients.values())


def compose(subscriber: Subscriber) -> EmailMessage:
    """In the reader's language: to confirm what is pending, and to manage what is active."""
    pending = subscriber.subscriptions.filter(state=Subscription.State.PENDING).select_related("topic__section__parent")
    is_reader = subscriber.state == Subscriber.State.ACTIVE
    with translation.override(subscriber.language):
        paper = SiteSettings.load().words(subscriber.language)["name"]
        topics = [each.topic.name_in(subscriber.language) for each in pending]
        context = {
            "paper": paper,
            "topics": topics,
            "confirm": _address("confirm", links.make(links.Purpose.CONFIRM, subscriber)) if topics else "",
            "manage": _address("manage", links.make(links.Purpose.MANAGE, subscriber)) if is_reader else "",
            "hours": int(links.CONFIRM_WITHIN.total_seconds() // 3600),
        }
        subject = gettext("Please confirm: news from %(paper)s") if topics else gettext("Your letters from %(paper)s")
        return EmailMessage(
            subject % {"paper": paper},
            render_to_string("subscriptions/mail/answer.txt", context),
            to=[subscriber.email],
            headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "OOF, AutoReply"},
        )


def _address(name: str, token: str) -> str:
    return settings.SITE_URL + reverse(f"subscriptions:{name}", args=[token])
