"""The door to a mailbox: the worker looks in every half minute, takes what is new into keeping, and moves it aside.

Always with TLS and a certificate that is verified; there is no way round. A mail is moved only when it is safely kept,
so whoever dies in between leaves it where it was, and the next one finds that it is known. Mails are only copied here:
what is in them is no business of this program, which also speaks to the server.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
import time
from collections import Counter, deque
from contextlib import ExitStack, suppress
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from imap_tools import ImapToolsError, MailBox
from imap_tools.errors import MailboxFolderCreateError

from citizen_reports.mail import receiving
from citizen_reports.mail.receiving import Place
from citizen_reports.models import InboundEmail

log = logging.getLogger(__name__)
# The folder for what has been fetched; some servers (Courier, Cyrus, cPanel) have folders only below the INBOX.
DONE = ("Newsroom", "INBOX.Newsroom")
BUDGET = 20.0  # seconds for one turn, so that the worker's other chores do not wait
SILENCE = 10  # seconds that the server may say nothing
TRIES = 3
Trouble = (OSError, imaplib.IMAP4.error, ImapToolsError)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
_LITERAL = re.compile(rb"BODY\[", re.IGNORECASE)


class NotGiven(Exception):
    """The server answered, but did not give out the mail."""


class Visit(NamedTuple):
    """A connection, which mailbox it leads to, the meaning of its numbers, and the folder for what is done."""

    mailbox: MailBox
    name: str
    validity: int
    done: str


class Target(NamedTuple):
    host: str
    port: int
    user: str
    password: str
    folder: str


def target() -> Target | None:
    """What ``REPORTS_IMAP_URL`` names; None when it is empty. Raises ``ImproperlyConfigured``, without the password."""
    if not settings.REPORTS_IMAP_URL:
        return None
    try:
        parts = urlsplit(settings.REPORTS_IMAP_URL)
        port = parts.port or 993
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "imaps" or not (parts.hostname and parts.username and parts.password):
        raise ImproperlyConfigured("REPORTS_IMAP_URL must be imaps://user:password@host/INBOX, percent-encoded.")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Target(parts.hostname, port, unquote(parts.username), unquote(parts.password), folder)


def fetch() -> int:
    """For the worker: takes new mails into keeping for `BUDGET` seconds at most; how many were new.

    Raises what the server's way raises when it cannot be reached at all, does not prove who it is, or does not let us
    in. One mail that it does not give out is tried three times, on a fresh connection each, and then noted.
    """
    to = target()
    if to is None:
        return 0
    ends = time.monotonic() + BUDGET
    visit, new, tries = _visit(to), 0, Counter[int]()
    try:
        todo = deque(sorted(int(uid) for uid in visit.mailbox.uids("UNDELETED", charset=None)))
        while todo and time.monotonic() < ends:
            uid = todo.popleft()
            try:
                new += _take(visit, uid)
            except receiving.NoRoom:
                raise
            except (*Trouble, NotGiven) as error:
                tries[uid] += 1
                log.warning("mail %s of the mailbox could not be fetched (%s)", uid, type(error).__name__)
                if tries[uid] < TRIES:
                    todo.append(uid)
                else:
                    receiving.note(visit.name, Place(visit.validity, uid), InboundEmail.Reason.UNFETCHABLE)
                _leave(visit.mailbox)
                before, visit = visit, _visit(to)
                if visit.validity != before.validity:
                    break  # numbers mean other mails now: the next turn begins anew
    finally:
        _leave(visit.mailbox)
    return new


def _take(visit: Visit, uid: int) -> bool:
    """One mail into keeping and aside; False when it was known."""
    mailbox, number, place = visit.mailbox, str(uid), Place(visit.validity, uid)
    known = InboundEmail.objects.filter(mailbox=visit.name, uidvalidity=visit.validity, uid=uid).first()
    if known and known.reason == InboundEmail.Reason.UNFETCHABLE:
        return False  # it stays where people can look at it
    if not known:
        size = _size(mailbox, number)
        if size is None:
            return False  # somebody took it away just now
        if size > receiving.LARGEST:
            receiving.note(visit.name, place, InboundEmail.Reason.TOO_LARGE, size=size)
        else:
            receiving.ingest(_bytes(mailbox, number), visit.name, place=place)
    mailbox.move(number, visit.done)
    return not known


def _visit(to: Target) -> Visit:
    """Signed in. The server's certificate must be good for its name."""
    mailbox = MailBox(to.host, to.port, timeout=SILENCE, ssl_context=ssl.create_default_context())
    with ExitStack() as unless_it_succeeds:
        unless_it_succeeds.callback(_leave, mailbox)
        mailbox.login(to.user, to.password, to.folder)
        validity = mailbox.folder.status(to.folder, ["UIDVALIDITY"])["UIDVALIDITY"]
        # Another account has other mails under the same numbers, so its name is theirs.
        visit = Visit(mailbox, f"{to.user}@{to.host}/{to.folder}", validity, _done(mailbox))
        unless_it_succeeds.pop_all()
    return visit


def _done(mailbox: MailBox) -> str:
    """The folder for what is done, made if need be."""
    for folder in DONE:
        if mailbox.folder.exists(folder):
            return folder
    for folder in DONE[:-1]:
        with suppress(MailboxFolderCreateError):
            mailbox.folder.create(folder)
            return folder
    mailbox.folder.create(DONE[-1])
    return DONE[-1]


def _leave(mailbox: MailBox) -> None:
    with suppress(*Trouble):
        mailbox.logout()
    with suppress(*Trouble):
        mailbox.client.shutdown()  # a connection that broke is closed too


def _size(mailbox: MailBox, uid: str) -> int | None:
    """In bytes; None when there is no such mail any more."""
    _ok, told = mailbox.client.uid("FETCH", uid, "(RFC822.SIZE)")
    if found := _SIZE.search(b" ".join(each for each in told if isinstance(each, bytes))):
        return int(found[1])
    if mailbox.uids(f"UID {uid}", charset=None):
        raise NotGiven
    return None


def _bytes(mailbox: MailBox, uid: str) -> bytes:
    """The whole mail, which stays unread for whoever else looks. No more is taken than a mail may have, whatever the
    server says of its size.
    """
    status, told = mailbox.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{receiving.LARGEST}>)")
    found = [each[1] for each in told if isinstance(each, tuple) and _LITERAL.search(each[0])]
    if status != "OK" or len(found) != 1:
        raise NotGiven
    return bytes(found[0])
