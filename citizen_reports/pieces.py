"""Uploads that survive a broken line: a file comes in pieces, each sealed and committed before it counts.

A piece is a sealed file of its own, so nothing is ever appended to what was sealed, and no nonce is used twice. When
the last one is here, the pieces are opened in memory, sealed anew as one, and the file waits under the form's token
like any other (`quarantine.keep`). Whoever dies in between leaves pieces that the next request goes on from.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from citizen_reports import quarantine
from citizen_reports.models import Attachment, IntakeForm, Upload, UploadPart
from citizen_reports.uploads import Refusal, Room
from safeguards.problems import Unsealable
from safeguards.stores import StoreAway

PIECE = 4 * 1024 * 1024  # as much can be lost when the server dies in the middle of a long request
READ = 64 * 1024


class Refused(Exception):
    """The file is not taken; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.name)


class OutOfStep(Exception):
    """The upload is not where the sender thinks it is, or somebody else is sending: ask, then go on from there."""


@transaction.atomic
def begin(
    intake: IntakeForm, lookup: str, *, name: str, declared_type: str, length: int, mark: str = "", already: int = 0
) -> Upload:
    """Room for a file of `length` bytes under the form's token. Raises `Refused`.

    `already`: bytes that the report holds besides. What was begun counts as if it were here. Who asks again with the
    same `mark` did not get our answer: they get the room that they have.
    """
    # One at a time for each form, so that two at once cannot both have the last place.
    IntakeForm.objects.select_for_update().get(pk=intake.pk)
    room, display_name, now = Room.of(intake), quarantine.clean_name(name), timezone.now()
    kind, mark = quarantine.clean_type(declared_type), quarantine.clean_type(mark)[:64]
    waiting, begun = quarantine.waiting(lookup), Upload.objects.filter(token_lookup=lookup, attachment=None)
    if mark and (same := begun.filter(mark=mark, length=length, offset=0, expires_at__gt=now).first()):
        return same
    size = already + (waiting.aggregate(all=Sum("size"))["all"] or 0) + (begun.aggregate(all=Sum("length"))["all"] or 0)
    if not length:
        raise Refused(Refusal.EMPTY)
    if length > room.most(declared_type):
        raise Refused(Refusal.TOO_LARGE)
    if waiting.count() + begun.count() >= room.files:
        raise Refused(Refusal.TOO_MANY)
    if size + length > room.total_bytes:
        raise Refused(Refusal.TOO_MUCH)
    if not quarantine.has_space(length):
        raise Refused(Refusal.NO_SPACE)
    hour = now.replace(minute=0, second=0, microsecond=0)
    return Upload.objects.create(
        form=intake, token_lookup=lookup, length=length, display_name=display_name, declared_type=kind, mark=mark,
        expires_at=hour + quarantine.UNSENT_FOR,
    )  # fmt: skip


def append(upload: Upload, read: Callable[[int], bytes], *, at: int) -> int:
    """Takes what `read` gives, from byte `at` on, until it gives no more or the file is whole; how many are here now.

    When `read` fails or ends early, what came before is kept. Raises `OutOfStep`, and `Refused` without room.
    """
    is_over = False
    while at < upload.length and not is_over:
        most = min(PIECE, upload.length - at)
        if not quarantine.has_space(most):
            raise Refused(Refusal.NO_SPACE)
        try:
            file = quarantine.SealedFile()
        except OSError:
            raise Refused(Refusal.NO_SPACE) from None
        with file:
            is_over = _fill(file, read, most)
            if file.size:
                _commit(upload, file, at=at)
        at += file.size
        if not file.size:
            file.remove()
    return at


def _fill(file: quarantine.SealedFile, read: Callable[[int], bytes], most: int) -> bool:
    """Seals up to `most` bytes; True when there is nothing more to come."""
    while file.size < most:
        try:
            piece = read(min(READ, most - file.size))
        except OSError:  # the line broke; Django's `UnreadablePostError` is one
            return True
        if not piece:
            return True
        try:
            file.write(piece)
        except OSError:
            raise Refused(Refusal.NO_SPACE) from None
    return False


def _commit(upload: Upload, file: quarantine.SealedFile, *, at: int) -> None:
    """The piece counts from now on, unless somebody else was quicker: then none of it does."""
    try:
        file.finish()
    except OSError as error:
        raise _refused(error) from None
    with transaction.atomic():
        if not Upload.objects.filter(pk=upload.pk, offset=at).update(offset=at + file.size):
            raise OutOfStep
        UploadPart.objects.create(upload=upload, start=at, file=file.name)


def complete(upload: Upload) -> Attachment | None:
    """The whole file, put together of its pieces and waiting under the token; None when it was taken out meanwhile.

    Safe to call again, and by two at once. Raises `Refused` without room, or without the store of files: the pieces
    stay, for a later call. It did not arrive whole where a piece was changed on the disk.
    """
    parts = list(upload.parts.values_list("file", flat=True))
    try:
        whole = quarantine.SealedFile(upload.display_name.open(), upload.declared_type)
    except OSError:
        raise Refused(Refusal.NO_SPACE) from None
    try:
        with whole:
            for part in parts:
                for piece in quarantine.opened(part):
                    whole.write(piece)
            whole.finish()
    except FileNotFoundError:  # another was quicker, and has cleared up
        return Attachment.objects.filter(uploads=upload).first()
    except Unsealable:
        raise Refused(Refusal.CUT_SHORT) from None
    except OSError as error:
        raise _refused(error) from None
    with transaction.atomic():
        held = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if held is None or held.attachment is not None:
            whole.remove()
            return held.attachment if held else None
        held.attachment = quarantine.keep(whole, lookup=upload.token_lookup)
        held.save(update_fields=["attachment"])
        held.parts.all().delete()
        transaction.on_commit(lambda: quarantine.remove_parts(parts), robust=True)
    return held.attachment


def complete_all(lookup: str) -> list[str]:
    """Puts together what is whole under the token; what did not arrive is given up. The names of files not there.

    Raises `Refused` while the store of files is away: nothing is given up then, and a later call finds all of it.
    """
    missing = Upload.objects.filter(token_lookup=lookup, attachment=None)
    for upload in missing.filter(offset=F("length")):
        try:
            complete(upload)
        except Refused as refused:
            if refused.refusal is Refusal.AWAY:
                raise
    names = [upload.display_name.open() for upload in missing.all()]
    quarantine.forget_uploads(missing.filter(offset__lt=F("length")))
    return names


def _refused(error: OSError) -> Refused:
    return Refused(Refusal.AWAY if isinstance(error, StoreAway) else Refusal.NO_SPACE)


def take_out(upload: Upload) -> None:
    """The sender does not want to send this one after all; sent twice, the file stays for the other."""
    if upload.attachment and upload.attachment.uploads.count() == 1:
        quarantine.remove(quarantine.waiting(upload.token_lookup).filter(pk=upload.attachment.pk))
    quarantine.forget_uploads(Upload.objects.filter(pk=upload.pk))
