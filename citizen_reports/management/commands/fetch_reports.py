import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from citizen_reports.mail import imap, working


class Command(BaseCommand):
    help = "Fetches the mails that wait in the mailbox of REPORTS_IMAP_URL now, and lets in what may come in."

    def handle(self, *args: Any, **options: Any) -> None:
        if imap.target() is None:
            raise CommandError("There is no mailbox: set REPORTS_IMAP_URL.")
        fetched = 0
        try:
            while new := imap.fetch():  # a turn of it ends after a while, whatever is left
                fetched += new
        except imap.Trouble as error:
            raise CommandError(f"The mailbox cannot be read: {error}") from error
        dealt_with = working.turn("fetch_reports", threading.Event())
        self.stdout.write(f"Mails fetched: {fetched}, dealt with: {dealt_with}")
