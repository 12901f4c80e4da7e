"""The desk's verbs on clean copies: parts made unrecognisable, and a copy made anew from the original."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext
from PIL import Image

from citizen_reports import handling, quarantine, scanning
from citizen_reports.models.files import Attachment
from citizen_reports.models.reports import ReportEvent
from citizen_reports.signatures import MEDIA, PICTURES
from images.pixels import blur
from safeguards import stores
from safeguards.problems import Unsealable

if TYPE_CHECKING:
    from accounts.models import User

State, Did = Attachment.Derivative, ReportEvent.Verb


def blur_parts(number: Any, file: int, *, actor: User, parts: Sequence[Sequence[float]], seen: str) -> Attachment:
    """Makes those parts of a picture's clean copy unrecognisable; the copy without is gone from the disk.

    `parts`: left, top, right and bottom as shares between 0 and 1. `seen` is the name of the copy that the person had
    before them (`Attachment.derivative`): when it is another by now, nothing happens. Raises `HandlingRefused`.
    """
    handling.need(actor, "change_report")
    if not parts:
        raise handling.HandlingRefused(gettext("Mark at least one part of the picture."))
    before = Attachment.objects.filter(report=number, pk=file, derivative=seen, derivative_state=State.MADE).first()
    if before is None or not can_blur(before):
        raise _changed()
    try:
        picture = Image.open(BytesIO(quarantine.safe_copy(before)), formats=("JPEG",)).convert("RGB")
    except stores.StoreAway as away:
        raise handling.HandlingRefused(str(stores.AWAY)) from away
    except (Unsealable, OSError) as error:
        raise handling.HandlingRefused(gettext("The copy cannot be read. Have it made anew.")) from error
    blur(picture, parts)
    with quarantine.SealedFile() as copy:
        out = BytesIO()
        picture.save(out, "JPEG", quality=85)
        copy.write(out.getvalue())
        copy.finish()
        with transaction.atomic():
            report = handling.hold(number, actor)
            mine = Attachment.objects.filter(pk=before.pk, report=report, derivative=seen, derivative_state=State.MADE)
            if not mine.update(derivative=copy.name, blurred=before.blurred + len(parts)):
                raise _changed()
            handling.note_event(report, actor=actor, verb=Did.FILE_BLURRED, file=before.pk, parts=len(parts))
            transaction.on_commit(lambda: quarantine.remove_parts([seen]), robust=True)
    before.refresh_from_db()
    return before


@transaction.atomic
def make_anew(number: Any, file: int, *, actor: User) -> Attachment:
    """Has the clean copy made again from the original, by the worker: what was blurred shows again, what failed is
    tried once more. For verifiers, who may see originals. Raises `HandlingRefused`.
    """
    handling.need(actor, "view_original")
    report = handling.hold(number, actor)
    attachment = Attachment.objects.select_for_update().filter(report=report, pk=file).first()
    if attachment is None or attachment.sniffed_type not in MEDIA | PICTURES.keys():
        raise handling.HandlingRefused(gettext("Of this file there is no copy to be made."))
    if scanning.is_infected(attachment):
        raise handling.HandlingRefused(gettext("This file is infected: it is blocked for everybody."))
    old = [name for name in (attachment.derivative, attachment.poster) if name]
    Attachment.objects.filter(pk=attachment.pk).update(
        derivative_state=State.WAITING, derivative="", poster="", derivative_type="", failure="", blurred=0,
        attempts=0, due_at=report.received_at, lease_by="", lease_until=None,
    )  # fmt: skip
    handling.note_event(report, actor=actor, verb=Did.COPY_ASKED, file=attachment.pk)
    transaction.on_commit(lambda: quarantine.remove_parts(old), robust=True)
    attachment.refresh_from_db()
    return attachment


def can_blur(file: Attachment) -> bool:
    return file.derivative_state == State.MADE and file.copy_type == "image/jpeg"


def _changed() -> handling.HandlingRefused:
    return handling.HandlingRefused(gettext("The picture has changed meanwhile. Load the page again."))
