"""docs/asvs.md leaves out no item, and names nothing that is not there; docs/security.md has the limits of the code."""

import re
from itertools import chain

from django.conf import settings

from newsroom import slow_clients

DOCS = settings.BASE_DIR / "docs"
# Sections of ASVS 5.0.0, and the last item of levels 1 and 2 in each: those of level 3 follow them.
LAST = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "11.1": 2, "11.2": 3, "11.3": 3,
    "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3,
    "16.5": 3,
}  # fmt: skip
WHOLE_CHAPTERS = {"10.1.1 to 10.7.3", "17.1.1 to 17.3.2"}
ROW = re.compile(r"^\| ([0-9][^|]*) \| (met|argued|none) \| (\S.*) \|$", re.MULTILINE)


def test_every_item_is_met_or_argued_once() -> None:
    rows = ROW.findall((DOCS / "asvs.md").read_text())
    items = [*chain.from_iterable(named.split(", ") for named, _how, _words in rows)]
    wanted = {f"{section}.{number}" for section, last in LAST.items() for number in range(1, last + 1)}
    assert len(items) == len(set(items))
    assert set(items) == wanted | WHOLE_CHAPTERS


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(
        r"`((?:[a-z_]+/)+[a-z_.]+\.[a-z]+|\.ci/run|NOTICE|requirements\.txt)`", (DOCS / "asvs.md").read_text()
    )
    assert len(named) > 60
    assert [name for name in named if not (settings.BASE_DIR / name).exists()] == []


def test_the_limits_that_are_told_are_those_of_the_code() -> None:
    said = (DOCS / "security.md").read_text()
    for words in (
        f"| {slow_clients.BODIES} threads of 64 in each process;",
        f"| {slow_clients.STREAMS} threads of 64 in each process |",
        f"| answers larger than {slow_clients.AT_ONCE // 1024} kB,",
        f"| time for the head | {slow_clients.HEADERS_WITHIN // 1000} s |",
        f"| closed after {slow_clients.HURRY:.0f} s (on Linux) |",
        f"| {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}; {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2} MB of them",
        f"| files of a form | {settings.DATA_UPLOAD_MAX_NUMBER_FILES:,},",
    ):
        assert words in said
