"""What tests/run.py has prepared once, for tests that begin with a database or a data folder of their own.

It only saves time: where nothing was prepared, or by whoever asks for nothing, all is made anew.
"""

import os
import shutil
from pathlib import Path

HERE = Path(os.environ.get("PREPARED") or "/nowhere")


def database(path: Path) -> bool:
    """A migrated, empty SQLite database at `path`; False where none was prepared."""
    if not (HERE / "newsroom.sqlite3").is_file():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "newsroom.sqlite3", path)
    return True


def data(folder: Path) -> Path:
    """`folder` as `serve` leaves it on its first run, but for the newsroom's first rows, if it was prepared."""
    if database(folder / "newsroom.sqlite3"):
        shutil.copytree(HERE / "static", folder / "static")
        shutil.copy2(HERE / "static.stamp", folder)
    return folder
