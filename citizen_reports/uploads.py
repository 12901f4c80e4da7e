"""Files on their way in: sealed piece by piece as the request is read, within the limits of a form."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db.models import Max
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from citizen_reports import quarantine
from citizen_reports.models import IntakeForm
from safeguards import stores

_MB = 1024 * 1024


class Refusal(Enum):
    """Why a file was not taken; the sentence may have a place for its name."""

    TOO_LARGE = _("“%(name)s” is too large.")
    TOO_MANY = _("“%(name)s” is one file too many.")
    TOO_MUCH = _("“%(name)s” is too large together with the other files.")
    EMPTY = _("“%(name)s” is empty.")
    CUT_SHORT = _("“%(name)s” did not arrive whole. You can send it with your receipt.")
    NO_SPACE = _("“%(name)s” could not be taken: we have no room for files just now. Please send it later.")
    AWAY = stores.AWAY

    def said_of(self, name: str) -> str:
        """For the person who sent it."""
        return str(self.value) % {"name": name}


@dataclass(frozen=True)
class Room:
    """What one sending may hold: so many files, so many bytes in one, so many in all."""

    files: int
    file_bytes: int
    media_bytes: int
    total_bytes: int

    @classmethod
    def of(cls, intake: IntakeForm) -> "Room":
        return cls(intake.max_files, intake.max_file_mb * _MB, intake.max_media_mb * _MB, intake.max_report_mb * _MB)

    @classmethod
    def widest(cls) -> "Room":
        """Of all forms: for a request whose form is known only when it has been read."""
        columns = ("max_files", "max_file_mb", "max_media_mb", "max_report_mb")
        most = IntakeForm.objects.aggregate(*map(Max, columns))
        files, *sizes = (most[f"{column}__max"] or 0 for column in columns)
        return cls(files, *(size * _MB for size in sizes))

    def most(self, declared_type: str) -> int:
        """The size of one file at most. What calls itself a film may be longer: all together are held to one limit."""
        is_media = declared_type.startswith(("video/", "audio/"))
        return max(self.media_bytes, self.file_bytes) if is_media else self.file_bytes


class SealingUpload(FileUploadHandler):
    """Takes the place of Django's own handlers, which write what is large to the temporary folder in plain.

    Without `room` every file is passed over, and only the fields are read.
    """

    def __init__(self, request: HttpRequest, room: Room | None = None) -> None:
        super().__init__(request)
        self.room = room
        self.received: list[quarantine.SealedFile] = []
        self.refused: list[tuple[str, Refusal]] = []
        self._current: quarantine.SealedFile | None = None
        self._size = 0

    def new_file(self, field_name: str, file_name: str, content_type: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, content_type, *args, **kwargs)
        if self.room is None:
            raise SkipFile
        if len(self.received) >= self.room.files:
            self._refuse(Refusal.TOO_MANY)
        if not quarantine.has_space():
            self._refuse(Refusal.NO_SPACE)
        with self._disk_may_be_full():
            self._current = quarantine.SealedFile(file_name, content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.room is None or self._current is None:
            return
        self._size += len(raw_data)
        if self._current.size + len(raw_data) > self.room.most(self._current.declared_type):
            self._refuse(Refusal.TOO_LARGE)
        if self._size > self.room.total_bytes:
            self._refuse(Refusal.TOO_MUCH)
        with self._disk_may_be_full():
            self._current.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        file, self._current = self._current, None
        if file is None:
            return
        if not file.size:
            file.remove()
            self.refused.append((file.display_name, Refusal.EMPTY))
            return
        try:
            file.finish()
        except OSError:
            file.remove()
            self.refused.append((file.display_name, Refusal.NO_SPACE))
            return
        self.received.append(file)

    def keep(self, *, lookup: str, room: Room, already: int = 0) -> None:
        """Rows for what was received, as far as `room` goes; `already`: bytes that the report holds besides."""
        waiting = list(quarantine.waiting(lookup))
        number, size = len(waiting), already + sum(file.size for file in waiting)
        while self.received:
            file = self.received.pop(0)
            refusal = (
                (number >= room.files and Refusal.TOO_MANY)
                or (file.size > room.most(file.declared_type) and Refusal.TOO_LARGE)
                or (size + file.size > room.total_bytes and Refusal.TOO_MUCH)
            )
            if refusal:
                self.refused.append((file.display_name, refusal))
                file.remove()
            elif quarantine.keep(file, lookup=lookup).original == file.name:
                number, size = number + 1, size + file.size

    def problems(self) -> list[str]:
        """For the person who sent them."""
        return [refusal.said_of(name) for name, refusal in self.refused]

    def discard(self) -> None:
        """What nobody kept leaves nothing behind."""
        for file in [*self.received, *filter(None, [self._current])]:
            file.remove()

    @contextmanager
    def _disk_may_be_full(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self._refuse(Refusal.NO_SPACE)

    def _refuse(self, refusal: Refusal) -> None:
        self.refused.append((quarantine.clean_name(self.file_name or ""), refusal))
        if self._current:
            self._size -= self._current.size
            self._current.remove()
            self._current = None
        raise SkipFile


@contextmanager
def receiving(request: HttpRequest, room: Room | None = None) -> Iterator[SealingUpload]:
    """While in it, the request may be read (``request.POST``); files that were not kept by its end are gone."""
    upload = SealingUpload(request, room)
    request.upload_handlers = [upload]
    try:
        yield upload
    finally:
        upload.discard()
