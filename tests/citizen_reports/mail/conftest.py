"""A paper with a mailbox; what its worker does with a mail, in one go."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from citizen_reports.mail import letters, receiving, working
from citizen_reports.models import InboundEmail
from tests import make
from tests.citizen_reports.mail.mails import BASE


@pytest.fixture(autouse=True)
def paper(db: None, settings: Any) -> None:
    settings.REPORTS_ADDRESS = BASE
    settings.REPORTS_IMAP_URL = settings.REPORTS_HOOK_KEY = ""
    make.site()


@pytest.fixture
def arrive() -> Callable[[bytes], InboundEmail]:
    """Takes a mail in and has the worker read it; gives its row as it is then."""

    def arrive(raw: bytes) -> InboundEmail:
        number = receiving.ingest(raw, "pipe").pk
        work()
        return InboundEmail.objects.get(pk=number)

    return arrive


def work() -> None:
    """All that the worker has to do for mails now."""
    while working.turn("worker", threading.Event()) or letters.turn("worker", threading.Event()):
        pass
