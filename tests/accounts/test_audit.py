import csv
import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit_export import safe
from accounts.models import AuditRow, User
from accounts.models.audit import Unchangeable, record

LIST, EXPORT = "admin:accounts_auditrow_changelist", "admin:accounts_auditrow_export"


def row(chief: User, verb: str = "tried", label: str = "", at: datetime | None = None) -> AuditRow:
    thing = User(pk=7, display_name=label or "Nora Vale")
    made = AuditRow(
        actor=chief, verb=verb, thing="accounts.user", thing_number="7", label=str(thing), at=at or timezone.now()
    )
    made.save()
    return made


def labels(client: Client, **query: str) -> set[str]:
    return {row.label for row in client.get(reverse(LIST), query).context["cl"].result_list}


def exported(client: Client, **query: str) -> list[list[str]]:
    response = client.get(reverse(EXPORT), query)
    text = b"".join(response.streaming_content).decode()
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:])))


def test_python_refuses_to_change_or_delete_a_row(chief: User) -> None:
    kept = row(chief)
    for attempt in (
        kept.save,
        kept.delete,
        lambda: AuditRow.objects.update(label="x"),
        lambda: AuditRow.objects.filter(pk=kept.pk).delete(),
        lambda: AuditRow.objects.bulk_update([kept], ["label"]),
    ):
        with pytest.raises(Unchangeable):
            attempt()
    assert AuditRow.objects.get().label == "Nora Vale"


@pytest.mark.parametrize("statement", ["UPDATE accounts_auditrow SET label = 'x'", "DELETE FROM accounts_auditrow"])
def test_the_database_refuses_it_too(statement: str, chief: User) -> None:
    row(chief)
    refused = pytest.raises(DatabaseError, match="audit rows are never changed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditRow.objects.get().label == "Nora Vale"


@pytest.mark.django_db(transaction=True)
def test_it_still_refuses_after_the_tests_emptied_the_table() -> None:
    record(actor=None, verb="tried", thing=User(pk=7, display_name="Nora"))
    with pytest.raises(DatabaseError, match="never changed"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditrow")


def test_the_list_is_filtered_by_who_what_kind_and_days(
    chief: User, editor: User, signed_in: Callable[[User], Client]
) -> None:
    row(chief, "killed", "Old bridge", datetime(2026, 3, 1, 12, tzinfo=UTC))
    row(editor, "published", "New bridge", datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    record(actor=None, verb="published", thing=chief)
    client = signed_in(chief)
    assert labels(client) == {"Old bridge", "New bridge", "Chika Dahl"}
    assert labels(client, verb="killed") == {"Old bridge"}
    assert labels(client, thing="accounts.user") == {"Old bridge", "New bridge", "Chika Dahl"}
    assert labels(client, actor__id__exact=str(editor.pk)) == {"New bridge"}
    assert labels(client, **{"from": "2026-03-01", "until": "2026-03-02"}) == {"Old bridge", "New bridge"}
    assert labels(client, until="2026-03-01") == {"Old bridge"}
    assert labels(client, **{"from": "nonsense"}) == {"Old bridge", "New bridge", "Chika Dahl"}
    assert labels(client, q="bridge", verb="published") == {"New bridge"}


def test_days_begin_at_the_readers_midnight(chief: User, signed_in: Callable[[User], Client]) -> None:
    User.objects.filter(pk=chief.pk).update(time_zone="Africa/Lagos")
    row(chief, label="Late", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    client = signed_in(chief)
    assert labels(client, **{"from": "2026-03-02"}) == {"Late"}
    assert labels(client, until="2026-03-01") == set()


def test_the_list_counts_no_further_than_it_must_and_asks_little(
    chief: User, signed_in: Callable[[User], Client], django_assert_max_num_queries
) -> None:
    client = signed_in(chief)
    for number in range(60):
        row(chief, label=f"Thing {number}")
    with django_assert_max_num_queries(13):
        assert len(labels(client)) == 50


def test_the_export_is_what_the_filter_shows_and_is_recorded(chief: User, signed_in: Callable[[User], Client]) -> None:
    row(chief, "killed", "Old bridge")
    row(chief, "published", "New bridge")
    client = signed_in(chief)
    head, *rows = exported(client, verb="killed")
    assert head[:3] == ["at (UTC)", "who", "did what"]
    assert [(each[1], each[2], each[5]) for each in rows] == [(chief.email, "killed", "Old bridge")]
    assert AuditRow.objects.get(verb="audit exported").detail == {"filter": "verb=killed"}
    assert [each[2] for each in exported(client)[1:3]] == ["audit exported"] * 2
    html = client.get(reverse(LIST), {"verb": "killed"}).content.decode()
    assert f'href="{reverse(EXPORT)}?verb=killed"' in html


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_is_a_formula(text: str, chief: User, signed_in: Callable[[User], Client]) -> None:
    assert safe(text) == "'" + text
    row(chief, label=text + "x")
    assert exported(signed_in(chief), verb="tried")[1][5].startswith("'")


def test_two_who_write_at_once_lose_no_row(transactional_db: None) -> None:
    def write() -> None:
        for _each in range(5):
            record(actor=None, verb="tried", thing=User(pk=1, display_name="Nora"))
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditRow.objects.count() == 15
