"""The counters by themselves: until when a page that was purged softly may be served, by a clock of ours."""

from __future__ import annotations

import math
import os
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


def test_counters_lie_on_the_disk_before_it_is_full(tmp_path: Path) -> None:
    """On a full disk, the first word written into a hole of a mapped file ends the process (SIGBUS)."""

    def holds_a_hole(path: Path) -> bool:
        with path.open("rb") as file:
            return os.lseek(file.fileno(), 0, os.SEEK_HOLE) < path.stat().st_size

    new, former = tmp_path / "new", tmp_path / "former"
    epoch = Generations(new).purge([7], hard=True)
    assert not holds_a_hole(new)
    former.write_bytes(new.read_bytes()[:4096])  # as they were left by an earlier release
    os.truncate(former, new.stat().st_size)
    assert holds_a_hole(former)
    assert Generations(former).epoch == epoch
    assert not holds_a_hole(former)
