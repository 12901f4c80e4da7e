"""Each test has secrets of its own; one table with sealed columns exists for this room's tests only."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.safeguards.witness import Witness


@pytest.fixture(autouse=True)
def own_secrets(settings: Any, tmp_path: Path) -> Path:
    """The folder that this test's keys lie in."""
    settings.DATA_DIR = tmp_path
    settings.SEALING_KEYS, settings.PEPPER = [], ""
    settings.TRUSTED_PROXIES, settings.OUTGOING_ALLOWED = [], []
    return tmp_path / "secrets"


@pytest.fixture(scope="session")
def witness_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Witness)
        yield
        connection.close()  # a test of what happens without the database may have ended it from outside
        with connection.schema_editor() as editor:
            editor.delete_model(Witness)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the time that Django tells."""
    return lambda now: monkeypatch.setattr("django.utils.timezone.now", lambda: now)
