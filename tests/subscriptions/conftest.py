from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from subscriptions.push import sending as push_sending
from tests import make
from tests.subscriptions.pushing import PushService
from tests.subscriptions.sink import Sink


@pytest.fixture
def paper(db: None, settings, tmp_path) -> None:
    """A paper whose letters go to files in a folder of this test."""
    settings.MAIL_TO_FILES = True
    settings.MAIL_OUT_DIR = tmp_path / "mail-out"
    make.site()


@pytest.fixture
def sink(paper: None, settings) -> Iterator[Sink]:
    """The same paper with a mail server on this machine."""
    with Sink() as running:
        settings.MAIL_TO_FILES = False
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 1
        yield running


@pytest.fixture
def browser(monkeypatch) -> Client:
    """A client without cookies that checks CSRF, for whom every form has been open for a while."""
    monkeypatch.setattr("subscriptions.views.AT_LEAST", timedelta(0))
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def service(paper: None, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """The same paper with a push service on this machine."""
    monkeypatch.setattr(push_sending, "PATIENCE", 5.0)
    with PushService() as running:
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{running.port}"]
        yield running
