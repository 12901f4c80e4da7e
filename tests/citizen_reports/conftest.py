"""A witness's browser, and secrets and a quarantine of each test's own."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from citizen_reports import intake, views
from citizen_reports.models import IntakeForm
from tests import make
from tests.citizen_reports.posts import token
from tests.citizen_reports.tus import Sender


@pytest.fixture(autouse=True)
def own_data(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.SEALING_KEYS, settings.PEPPER, settings.TRUSTED_PROXIES = [], "", []
    return tmp_path


@pytest.fixture
def house_form(db: None, monkeypatch: pytest.MonkeyPatch) -> IntakeForm:
    """The house's own form, of a paper in English, French and Arabic; it may be sent as fast as a test can."""
    monkeypatch.setattr(views, "TYPING_TAKES", views.timedelta(0))
    make.site()
    intake.found_forms()
    return IntakeForm.objects.get(slug="witness")


@pytest.fixture
def witness(house_form: IntakeForm) -> Iterator[Client]:
    """Nobody's browser: every page it was given set no cookie."""
    client = Client()
    yield client
    assert not client.cookies


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the time that Django tells."""
    return lambda now: monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def sender(witness: Client) -> Sender:
    """The script of a page that the witness has before her."""
    return Sender(witness, token(witness))
