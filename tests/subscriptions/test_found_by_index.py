"""Tables that grow for ever are not read whole by what the worker does each second. Plans of SQLite, of the queries as
they are sent, parameters and all: of an index with a condition it knows only what stands in the statement itself."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone

from subscriptions import hours, ledger, sending
from subscriptions.channels import posting
from subscriptions.models.letters import Delivery
from subscriptions.push import sending as push_sending
from tests.subscriptions.readers import alert, outcomes, reader, work

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it finds rows")
GROWING = r"^SCAN subscriptions_(delivery|edition|channelpost|pushround|pushdelivery|subscriber)\b(?!.*COVERING)"


@contextmanager
def plans() -> Iterator[list[str]]:
    """How each query that is sent meanwhile finds its rows, a line for each table."""
    found: list[str] = []

    def explained(execute, sql, params, many, context):
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                found.extend(row[-1] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        yield found


def read_whole(found: list[str]) -> list[str]:
    assert found
    return [line for line in found if re.search(GROWING, line)]


@pytest.mark.parametrize("turn", [sending.turn, posting.turn, push_sending.turn])
def test_a_turn_without_work_reads_no_growing_table_whole(turn, paper):
    with plans() as found:
        turn("tests", Event())
    assert read_whole(found) == []


def test_letters_that_are_due_are_found_in_their_order_without_sorting_all_that_wait(paper):
    edition = alert()
    with plans() as found:
        ledger.claim(edition, worker="tests", limit=1)
    assert [line for line in found if "delivery" in line or "TEMP" in line] == [
        "SEARCH subscriptions_delivery USING INDEX delivery_ready (edition_id=? AND due_at<?)"
    ]


@pytest.mark.parametrize("states", [[], ["ready' OR 1"]])
def test_only_states_that_the_code_names_are_written_into_a_statement(states, paper):
    with pytest.raises(ValueError, match=r"\["):
        Delivery.objects.filter(state__one_of=states).exists()


def test_what_a_dead_worker_left_is_found_among_what_is_held(paper):
    reader()
    edition = alert()
    sending.addressing.prepare("dead")
    (held,) = ledger.claim(edition, worker="dead", limit=1)
    Delivery.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    with plans() as found:
        assert ledger.recover() == 1
    assert outcomes(edition) == {"ready": 1}
    assert read_whole(found) == []
    assert any("delivery_leased" in line for line in found)
    work()
    assert outcomes(edition) == {"sent": 1}


def test_before_a_letter_only_those_who_sleep_or_pause_are_asked_about_it(paper):
    with plans() as found:
        hours.due_at(timezone.now())
        hours.paused(timezone.now())
    assert {name for line in found for name in re.findall(r"INDEX (\w+)", line)} == {
        "subscriber_quiet", "subscriber_paused"
    }  # fmt: skip
