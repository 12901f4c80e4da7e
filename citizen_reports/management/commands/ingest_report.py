import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from citizen_reports.mail import receiving


class Command(BaseCommand):
    help = (
        "Takes one mail from standard input, for a mail server to call. Ends with 0 when the mail is safely kept, with"
        " 65 when it is too large or empty, with 75 when it should be tried again (sysexits.h)."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(receiving.LARGEST + 1)
        if not raw.strip():
            self._end("There is no mail.", os.EX_DATAERR)
        try:
            receiving.ingest(raw, "pipe")
        except receiving.TooLarge:
            self._end("The mail is larger than 35 MB.", os.EX_DATAERR)
        except Exception as error:  # noqa: BLE001  # whatever it is, the mail server must keep the mail and come again
            self._end(f"Not now ({type(error).__name__}).", os.EX_TEMPFAIL)

    def _end(self, words: str, code: int) -> None:
        self.stderr.write(words)
        sys.exit(code)
