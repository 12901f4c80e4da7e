"""The counters by themselves: until when a page that was purged softly may be served, by a clock of ours."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pagecache.generations import GRACE, OVER, Generations


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("pagecache.generations.time.monotonic", clock)
    return clock


@pytest.fixture
def generations(tmp_path: Path, clock: Clock) -> Generations:
    return Generations(tmp_path / "generations")


def test_a_second_soft_purge_does_not_prolong_the_first_ones_grace(generations: Generations, clock: Clock) -> None:
    oldest, begun = generations.epoch, clock.now
    generations.purge([7], hard=False)
    assert generations.good_until((7,), oldest) == begun + GRACE
    clock.now += 1
    between = generations.epoch
    generations.purge([7], hard=False)
    assert generations.good_until((7,), oldest) == begun + GRACE
    assert clock.now < generations.good_until((7,), between) <= clock.now + GRACE
    assert generations.good_until((7,), generations.epoch) == math.inf


def test_a_page_whose_grace_is_over_gets_no_new_one(generations: Generations, clock: Clock) -> None:
    oldest = generations.epoch
    generations.purge([7], hard=False)
    clock.now += GRACE + 1
    between = generations.epoch
    generations.purge([7], hard=False)
    assert generations.good_until((7,), oldest) == OVER
    assert generations.good_until((7,), between) == clock.now + GRACE


def test_purges_in_quick_succession_leave_no_page_for_longer_than_its_grace(
    generations: Generations, clock: Clock
) -> None:
    oldest, begun = generations.epoch, clock.now
    for _ in range(50):
        generations.purge([7, 8], hard=False)
        clock.now += 0.3
        is_served = clock.now < generations.good_until((7, 8), oldest)
        assert is_served == (clock.now < begun + GRACE)


def test_after_a_restart_of_the_machine_an_older_clocks_moments_mean_nothing(
    generations: Generations, clock: Clock
) -> None:
    generations.purge([7], hard=False)
    clock.now = 10.0
    epoch = generations.epoch
    generations.purge([7], hard=False)
    assert generations.good_until((7,), epoch) == 10.0 + GRACE


def test_a_hard_purge_leaves_no_grace(generations: Generations) -> None:
    epoch = generations.epoch
    generations.purge([7], hard=False)
    generations.purge([7], hard=True)
    assert generations.good_until((7,), epoch) == 0
