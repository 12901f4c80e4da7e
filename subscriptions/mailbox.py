"""The mailbox that letters come back to: the worker looks in every minute. What told us something goes, the rest stays.

Always with TLS and a certificate that is verified. Whoever dies in between reads a mail twice, which changes nothing.
"""

from __future__ import annotations

import ssl
import time
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from imap_tools import MailBox

from subscriptions import bounces

BUDGET = 20.0  # seconds for one turn, so that the worker's other chores do not wait
SILENCE = 10  # seconds that the server may say nothing


def fetch() -> int:
    """For the worker: how many mails told us something. Nothing to do without `settings.BOUNCES_IMAP_URL`.

    Raises what the server's way raises when it cannot be reached or does not let us in.
    """
    if not settings.BOUNCES_IMAP_URL:
        return 0
    parts = urlsplit(settings.BOUNCES_IMAP_URL)
    if parts.scheme != "imaps" or not (parts.hostname and parts.username and parts.password):
        raise ImproperlyConfigured("BOUNCES_IMAP_URL must be imaps://user:password@host/INBOX, percent-encoded.")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    box = MailBox(parts.hostname, parts.port or 993, timeout=SILENCE, ssl_context=ssl.create_default_context())
    count, ends = 0, time.monotonic() + BUDGET
    with box.login(unquote(parts.username), unquote(parts.password), folder):
        for uid in box.uids("UNSEEN", charset=None):
            if time.monotonic() > ends:
                break
            _status, told = box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{bounces.LARGEST}>)")
            raw = next((bytes(each[1]) for each in told if isinstance(each, tuple)), b"")
            if bounces.take(raw):
                count += 1
                box.delete(uid)
            else:
                box.flag(uid, "\\Seen", True)
    return count
