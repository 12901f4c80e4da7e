"""Verbs on the video library. Each writes its audit row; what changes the public files asks for new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models.audit import record
from images import metadata, remux, video_files
from images.models import Video, VideoJob
from images.video_files import PIECE, VideoRefused

if TYPE_CHECKING:
    from accounts.models import User


class Readable(Protocol):
    """Whatever gives bytes, at most so many at a time, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass
class Brought:
    """A file that lies in its place and was looked at; `known` is the video that has it already."""

    kept: video_files.Kept
    known: Video | None
    facts: dict[str, Any]
    is_taken: bool = False


@contextmanager
def brought(upload: Readable) -> Iterator[Brought]:
    """Puts the file in its place and looks at it, which takes minutes: not in a transaction, where others would wait.

    Whoever takes it (`add_brought`, `replace_with`) does so inside the block; else, or after an error, it is gone.
    Raises as `add` does.
    """
    remux.refuse_without_engine()
    kept, (known, facts) = video_files.keep(_pieces(upload), _look)
    with ExitStack() as not_needed:
        not_needed.callback(video_files.remove_original, kept.name)
        file = Brought(kept, known, facts)
        yield file
        if file.is_taken:
            not_needed.pop_all()


def add(upload: Readable, *, filename: str, actor: User | None, **fields: Any) -> Video:
    """A new video of the library; the worker makes it ready to be played.

    `fields` are editable ones of `Video`. A file that the library has already gives the video it has, unchanged.
    Raises `VideoRefused` for what browsers do not play, is larger than ``VIDEO_MAX_MB`` or longer than three hours, or
    cannot be worked on here; then nothing is left of it.
    """
    with brought(upload) as file:
        return add_brought(file, filename=filename, actor=actor, **fields)


def add_brought(file: Brought, *, filename: str, actor: User | None, **fields: Any) -> Video:
    """As `add`, of what `brought` gives."""
    if file.known:
        return file.known
    try:
        with transaction.atomic():
            video = Video.objects.create(**file.facts, **fields, uploaded_by=actor)
            VideoJob.objects.create(video=video)
            record(actor=actor, verb=gettext_noop("video added"), thing=video, file=_shown(filename))
    except IntegrityError:  # somebody else was sending the same file, and was first
        return Video.objects.get(sha256=file.kept.sha256)
    file.is_taken = True
    return video


def change(video: Video, *, actor: User | None, **fields: Any) -> Video:
    """Writes those of `fields` (editable ones) that differ from the row; returns the row as it is now.

    Another moment for the poster makes a new version. Until that is ready, readers get the one before.
    """
    with transaction.atomic():
        stored = Video.objects.select_for_update().get(pk=video.pk)
        differing = {name: value for name, value in fields.items() if getattr(stored, name) != value}
        if differing:
            _write(stored, differing, is_new_version="poster_at" in differing)
            record(actor=actor, verb=gettext_noop("video changed"), thing=stored, fields=sorted(differing))
    return stored


def replace(video: Video, upload: Readable, *, filename: str, actor: User | None) -> Video:
    """Another file takes the video's place, wherever it is used; what was written about it stays, captions too.

    What readers had of the older file is gone at once, and the file for good. Raises as `add` does, and for a file that
    the library has already; then nothing has changed.
    """
    with brought(upload) as file:
        return replace_with(file, video, filename=filename, actor=actor)


def replace_with(file: Brought, video: Video, *, filename: str, actor: User | None) -> Video:
    """As `replace`, by what `brought` gives."""
    if file.known:
        raise VideoRefused(_("The library has this very file already: “%(video)s”.") % {"video": file.known})
    with transaction.atomic():
        stored = Video.objects.select_for_update().get(pk=video.pk)
        transaction.on_commit(partial(video_files.remove_public, copy(stored)), robust=True)
        transaction.on_commit(partial(video_files.remove_original, stored.original), robust=True)
        _write(stored, file.facts, is_new_version=True)
        record(actor=actor, verb=gettext_noop("video replaced"), thing=stored, file=_shown(filename))
    file.is_taken = True
    return stored


@transaction.atomic
def try_again(video: Video, *, actor: User | None) -> Video:
    """The worker shall try once more to make it ready; nothing happens to one that is."""
    stored = Video.objects.select_for_update().get(pk=video.pk)
    if not stored.is_ready:
        _write(stored, {}, is_new_version=True)
        record(actor=actor, verb=gettext_noop("video tried again"), thing=stored)
    return stored


def _write(stored: Video, values: dict[str, Any], *, is_new_version: bool) -> None:
    for name, value in values.items():
        setattr(stored, name, value)
    if is_new_version:
        stored.version += 1
        stored.is_ready, stored.failure = False, ""
        VideoJob.objects.update_or_create(
            video=stored,
            # Free again: a worker that is at the older version must not take the job away with it.
            defaults={"due_at": timezone.now(), "attempts": 0, "lease_by": "", "lease_until": None},
        )
    stored.save(update_fields=[*values, "version", "is_ready", "failure"])


def _look(draft: Path, kept: video_files.Kept) -> tuple[Video | None, dict[str, Any]]:
    """The video that has this file already, or else what the library must know of it."""
    if known := Video.objects.filter(sha256=kept.sha256).first():
        return known, {}
    facts = remux.look(draft)
    return None, {
        "original": kept.name,
        "size": kept.size,
        "sha256": kept.sha256,
        "form": facts.form,
        "width": facts.width,
        "height": facts.height,
        "seconds": facts.seconds,
    }


def _pieces(upload: Readable) -> Iterable[bytes]:
    return iter(lambda: upload.read(PIECE), b"")


def _shown(filename: str) -> str:
    return metadata.cut("credit", filename)
