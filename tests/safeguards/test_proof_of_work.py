"""The puzzle: what solves it, and what does not."""

import hashlib

import pytest

from safeguards import proof_of_work

NONCE = "5f" * 16


def solve(challenge: str, bits: int = proof_of_work.BITS) -> str:
    number = 0
    while int(hashlib.sha256(f"{challenge}:{number}".encode()).hexdigest(), 16) >> (256 - bits):
        number += 1
    return str(number)


def test_an_answer_is_a_number_that_costs_work() -> None:
    answer = solve(NONCE, bits=10)
    assert proof_of_work.is_done(NONCE, answer, bits=10)
    digest = hashlib.sha256(f"{NONCE}:{answer}".encode()).hexdigest()
    zeros = 256 - int(digest, 16).bit_length()
    assert proof_of_work.is_done(NONCE, answer, bits=zeros)
    assert not proof_of_work.is_done(NONCE, answer, bits=zeros + 1)
    assert not proof_of_work.is_done("60" * 16, answer, bits=16)


@pytest.mark.parametrize("answer", ["", "-1", "1.5", "x", " 1", "٣", "1" * 17, "0x1", "1\n"])
def test_what_is_no_number_is_no_answer(answer: str) -> None:
    assert not proof_of_work.is_done(NONCE, answer, bits=0)


def test_the_last_bit_counts() -> None:
    assert proof_of_work.is_done(NONCE, "1", bits=0)
    assert not proof_of_work.is_done(NONCE, "1", bits=256)
