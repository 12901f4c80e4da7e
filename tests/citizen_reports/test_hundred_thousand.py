"""A hundred thousand reports: each page of the inbox asks as much as with three, and no question reads them all."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models.workflow import SectionLimit
from citizen_reports import keeping, purge, sorting
from citizen_reports.models import Report
from tests import make
from tests.citizen_reports import reports
from tests.citizen_reports.test_inbox import INBOX, page

pytestmark = pytest.mark.django_db
MANY = 100_000
# What a page may make SQLite do, in steps of its machine; to read every row takes ten times as many at least.
STEPS = 100_000
EVERY_ROW = {
    # That of a file's name or a date is each database's own; a hundred share an hour, as the anonymous do.
    "sqlite": {
        "id": "printf('%%032x', i)",
        "reference": "printf('CR-%%04d-%%02d', i / 100, i %% 100)",
        "last_activity": "datetime('now', '-' || (i / 100) || ' hours')",
        "received_at": "datetime('now', '-' || (i / 100) || ' hours')",
        "expires_at": "datetime('now', '+' || (i %% 2000 + 1) || ' hours')",
    },
    "postgresql": {
        "id": "lpad(to_hex(i), 32, '0')::uuid",
        "reference": "'CR-' || lpad((i / 100)::text, 4, '0') || '-' || lpad((i %% 100)::text, 2, '0')",
        "last_activity": "date_trunc('hour', now()) - (i / 100) * interval '1 hour'",
        "received_at": "date_trunc('hour', now()) - (i / 100) * interval '1 hour'",
        "expires_at": "date_trunc('hour', now()) + (i %% 2000 + 1) * interval '1 hour'",
    },
}
OF_ALL = {
    "receipt_lookup": "'r' || i",
    "token_lookup": "'t' || i",
    "state": "CASE i %% 10 WHEN 0 THEN 'new' WHEN 1 THEN 'triaged' WHEN 2 THEN 'spam' ELSE 'closed' END",
    "verification": "CASE i %% 7 WHEN 0 THEN 'verified' ELSE 'unverified' END",
    "section_id": "CASE i %% 3 WHEN 0 THEN NULL ELSE section_id END",
}


@pytest.fixture
def filled() -> Report:
    """The report in the middle of the inbox."""
    model = reports.report(title="The bridge")
    Report.objects.filter(pk=model.pk).update(section=make.section("Money"), is_announced=True, warn_at=None)
    own = {**OF_ALL, **EVERY_ROW[connection.vendor]}
    columns = [field.column for field in Report._meta.concrete_fields if not field.generated]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO citizen_reports_report ({', '.join(columns)}) "
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) "
            f"SELECT {', '.join(own.get(column, column) for column in columns)} FROM citizen_reports_report, n "
            "WHERE receipt_lookup NOT LIKE 'r%%'",
            [],
        )
        cursor.execute("ANALYZE citizen_reports_report")
    assert Report.objects.count() == MANY + 1
    assert Report.objects.filter(is_open=True).count() == MANY // 5 + 1
    return Report.objects.get(reference="CR-0500-00")


def asked(queries: CaptureQueriesContext) -> list[str]:
    """What was read of the reports; what hangs on one is bounded by that one."""
    firsts = ((each["sql"], re.search(r'^SELECT .*?FROM [^"]*"(\w+)"', each["sql"], re.DOTALL)) for each in queries)
    return [sql for sql, first in firsts if first and first[1] == "citizen_reports_report"]


def assert_bounded(sql: str) -> None:
    """It stops after as many rows as it needs, finds them by an index, and sorts none but those."""
    assert re.search(r" LIMIT \d+", sql) or re.search(r'"(id|reference|report_id)" (=|IN) ', sql), sql
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN (ANALYZE, FORMAT JSON)"}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql.replace('%', '%%')}", [])
        rows = cursor.fetchall()
    if connection.vendor == "postgresql":
        [[[whole]]] = rows
        assert most_rows(whole["Plan"]) < MANY // 2, f"{sql}\n{whole}"
        return
    plan = "\n".join(str(row[-1]) for row in rows)
    assert not re.search(r"SCAN citizen_reports_report(?!.*USING (COVERING )?INDEX)", plan), f"{sql}\n{plan}"
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan, f"{sql}\n{plan}"


def most_rows(plan: dict[str, Any]) -> float:
    """As many rows as any part of the plan has read, those included that it passed over."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return max([own, *map(most_rows, plan.get("Plans", []))])


def cost(client: Client, address: str, **query: str) -> tuple[int, str]:
    """How many queries a page takes, each of them bounded; and the page."""
    client.get(address, query)
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(step, 1000)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, query)
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(None, 1000)
    assert answer.status_code == 200
    assert steps[0] * 1000 < STEPS, (query, steps)
    for sql in asked(queries):
        assert_bounded(sql)
    return len(queries), answer.content.decode()


def test_every_page_of_the_inbox_and_every_turn_of_the_worker_is_bounded(filled: Report, signed_in, editor) -> None:
    desk = signed_in(editor)
    queries, shown = cost(desk, INBOX)
    assert shown.count('class="field-heading"') == 50
    for query in (
        {"state": "closed"}, {"state": "all"}, {"priority__exact": "normal"}, {"verification__exact": "verified"},
        {"kind__exact": "eyewitness"}, {"channel__exact": "web"}, {"language": "en"}, {"whose": "nobody"},
        {"state": "all", "ends": "14"}, {"ends": "1"}, {"state": "all", "ends": "hold"}, {"p": "3"},
        {"state": "all", "ends": "wish"},
        {"section__id__exact": str(Report.objects.exclude(section=None)[0].section_id)},
    ):  # fmt: skip
        assert cost(desk, INBOX, **query)[0] <= queries + 1, query
    found = cost(desk, INBOX, q="cr 0012 34")[1]
    assert found.count('class="field-heading"') == 1
    assert "CR-0012-34" in found

    clerk = make.user("editor")
    SectionLimit.objects.create(user=clerk, section=Report.objects.exclude(section=None)[0].section)
    cost(signed_in(clerk), INBOX)

    cost(desk, page(filled))

    now = timezone.now()
    Report.objects.filter(reference__lt="CR-0000-09").update(
        is_announced=False, warn_at=now, expires_at=now - timedelta(days=1), state="new"
    )
    with CaptureQueriesContext(connection) as queries:
        before, after = sorting.neighbours(filled, editor)
        assert sorting.announce() > 0
        assert keeping.warn() == 0
        assert purge.purge_due() > 0
    assert before
    assert after
    assert before.last_activity >= filled.last_activity >= after.last_activity
    for sql in asked(queries):
        assert_bounded(sql)
