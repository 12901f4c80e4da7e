"""Two hosts that begin at the same moment: one works, the other waits, and neither trips over the other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from articles.models.places import Section
from newsroom import preparing
from newsroom.turns import turn

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120.0


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What two threads, each with a connection of its own, have of doing it at the same moment."""
    start = threading.Barrier(2)

    def run(_: int) -> Any:
        start.wait(PATIENCE)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def test_the_second_is_told_that_it_waits_and_works_when_the_first_is_done() -> None:
    done: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with turn("try", waits=waits.set):
            done.append("second")

    with ThreadPoolExecutor(1) as pool:
        with turn("try"):
            other = pool.submit(second)
            assert waits.wait(PATIENCE)
            with turn("something else", waits=lambda: done.append("waited for nobody")):
                done.append("first")
        other.result(PATIENCE)
    assert done == ["first", "second"]


def test_who_fails_lets_go() -> None:
    with pytest.raises(KeyError), turn("try"):
        raise KeyError
    with turn("try"):
        pass


def test_two_migrations_at_once_apply_each_step_once() -> None:
    last = MigrationRecorder.Migration.objects.filter(app="pagecache").order_by("name").last()
    assert last
    steps = MigrationRecorder.Migration.objects.count()
    call_command("migrate", "pagecache", "zero", verbosity=0)
    assert at_once(lambda: call_command("migrate", "pagecache", stdout=StringIO(), verbosity=0)) == [None, None]
    assert "pagecache_purge" in connection.introspection.table_names()
    assert MigrationRecorder.Migration.objects.count() == steps


def test_two_hosts_that_begin_at_once_found_one_newsroom(settings: Any) -> None:
    settings.DEMO = False
    said = at_once(preparing.found)
    assert sum("chief@localhost  password" in each for each in said) == 1
    assert (User.objects.count(), Section.objects.count()) == (1, 1)


def test_a_database_that_is_away_is_said_as_always(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "postgresql":
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        with pytest.raises(OperationalError), turn("try"):
            pass
