"""Keys in files: made once, whole, for their owner only."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from safeguards import keys


def test_many_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait()
        return keys.read_or_make(tmp_path / "secrets", "pepper")

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert found == {(tmp_path / "secrets" / "pepper").read_text()}
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["pepper"]


def test_nobody_else_can_read_folder_or_file(tmp_path: Path) -> None:
    keys.read_or_make(tmp_path / "secrets", "pepper")
    keys.replace(tmp_path / "secrets", "daily", "2031-05-04 new")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}


def test_under_the_lock_no_change_is_lost(tmp_path: Path) -> None:
    keys.replace(tmp_path, "number", "0")

    def add_one(_: int) -> None:
        with keys.locked(tmp_path):
            keys.replace(tmp_path, "number", str(int((tmp_path / "number").read_text()) + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(80)))
    assert (tmp_path / "number").read_text() == "80"
