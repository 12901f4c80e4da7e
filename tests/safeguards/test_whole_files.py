"""A file is there whole, under its name, or nothing is left of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from safeguards.whole_files import WholeFile


def test_it_appears_at_the_end_with_all_that_was_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "list"
    with WholeFile(path) as whole:
        whole.file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["list"]


@pytest.mark.parametrize("problem", [OSError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_of_one_that_went_wrong(tmp_path: Path, problem: type[BaseException]) -> None:
    def interrupted() -> None:
        with WholeFile(tmp_path / "list") as whole:
            whole.file.write(b"one")
            raise problem

    with pytest.raises(problem):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"old")
    whole = WholeFile(path)
    whole.file.write(b"new")
    whole.remove()
    assert path.read_bytes() == b"old"
    with WholeFile(path) as whole:
        whole.file.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_disk_that_fills_up_at_the_very_end_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    whole = WholeFile(tmp_path / "list", aside=tmp_path / "aside")
    whole.file.write(b"one")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        whole.finish()
    assert list(tmp_path.iterdir()) == []


def test_it_is_finished_once_with_the_time_that_it_shall_show_and_can_be_taken_back(tmp_path: Path) -> None:
    with WholeFile(tmp_path / "list") as whole:
        whole.file.write(b"one")
        whole.finish(at=3600)
    assert whole.path.stat().st_mtime == 3600
    whole.remove()
    assert list(tmp_path.iterdir()) == []
