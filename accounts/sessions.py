"""Where a member of staff is signed in: one row for each device, and how long a session may last.

When it began and was last used stands in the session itself, so that a page costs no query more; the row follows it
once a minute.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import StaffSession, User

log = logging.getLogger(__name__)
BEGAN, SEEN, CONFIRMED, ROW = "desk_began", "desk_seen", "desk_confirmed", "desk_row"
STEP = 60  # seconds between two notes of when somebody was last seen

_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(user_agent: str) -> str:
    """ "Firefox · Windows": the kind of browser and system, without versions; "" when neither is known."""

    def first(names: tuple[tuple[str, str], ...]) -> str:
        return next((name for sign, name in names if re.search(rf"\b{sign}", user_agent)), "")

    return " · ".join(filter(None, (first(_BROWSERS), first(_SYSTEMS))))


def begin(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Receives ``user_logged_in``, whichever way somebody signed in."""
    now = timezone.now()
    row = StaffSession.objects.create(
        user=user,
        session_key=request.session.session_key or "",
        device=device_words(request.META.get("HTTP_USER_AGENT", "")),
        began_at=now,
        seen_at=now,
    )
    request.session.update({BEGAN: now.timestamp(), SEEN: now.timestamp(), ROW: row.pk})
    log.info("member of staff %d signed in", user.pk)


def refused(sender: Any, **kwargs: Any) -> None:
    """Receives ``user_login_failed``. Whose address was typed is written down nowhere: it may be a password."""
    log.warning("a sign-in was refused")


def signed_out(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Receives ``user_logged_out``, while the session is still there."""
    StaffSession.objects.filter(pk=request.session.get(ROW, 0)).delete()


def check(request: HttpRequest) -> None:
    """Ends the session when it is too old or was left alone for too long; else notes, once a minute, that it is used.

    A session from before this was kept has no beginning, and so is over.
    """
    now = timezone.now().timestamp()
    session = request.session
    began, seen = session.get(BEGAN, 0), session.get(SEEN, 0)
    if now - began > settings.SESSION_MAX_DAYS * 86400 or now - seen > settings.SESSION_IDLE_HOURS * 3600:
        StaffSession.objects.filter(pk=session.get(ROW, 0)).delete()
        session.flush()
        request.user = AnonymousUser()
    elif now - seen > STEP:
        session[SEEN] = now
        StaffSession.objects.filter(pk=session.get(ROW, 0)).update(seen_at=timezone.now())


def follow(request: HttpRequest, key_before: str | None) -> None:
    """After the answer: a session that got a new key (the password changed) keeps its row."""
    key = request.session.session_key
    if key and key != key_before:
        StaffSession.objects.filter(pk=request.session.get(ROW, 0)).update(session_key=key)


def of(user: User) -> list[StaffSession]:
    """The person's sessions that still live, the one last used first. Those that ended without a word are forgotten."""
    store = _store()
    living: list[StaffSession] = []
    ended: list[StaffSession] = []
    for row in StaffSession.objects.filter(user=user):
        (living if store.exists(row.session_key) else ended).append(row)
    StaffSession.objects.filter(pk__in=[row.pk for row in ended]).delete()
    return living


def end(user: User, *, number: int | None = None, but: str | None = None) -> int:
    """Signs the person out of one session (`number`), or of all `but` the one with this key; how many ended."""
    rows = StaffSession.objects.filter(user=user).exclude(session_key=but or "")
    if number is not None:
        rows = rows.filter(pk=number)
    ended = list(rows)
    store = _store()
    for row in ended:
        store.delete(row.session_key)
    StaffSession.objects.filter(pk__in=[row.pk for row in ended]).delete()
    return len(ended)


def forget_ended() -> int:
    """For the worker, daily: rows of sessions that must be over by now; how many went."""
    oldest = timezone.now() - timedelta(days=settings.SESSION_MAX_DAYS)
    return StaffSession.objects.filter(began_at__lt=oldest).delete()[0]


def name_of(row: StaffSession) -> str:
    """The device in words, in the active language."""
    return row.device or gettext("A device that tells nothing of itself")


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore()
