"""Safe copies, made by the worker and sealed like the original: of each picture a JPEG made from its pixels alone, of
films and sound what `media` makes.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image

from citizen_reports import likeness, quarantine, scanning
from citizen_reports.capture import as_text, capture_facts
from citizen_reports.media import Copy, NoCopy, clean_copy
from citizen_reports.models import Attachment
from citizen_reports.signatures import HEIC, MEDIA, PICTURES
from images.decoding import Opened
from images.pixels import PictureRefused, pixels
from images.video_files import VideoRefused
from jobs import leases
from safeguards.problems import Unsealable
from safeguards.stores import StoreAway

MAX_SIDE = 4096
MAX_BYTES = 40 * 1024 * 1024
# A file may kill the worker (out of memory): then the lease runs out, and the attempt has counted.
ATTEMPTS = 3
LEASE = timedelta(minutes=2)
MEDIA_LEASE = timedelta(minutes=20)  # longer than all that `images.remux` allows itself
WAIT = timedelta(minutes=1)  # for a store that is away
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=5))
Failure = Attachment.Failure


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: makes the copies of pictures that are due, one at a time; how many were dealt with."""
    return _work(worker, stop, types=PICTURES, lease=LEASE, make=_picture)


def turn_media(worker: str, stop: threading.Event) -> int:
    """The same for films and sound, which may take long: pictures do not wait for them."""
    return _work(worker, stop, types=MEDIA, lease=MEDIA_LEASE, make=clean_copy)


def safe_jpeg(data: bytes, *, form: str) -> tuple[bytes, int, int]:
    """JPEG, width and height: upright, at most 4,096 pixels either way, white where it was transparent, no metadata.

    `form` is the name of the only format tried, as in `signatures.PICTURES`. Raises `PictureRefused`.
    """
    picture = _heic(data) if form == HEIC else pixels(data, max_side=MAX_SIDE, formats=(form,))
    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture)
        picture = paper
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue(), picture.width, picture.height


def _heic(data: bytes) -> Image.Image:
    picture = Opened(BytesIO(data)).pixels(scale=1)
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())


def _work(
    worker: str,
    stop: threading.Event,
    *,
    types: "dict[str, str] | frozenset[str]",
    lease: timedelta,
    make: Callable[[Attachment], Copy],
) -> int:
    waiting = Attachment.objects.filter(derivative_state=Attachment.Derivative.WAITING, sniffed_type__in=types)
    due = scanning.cleared(waiting.exclude(report=None))
    done = 0
    while not stop.is_set() and (claimed := leases.claim(due, worker=worker, limit=1, lease=lease)):
        _deal(claimed[0], worker, make)
        done += 1
    return done


def _deal(attachment: Attachment, worker: str, make: Callable[[Attachment], Copy]) -> None:
    def fail(why: Attachment.Failure) -> None:
        leases.finish(attachment, worker=worker, derivative_state=Attachment.Derivative.FAILED, failure=why)

    if attachment.attempts > ATTEMPTS:
        return fail(Failure.DEADLY)
    try:
        copy = make(attachment)
    except (PictureRefused, VideoRefused):
        return fail(Failure.UNREADABLE)
    except NoCopy as no_copy:
        return fail(no_copy.failure)
    except (Unsealable, FileNotFoundError):
        return fail(Failure.GONE)
    except StoreAway:
        leases.finish(attachment, worker=worker, due_at=timezone.now() + WAIT, attempts=0)
        return None
    except OSError:  # the disk, or memory: there may be room later
        if again := leases.again_at(attachment.attempts, BACK_OFF):
            leases.finish(attachment, worker=worker, due_at=again)
            return None
        return fail(Failure.DISK)
    names = {column: file.name for column, file in copy.files.items()}
    values = {"derivative_state": Attachment.Derivative.MADE, "failure": "", **names, **copy.values}
    if not leases.finish(attachment, worker=worker, **values):
        for file in copy.files.values():
            file.remove()
    elif copy.picture:
        likeness.trace_picture(attachment, copy.picture)
    return None


def _picture(attachment: Attachment) -> Copy:
    data = _bounded(quarantine.original(attachment))
    jpeg, width, height = safe_jpeg(data, form=PICTURES[attachment.sniffed_type])
    with quarantine.SealedFile() as copy:
        copy.write(jpeg)
        copy.finish()
    values: dict[str, str | int] = {"width": width, "height": height}
    # Of the whole file, where its beginning was too little to say.
    if facts := capture_facts(data):
        values["capture_facts"] = as_text(facts)
    return Copy({"derivative": copy}, values, Image.open(BytesIO(jpeg)))


def _bounded(pieces: Iterator[bytes]) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MAX_BYTES:
            raise PictureRefused
    return bytes(data)
