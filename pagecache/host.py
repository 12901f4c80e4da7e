"""The page store of this host: what the settings make of it, once in each process."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings

from pagecache.files import Files
from pagecache.generations import Generations, slot_of
from pagecache.memory import Memory
from pagecache.turns import Turns
from pagecache.wrapper import FIGURES, Application, PageStore

EVERYTHING = "site"  # the tag of every page
_MEGABYTE = 1024 * 1024


class Host:
    """The parts that all processes of the host share."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder
        self.generations = Generations(folder / "pagecache" / "epochs")
        self.turns = Turns(folder / "pagecache" / "turns")
        self.files = Files(folder / "pages", release, self.generations, most_bytes=settings.PAGE_DISK_MB * _MEGABYTE)

    def purge(self, tags: Iterable[str], *, hard: bool) -> None:
        """Takes every page with one of these tags out of store. When this returns no process here serves a hard one."""
        tags = list(tags)
        slots = {slot_of(tag) for tag in tags}
        epoch = self.generations.purge(slots, hard=hard)
        self.files.purge(None if EVERYTHING in tags else slots, before=epoch)

    def wrap(self, application: Application) -> PageStore:
        """The application behind the store, with the memory of this process."""
        return PageStore(
            application,
            memory=Memory(settings.PAGE_MEMORY_MB * _MEGABYTE),
            files=self.files,
            generations=self.generations,
            turns=self.turns,
            surrogate_keys=bool(settings.SURROGATE_SECONDS),
        )

    def answers(self) -> dict[str, int]:
        """Answers by where they came from, of all processes, since the machine started."""
        return dict(zip(FIGURES, self.generations.figures(len(FIGURES)), strict=True))


@lru_cache(maxsize=1)
def here() -> Host:
    """This process's way to the store."""
    return Host(Path(settings.DATA_DIR), release())


@lru_cache(maxsize=1)
def release() -> str:
    """Changes with the code, the templates and the catalogues: pages of another release are not served."""
    base = Path(settings.BASE_DIR)
    marks = blake2b(digest_size=8)
    folders = [base / "templates", base / "static", base / "locale", *_rooms(base)]
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        if file.suffix != ".pyc":
            known = file.stat()
            marks.update(f"{file.relative_to(base)} {known.st_size} {known.st_mtime_ns}\n".encode())
    return marks.hexdigest()


def _rooms(base: Path) -> list[Path]:
    return [base / name for name in settings.INSTALLED_APPS if (base / name).is_dir()]
