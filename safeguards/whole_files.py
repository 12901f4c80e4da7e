"""Files that are there whole or not at all, whatever happens while they are written: a full disk, a kill, the end."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class WholeFile:
    """A new file at `path`, readable by its owner only; until `finish` it lies `aside` (else hidden beside its place).

    As a context it is finished at the end, and taken back when anything goes wrong inside. Raises ``FileExistsError``
    if something lies aside already, ``OSError`` on a full disk. `path` is overwritten if it is there.
    """

    def __init__(self, path: Path, *, aside: Path | None = None) -> None:
        self.path, self._aside = path, aside or path.with_name(f".{path.name}.part")
        self._is_finished = False
        self.file = os.fdopen(os.open(self._aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> WholeFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, *about: object) -> None:
        if kind:
            self.remove()
        else:
            self.finish()

    def finish(self, *, at: float | None = None) -> None:
        """Whole, on the disk, and in its place; `at` is the time (seconds of the epoch) that the file shall show.

        Nothing is left where that fails. A second call does nothing.
        """
        if self._is_finished:
            return
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            if at is not None:
                os.utime(self._aside, (at, at))
            self._aside.replace(self.path)
        except OSError:
            self.remove()
            raise
        self._is_finished = True
        settle(self.path.parent)

    def remove(self) -> None:
        """Nothing of it is left, finished or not."""
        with suppress(OSError):  # on a full disk what is not yet written cannot be
            self.file.close()
        self._aside.unlink(missing_ok=True)
        if self._is_finished:
            self.path.unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """The folder's list of names is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
