"""Tokens of forms: signed, timed, for one form."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from safeguards import form_tokens
from safeguards.form_tokens import FormToken
from safeguards.problems import TokenForged, TokenMissing, TokenProblem, TokenTooFast, TokenTooOld

NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
Clock = Callable[[datetime], None]


def read(token: str, form: str = "report") -> FormToken:
    return form_tokens.read(token, form=form, at_least=timedelta(seconds=3), at_most=timedelta(hours=6))


def test_a_token_tells_its_nonce_and_its_time(clock: Clock) -> None:
    clock(NOON)
    token = form_tokens.issue("report")
    clock(NOON + timedelta(minutes=5))
    found = read(token)
    assert found.issued_at == NOON
    assert len(bytes.fromhex(found.nonce)) == 16
    assert read(token) == found


def test_no_two_tokens_are_alike(clock: Clock) -> None:
    clock(NOON)
    tokens = [form_tokens.issue("report") for _ in range(50)]
    clock(NOON + timedelta(minutes=1))
    assert len({read(token).nonce for token in tokens}) == 50


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (timedelta(seconds=-60), TokenTooFast),
        (timedelta(seconds=2, milliseconds=999), TokenTooFast),
        (timedelta(hours=6, milliseconds=1), TokenTooOld),
    ],
)
def test_too_fast_and_too_old(clock: Clock, after: timedelta, problem: type[TokenProblem]) -> None:
    clock(NOON)
    token = form_tokens.issue("report")
    clock(NOON + after)
    with pytest.raises(problem):
        read(token)


@pytest.mark.parametrize("after", [timedelta(seconds=3), timedelta(hours=6)])
def test_the_bounds_themselves_are_in(clock: Clock, after: timedelta) -> None:
    clock(NOON)
    token = form_tokens.issue("report")
    clock(NOON + after)
    assert read(token).issued_at == NOON


def test_a_token_of_another_form_counts_as_forged(clock: Clock) -> None:
    clock(NOON)
    token = form_tokens.issue("subscribe")
    clock(NOON + timedelta(minutes=1))
    with pytest.raises(TokenForged):
        read(token)


def test_every_changed_character_counts_as_forged(clock: Clock) -> None:
    clock(NOON)
    token = form_tokens.issue("report")
    clock(NOON + timedelta(minutes=1))
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(TokenForged):
            read(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("junk", ["x", ":", "::", "a:b:c", "تقرير", "\0", "x" * 100_000, "e30:"])
def test_junk_counts_as_forged(junk: str) -> None:
    with pytest.raises(TokenForged):
        read(junk)


def test_a_missing_token_is_told_apart() -> None:
    with pytest.raises(TokenMissing):
        read("")


def test_a_change_of_the_secret_key_spares_forms_that_are_open(settings: Any, clock: Clock) -> None:
    clock(NOON)
    token = form_tokens.issue("report")
    clock(NOON + timedelta(minutes=1))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-" + "y" * 50
    assert read(token).issued_at == NOON
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(TokenForged):
        read(token)


def test_each_problem_has_words_for_the_person() -> None:
    words = {str(problem()) for problem in (TokenMissing, TokenForged, TokenTooFast, TokenTooOld)}
    assert len(words) == 4
    assert all(text.endswith(".") for text in words)
