from collections.abc import Iterator

import pytest

from tests import make
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
