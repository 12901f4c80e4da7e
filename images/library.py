"""Verbs on the picture library. Each writes its audit row; what changes renditions asks for new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from PIL import Image

from accounts.models.audit import record
from images import metadata, originals, registry, renditions
from images.decoding import ONE_AT_A_TIME, Opened, refuse_two_things_at_once
from images.models import QUARTERS, Picture, RenditionJob, Video, quarter
from images.signals import picture_changed

if TYPE_CHECKING:
    from accounts.models import User

NEAR = 6  # bits in which the hashes of likely duplicates differ at most
LOOKED_THROUGH = 20_000  # of those that share a quarter of the hash: plain surfaces do by the thousand
MOST_VIDEOS = 50
# What readers would see otherwise if it changed.
_SHAPING = {"focal_x", "focal_y", "blurred"}


@dataclass
class Brought:
    """A file that lies in its place and was looked at. `facts` are of a row that is to have it, `said` what it says."""

    kept: originals.Kept
    facts: dict[str, Any]
    said: dict[str, Any]
    is_taken: bool = False


@contextmanager
def brought(upload: IO[bytes]) -> Iterator[Brought]:
    """Puts the file in its place and looks at it, which takes seconds: not in a transaction, where others would wait.

    Whoever takes it (`add_brought`, `replace_with`) does so inside the block; else, or after an error, it is gone.
    Raises as `add` does.
    """
    kept, seen = originals.keep(upload, _look)
    with ExitStack() as not_needed:
        not_needed.callback(originals.remove, kept.name)
        file = Brought(kept, *seen)
        yield file
        if file.is_taken:
            not_needed.pop_all()


def add(upload: IO[bytes], *, filename: str, actor: User | None, **fields: Any) -> Picture:
    """A new picture of the library; its caption, credit, place and day come from the file where `fields` have none.

    `fields` are editable ones of `Picture`. A file that the library has already gives the picture it has, unchanged;
    so does one that somebody else brings at the same moment. Raises `images.pixels.PictureRefused` for what is not a
    JPEG, PNG, WebP, GIF, HEIC or one-page TIFF of at most 40 MB and 40 megapixels; then nothing is left of it.
    """
    with brought(upload) as file:
        return add_brought(file, filename=filename, actor=actor, **fields)


def add_brought(file: Brought, *, filename: str, actor: User | None, **fields: Any) -> Picture:
    """As `add`, of what `brought` gives."""
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    if known := Picture.objects.filter(sha256=file.kept.sha256).first():
        return known
    try:
        with transaction.atomic():
            picture = Picture.objects.create(
                **file.facts, added_sha256=file.kept.sha256, uploaded_by=actor, **{**file.said, **given}
            )
            RenditionJob.objects.create(picture=picture)
            name = metadata.cut("credit", filename)
            record(actor=actor, verb=gettext_noop("picture added"), thing=picture, file=name)
    except IntegrityError:
        if winner := Picture.objects.filter(added_sha256=file.kept.sha256).first():
            return winner
        raise
    file.is_taken = True
    return picture


def change(picture: Picture, *, actor: User | None, **fields: Any) -> Picture:
    """Writes those of `fields` (editable ones, and ``blurred``) that differ from the row; returns the row as it is now.

    Another focal point or other blurred parts make a new version: renditions of the older one are taken away, and its
    addresses lead to the new ones. So what was blurred is nowhere to be seen unblurred, in live stories neither.
    Whoever shows the picture is told (`images.signals.picture_changed`); ``shown_anew`` counts the stories.
    """
    with transaction.atomic():
        stored = _held(picture)
        differing = {name: value for name, value in fields.items() if getattr(stored, name) != value}
        if differing:
            _write(stored, differing, is_new_version=bool(differing.keys() & _SHAPING))
            record(actor=actor, verb=gettext_noop("picture changed"), thing=stored, fields=sorted(differing))
            _tell(stored, differing, actor=actor)
    return stored


def replace(picture: Picture, upload: IO[bytes], *, filename: str, actor: User | None) -> Picture:
    """Another file takes the picture's place, wherever it is used; what was written about it stays, blurs do not.

    The older file is gone for good. Raises as `add` does; then nothing has changed.
    """
    with brought(upload) as file:
        return replace_with(file, picture, filename=filename, actor=actor)


def replace_with(
    file: Brought, picture: Picture, *, filename: str, actor: User | None, keeps_view: bool = False
) -> Picture:
    """As `replace`, by what `brought` gives. `keeps_view`: it is the same picture, so that what was blurred and the
    focal point stay where they are; except where its size is another.
    """
    with transaction.atomic():
        stored = _held(picture)
        transaction.on_commit(partial(originals.remove, stored.original), robust=True)
        # Shares of another picture: they would hide the wrong part, and show the one to be hidden.
        is_as_large = (stored.width, stored.height) == (file.facts["width"], file.facts["height"])
        view = {} if keeps_view and is_as_large else {"focal_x": 0.5, "focal_y": 0.5, "blurred": []}
        _write(stored, {**file.facts, "added_sha256": None, **view}, is_new_version=True)
        name = metadata.cut("credit", filename)
        record(actor=actor, verb=gettext_noop("picture replaced"), thing=stored, file=name)
        _tell(stored, {"original"}, actor=actor)
    file.is_taken = True
    return stored


@transaction.atomic
def remove(picture: Picture, *, actor: User | None) -> None:
    """The picture goes out of the library with all its files. Raises ``ProtectedError`` while it is used anywhere."""
    gone = copy(picture)  # it keeps its number
    if registry.used_in(picture):
        raise ProtectedError("used in a text", {picture})
    picture.delete()
    record(actor=actor, verb=gettext_noop("picture removed"), thing=gone)
    transaction.on_commit(partial(renditions.remove_all, gone), robust=True)
    transaction.on_commit(partial(originals.remove, gone.original), robust=True)


def videos_with(picture: Picture) -> list[tuple[str, str]]:
    """For `images.registry`: label and admin address of the videos that the picture stands for until they play."""
    return [
        (str(video), reverse("admin:images_video_change", args=[video.pk]))
        for video in Video.objects.filter(poster=picture)[:MOST_VIDEOS]
    ]


def likely_duplicates(picture: Picture) -> list[Picture]:
    """Those of the whole library that look much the same, the likest first; at most 12."""
    own = int(picture.perceptual_hash, 16)
    parts = {f"from_{first}": quarter(first) for first in QUARTERS}
    # Six bits over four quarters: one quarter differs in one bit at most.
    alike = [Q(**{f"from_{first}__in": _near(picture.perceptual_hash[first : first + 4])}) for first in QUARTERS]
    candidates = Picture.objects.exclude(pk=picture.pk).alias(**parts).filter(reduce(or_, alike)).order_by()
    distances = {
        number: (own ^ int(bits, 16)).bit_count()
        for number, bits in candidates.values_list("pk", "perceptual_hash")[:LOOKED_THROUGH]
    }
    near = sorted((distance, number) for number, distance in distances.items() if distance <= NEAR)[:12]
    found = Picture.objects.in_bulk([number for _distance, number in near])
    return [found[number] for _distance, number in near if number in found]


def _near(digits: str) -> list[str]:
    """These four digits, and all that differ from them in one bit."""
    value = int(digits, 16)
    return [f"{each:04x}" for each in (value, *(value ^ 1 << bit for bit in range(16)))]


def _held(picture: Picture) -> Picture:
    """The row as it is now, ours until the end of the transaction. Stories may go on to refer to it meanwhile."""
    return Picture.objects.select_for_update(no_key=True).get(pk=picture.pk)


def _tell(stored: Picture, fields: Iterable[str], *, actor: User | None) -> None:
    answers = picture_changed.send(sender=Picture, picture=stored, fields=frozenset(fields), actor=actor)
    stored.shown_anew = sum(int(count or 0) for _receiver, count in answers)


def _write(stored: Picture, values: dict[str, Any], *, is_new_version: bool) -> None:
    older = copy(stored)
    for name, value in values.items():
        setattr(stored, name, value)
    if is_new_version:
        stored.version += 1
        RenditionJob.objects.update_or_create(
            picture=stored,
            # Free again: a worker that is at the older version must not take the job away with it.
            defaults={"due_at": timezone.now(), "attempts": 0, "lease_by": "", "lease_until": None},
        )
        transaction.on_commit(partial(renditions.remove_all, older), robust=True)
    stored.save(update_fields=[*values, "version"])


def _look(draft: Path, kept: originals.Kept) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the library must know of the file, and what the file says of itself. Raises `PictureRefused`."""
    with draft.open("rb") as file, ONE_AT_A_TIME:
        opened = Opened(file)
        said = metadata.read(opened)
        small = opened.pixels(scale=min(1.0, 64 / min(opened.width, opened.height)))  # all is decoded: all is whole
        refuse_two_things_at_once(file)
    facts = {
        "original": kept.name,
        "size": kept.size,
        "sha256": kept.sha256,
        "form": opened.form,
        "width": opened.width,
        "height": opened.height,
        "perceptual_hash": perceptual_hash(small),
    }
    return facts, said


def perceptual_hash(picture: Image.Image) -> str:
    """64 bits as 16 hex digits: is each of 8 × 8 parts darker than the one to its right?"""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (grey[row * 9 + column] < grey[row * 9 + column + 1])
    return f"{bits:016x}"
