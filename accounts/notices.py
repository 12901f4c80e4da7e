"""Notices: what concerns a member of staff, shown at the bell in the desk and sent by mail to whoever wants that.

Verbs call `tell` inside their transaction. Nothing is sent then: the worker mails what is still unread when it is due.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, override

from accounts.models import Notice, User
from accounts.models.user import ByMail

log = logging.getLogger(__name__)
GATHER = timedelta(minutes=1)  # what comes in one go goes in one mail
MORNING = 7
AGAIN = timedelta(minutes=10)
# What befalls one mail: all that smtplib raises is the first; refused by a provider.
MAIL_TROUBLE = (OSError, AnymailError)
STALE = timedelta(days=2)  # nobody wants a mail about it any more
KEPT = timedelta(days=90)
IN_ONE_MAIL = 30


def tell(
    users: Iterable[User],
    message: str,
    url: str,
    actor: User | None = None,
    *,
    urgent: bool = False,
    **params: str | int,
) -> int:
    """Leaves a notice for each of `users` but `actor`; how many. Sends nothing: the worker does, for whoever wants it.

    `message` is a msgid (mark it with ``gettext_noop``) with named places, ``"%(headline)s was sent back to you."``;
    `params` fill them and must be JSON. `url` is a path of this site, or "". `urgent` does not wait for the morning's
    mail. Call it inside the verb's transaction.
    """
    now = timezone.now()
    people = {user.pk: user for user in users if user.is_active and user != actor}
    rows = [
        Notice(user=user, text_id=message, params=params, url=url, at=now, mail_at=_mail_time(user, now, urgent))
        for user in people.values()
    ]
    Notice.objects.bulk_create(rows)
    return len(rows)


def unread(user: User) -> int:
    """How many notices the person has not read, counted to a hundred at most."""
    return Notice.objects.filter(user=user, read_at=None)[:100].count()


def mark_read(user: User, number: int | None = None) -> int:
    """Marks one of the person's notices as read, or (None) all of them; how many were not yet."""
    mine = Notice.objects.filter(user=user, read_at=None)
    if number is not None:
        mine = mine.filter(pk=number)
    return mine.update(read_at=timezone.now(), mail_at=None)


def send_due() -> int:
    """For the worker: one mail for each person with unread notices that are due; how many mails went."""
    return sum(_send_to(number) for number in _people_due())


def forget_old() -> int:
    """For the worker, daily: notices older than 90 days; how many went."""
    return Notice.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _mail_time(user: User, now: datetime, urgent: bool) -> datetime | None:
    if user.notices_by_mail == ByMail.NONE:
        return None
    if urgent or user.notices_by_mail == ByMail.AT_ONCE:
        return now + GATHER
    here = now.astimezone(ZoneInfo(user.time_zone))
    morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning > here else morning + timedelta(days=1)


def _people_due() -> list[int]:
    due = Notice.objects.filter(mail_at__lte=timezone.now()).order_by().values_list("user", flat=True)
    return list(due.distinct()[:50])


def _send_to(number: int) -> bool:
    now = timezone.now()
    with transaction.atomic():
        due = Notice.objects.filter(user=number, mail_at__lte=now).order_by("at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        taken = list(due[:IN_ONE_MAIL])
        # Held by the time of the next try: a worker that dies in between costs ten minutes and no notice.
        Notice.objects.filter(pk__in=[notice.pk for notice in taken]).update(mail_at=now + AGAIN)
    user = User.objects.filter(pk=number, is_active=True).exclude(notices_by_mail=ByMail.NONE).first()
    fresh = [notice for notice in taken if notice.read_at is None and notice.at > now - STALE]
    sent = False
    if user and fresh:
        try:
            _mail(user, fresh)
        except MAIL_TROUBLE:
            log.exception("notices could not be mailed to member of staff %s", number)
            return False
        sent = True
    Notice.objects.filter(pk__in=[notice.pk for notice in taken]).update(mail_at=None)
    return sent


def _mail(user: User, found: list[Notice]) -> None:
    with override(user.language):
        subject = (
            found[0].text
            if len(found) == 1
            else ngettext("%(count)d notice from the desk", "%(count)d notices from the desk", len(found))
            % {"count": len(found)}
        )
        lines = [(notice.text, settings.SITE_URL + notice.url if notice.url else "") for notice in found]
        words = {"user": user, "lines": lines, "my_settings": settings.SITE_URL + reverse("accounts:my_settings")}
        text = render_to_string("accounts/mail/notices.txt", words)
        subject = " ".join(subject.split()) or gettext("Notices from the desk")
    send_mail(subject, text, None, [user.email])
