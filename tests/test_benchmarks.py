"""The bench runs through on a tiny newsroom, so that nobody finds it broken when its figures are wanted."""

import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.http import QueryDict

from articles import narrowing
from benchmarks import desk
from benchmarks.table import Row, table


@pytest.mark.processes
def test_the_bench_makes_one_table_of_ratios() -> None:
    command = [sys.executable, "-m", "benchmarks.run", "--quick", "--only", "sqlite"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in done.stdout.splitlines()
        if line.startswith("| ")
    ]
    measures = {re.split(r"[,/]", line[0])[0].strip() for line in lines[2:]}
    assert measures >= {
        "warm article", "warm front page", "warm feed", "cold article", "article", "front", "section", "author", "tag",
        "month", "feed", "news sitemap", "search", "list of stories", "publication of a story",
        "pages left in store after a soft purge of one story",
    }  # fmt: skip
    assert all(float(line[4]) > 0 for line in lines[2:])
    assert {line[6] for line in lines[2:]} <= {"met", "missed", ""}


def test_the_desks_lists_are_asked_for_as_its_own_fields_do() -> None:
    asked = [QueryDict(address.partition("?")[2]) for address in desk.lists(7).values()]
    assert [each.dict() for each in asked] == [
        {}, {"section": "7"}, {"changed": "1"}, {"o": "5.-8"}, {"q": "north quay"}, {"q": "northern"},
    ]  # fmt: skip
    assert all(each.keys() <= {*narrowing.CONDITIONS, "q", "o"} for each in asked)


@pytest.mark.parametrize(
    ("ratio", "budget", "verdict"),
    [
        (0.9, "≥ 0.90", "met"),
        (0.896, "≥ 0.90", "met"),
        (0.89, "≥ 0.90", "missed"),
        (1.3, "≤ 1.30", "met"),
        (1.31, "≤ 1.30", "missed"),
        (7.0, "", ""),
    ],
)
def test_a_budget_is_met_or_missed_by_what_is_shown(ratio: float, budget: str, verdict: str) -> None:
    row = Row("warm feed", "SQLite", "1/s", "2/s", ratio, budget)
    assert row.verdict == verdict
    last = table([row]).splitlines()[-1]
    assert f"{ratio:.2f}" in last and last.rstrip(" |").endswith(verdict or f"{ratio:.2f}")
