"""Three people, as everywhere in these tests: a stranger, a reporter, an editor. And a chief where it matters."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from accounts.models.audit import NO_TRIGGERS, TRIGGERS
from accounts.roles import Role
from pagecache import host
from tests import make, prepared

OTHERS_CLOCKS = {"browser", "nginx", "processes"}
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Other processes keep their own time: a test with a browser or servers may be tried twice more, which is told (not
    one about races, where a fault now and then is the fault).

    What only PostgreSQL can do is for the run on PostgreSQL; what asks no database has run before it, on SQLite.
    """
    if connection.vendor != "postgresql":
        elsewhere = [item for item in items if item.get_closest_marker("postgresql")]
    else:
        elsewhere = [item for item in items if os.environ.get("PREPARED") and not asks_a_database(item)]
    config.hook.pytest_deselected(items=elsewhere)
    there = set(elsewhere)
    items[:] = [item for item in items if item not in there]
    for item in items:
        markers = {marker.name for marker in item.iter_markers()}
        if OTHERS_CLOCKS & markers and "race" not in markers:
            item.add_marker(pytest.mark.flaky(reruns=2))


def asks_a_database(item: pytest.Item) -> bool:
    markers = {marker.name for marker in item.iter_markers()}
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(markers & {"django_db", "processes", "both_databases", "postgresql"} or fixtures & DATABASE)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """On SQLite a migrated copy is put where the tests' database belongs, and kept, if tests/run.py has made one."""
    return connection.vendor == "sqlite" and prepared.database(Path(str(connection.settings_dict["TEST"]["NAME"])))


@pytest.fixture(autouse=True)
def default_language_and_clock() -> None:
    """Whatever language and clock the last request left in this thread, a test begins in the default ones."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def own_store() -> None:
    """The page store that a test with a data folder of its own was the first to open is not the next test's."""
    if host.here.cache_info().currsize and host.here().folder != Path(settings.DATA_DIR):
        host.here.cache_clear()


@pytest.fixture
def editor(db: None) -> User:
    return make.user(Role.EDITOR, display_name="Edith Oram")


@pytest.fixture
def reporter(db: None) -> User:
    return make.user(Role.REPORTER, display_name="Rafi Sand")


@pytest.fixture
def chief(db: None) -> User:
    return make.user(Role.CHIEF, display_name="Chika Dahl")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser-less client signed in as the given person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="session", autouse=True)
def audit_rows_can_be_flushed() -> Iterator[None]:
    """Between tests with transactions of their own, SQLite empties tables row by row, which audit rows refuse."""
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    flush = operations.sql_flush

    def sql_flush(*args: Any, **kwargs: Any) -> list[str]:
        return [*NO_TRIGGERS["sqlite"], *flush(*args, **kwargs), *TRIGGERS["sqlite"]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        yield
