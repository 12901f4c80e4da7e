"""Where witnesses' files lie: sealed, under random names without extension, in the store ``reports``.

A file is sealed while it arrives (`SealedFile`), so its plain bytes are never on a disk. What it is, its first bytes
say. Nothing here gives a file to anybody; who may see one is decided, and logged, before `original` is called.
"""

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from citizen_reports.capture import as_text, capture_facts
from citizen_reports.models import Attachment, FileScan, InboundEmail, Message, Report, Upload, UploadPart
from citizen_reports.signatures import MEDIA, PICTURES, sniff
from jobs import chores
from safeguards import stores
from safeguards.sealing import Sealing, keyed_hash, plain_size, unseal_part, unseal_stream
from safeguards.whole_files import WholeFile

log = logging.getLogger(__name__)
HEAD = 256 * 1024  # enough for a photo's EXIF, so that the witness can be told at once what it says
FREE_SPACE_FLOOR = 500 * 1024 * 1024  # below it files are refused, and `/health/` says so
UNSENT_FOR = timedelta(hours=26)  # longer than a form may stay open
# Every column that holds the name of a file: what none of them names is swept up when it is old.
KEEPERS: tuple[tuple[type[Model], str], ...] = (
    (Attachment, "original"), (Attachment, "derivative"), (Attachment, "poster"), (InboundEmail, "raw"),
    (UploadPart, "file"),
)  # fmt: skip
SWEEP = "citizen_reports.unsent_files"  # the chore
_HOUR = 3600
_AT_ONCE = 500


def key_of(name: str) -> str:
    """What it is called in the store."""
    return f"{name[:2]}/{name}"


def has_space(size: int = 0) -> bool:
    """There would still be air on the disk with `size` bytes more. Below it no file is taken; text always is."""
    home = Path(settings.DATA_DIR) / "private" / "reports"  # for a store elsewhere, files are sealed on this disk first
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return shutil.disk_usage(home).free - size > FREE_SPACE_FLOOR


class SealedFile:
    """A file being sealed into its place. Until `finish` it lies aside, and `remove` leaves nothing of it.

    As a context it is taken back when anything goes wrong inside, the program's end included.
    """

    def __init__(self, display_name: str = "", declared_type: str = "") -> None:
        self.name = secrets.token_hex(16)
        self.display_name, self.declared_type = clean_name(display_name), clean_type(declared_type)
        self.size, self.head, self._digest = 0, bytearray(), hashlib.sha256()
        self._whole = WholeFile(stores.reports().draft(key_of(self.name)))
        self._may_be_there = False
        self._sealing = Sealing(self._whole.file, context=_context(self.name))

    def __enter__(self) -> "SealedFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, *about: object) -> None:
        if kind:
            self.remove()

    def write(self, piece: bytes) -> None:
        self._sealing.write(piece)
        self._digest.update(piece)
        self.size += len(piece)
        self.head += piece[: HEAD - len(self.head)]

    def finish(self) -> None:
        """Whole, on the disk, and in its place."""
        self._sealing.finish()
        # Copies of the disk keep this time: it should not tell when an anonymous witness was here.
        self._whole.finish(at=_this_hour().timestamp())
        self._may_be_there = True
        stores.reports().take(self._whole.path, key_of(self.name))
        _hide_minute(self.name)

    def remove(self) -> None:
        self._whole.remove()
        if self._may_be_there:
            remove_parts([self.name])
        else:
            _hide_minute(self.name)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def keep(file: SealedFile, *, lookup: str) -> Attachment:
    """The row of a finished file, waiting under the form's token. The same file sent again is the row there was."""
    sniffed = sniff(bytes(file.head))
    is_picture = sniffed in PICTURES
    has_copy = is_picture or sniffed in MEDIA
    attachment, is_new = Attachment.objects.get_or_create(
        token_lookup=lookup,
        # Not the bare hash: it would tell anybody with the document whether it had been leaked here.
        dedupe_key=keyed_hash(file.sha256, purpose="citizen_reports.file"),
        defaults={
            "display_name": file.display_name,
            "declared_type": file.declared_type,
            "sniffed_type": sniffed,
            "size": file.size,
            "sha256": file.sha256,
            "original": file.name,
            "capture_facts": as_text(capture_facts(bytes(file.head)) if is_picture else {}),
            "derivative_state": Attachment.Derivative.WAITING if has_copy else Attachment.Derivative.NONE,
            # Nobody has said yet whether they stay anonymous.
            "received_at": _this_hour(),
            "due_at": _this_hour(),
        },
    )
    if not is_new:
        file.remove()
    return attachment


def waiting(lookup: str) -> QuerySet[Attachment]:
    """Files that came with a form which is not yet sent."""
    return Attachment.objects.filter(token_lookup=lookup, report=None)


