"""Whole numbers out of what somebody sends."""

import pytest

from safeguards.numbers import whole


@pytest.mark.parametrize(
    ("given", "number"),
    [("0", 0), ("007", 7), (12, 12), ("9" * 18, 10**18 - 1),
     *((each, None) for each in ("", None, "-1", "+1", "1.5", "1_000", " 1", "1\n", "²", "٣", "9" * 19, "9" * 5000))],
)  # fmt: skip
def test_whole(given: object, number: int | None) -> None:
    assert whole(given) == number


def test_no_more_digits_than_the_column_has() -> None:
    assert (whole("9" * 9, digits=9), whole("9" * 10, digits=9)) == (10**9 - 1, None)