def attach(lookup: str, report: Report, *, at: datetime, message: Message | None = None) -> int:
    """The files waiting under the token belong to the report from now on; how many. What is not whole yet goes."""
    forget_uploads(Upload.objects.filter(token_lookup=lookup))
    count = waiting(lookup).update(report=report, message=message, received_at=at, due_at=at)
    if settings.CLAMD_URL:
        unscanned = Attachment.objects.filter(report=report, scan=None)
        FileScan.objects.bulk_create(
            [FileScan(attachment=file, due_at=at) for file in unscanned], ignore_conflicts=True
        )
    return count


def forget_uploads(uploads: QuerySet[Upload]) -> int:
    """Rows of uploads go, and what came of those that never became whole; how many. Attachments stay."""
    parts = list(UploadPart.objects.filter(upload__in=uploads).values_list("file", flat=True))
    _all, by_model = uploads.delete()
    transaction.on_commit(lambda: remove_parts(parts), robust=True)
    return by_model.get(Upload._meta.label, 0)


def remove_parts(names: Iterable[str]) -> None:
    """Sealed files whose rows are gone. What a store that is away keeps, `forget_unsent` takes, due at once then."""
    try:
        for name in names:
            stores.reports().delete(key_of(name))
            _hide_minute(name)
    except stores.StoreAway as away:
        log.warning("sealed files are to go, and the store is away: %s", away)
        chores.hasten(SWEEP)


def remove(attachments: QuerySet[Attachment]) -> int:
    """Rows and files go, originals and safe copies; how many. A row that left `attachments` meanwhile stays."""
    removed = 0
    for attachment in list(attachments):
        if attachments.filter(pk=attachment.pk).delete()[0]:
            removed += 1
            remove_files([attachment])
    return removed


def remove_files(attachments: Iterable[Attachment]) -> None:
    """Originals and safe copies of rows that are gone."""
    remove_parts(name for each in attachments for name in each.files())


def original(attachment: Attachment) -> Iterator[bytes]:
    """The very bytes that the witness sent, in pieces. Raises `Unsealable`, or ``OSError`` when the file is gone."""
    return opened(attachment.original)


def safe_copy(attachment: Attachment) -> bytes:
    """The clean copy, of a picture a JPEG; only where the state is "made". Raises as `original` does."""
    return b"".join(opened(attachment.derivative))


def size_of(name: str) -> int:
    """How many bytes were sealed under this name. Raises ``OSError`` when the file is gone."""
    return plain_size(stores.reports().size(key_of(name)))


def part_of(name: str, start: int, length: int) -> Iterator[bytes]:
    """`length` bytes of what was sealed under this name, from `start` on. Raises as `original` does."""
    with stores.reports().stream(key_of(name), is_whole=False) as file:
        yield from unseal_part(file, context=_context(name), start=start, length=length)


def forget_unsent() -> int:
    """For the worker, hourly: what waited for a form that was never sent goes, and files that belong to no row.

    Raises `stores.StoreAway`: the chore is then tried again soon.
    """
    before = timezone.now() - UNSENT_FOR
    gone = forget_uploads(Upload.objects.filter(expires_at__lt=timezone.now()))
    gone += remove(Attachment.objects.filter(report=None, received_at__lt=before))
    store, latest = stores.reports(), before.timestamp() - _HOUR
    files = (file.name for file in store.files() if file.written_at < latest)
    while some := list(islice(files, _AT_ONCE)):
        old = {name.rpartition("/")[2]: name for name in some}
        kept = {name for model, column in KEEPERS for name in _known(model, column, list(old))}
        for name in old.keys() - kept:
            store.delete(old[name])
            gone += 1
    return gone


def clean_name(name: str) -> str:
    """At most 100 characters that show: no line ends, no direction marks, no folders."""
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, name)).strip()[-100:]


def clean_type(declared: str) -> str:
    """What a sender calls the type of a file, fit for any database."""
    return "".join(filter(str.isprintable, declared))[:100]


def opened(name: str) -> Iterator[bytes]:
    """What was sealed under this name, in pieces. Raises as `original` does."""
    with stores.reports().stream(key_of(name)) as file:
        yield from unseal_stream(file, context=_context(name))


def _this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _hide_minute(name: str) -> None:
    """A folder keeps when a file was last put into it or taken out: to the hour, as the files themselves."""
    folder, at = stores.reports().draft(key_of(name)).parent, _this_hour().timestamp()
    for place in (folder, folder.parent):
        os.utime(place, (at, at))


def _known(model: type[Model], column: str, names: list[str]) -> set[str]:
    return set(model._default_manager.filter(**{f"{column}__in": names}).values_list(column, flat=True))


def _context(name: str) -> str:
    # The name is part of it: a file put in another's place does not open.
    return f"citizen_reports.file:{name}"
