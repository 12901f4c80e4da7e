"""Safe copies: of each picture a JPEG made from its pixels alone, by the worker, and sealed like the original."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

from PIL import Image

from citizen_reports import likeness, quarantine
from citizen_reports.capture import as_text, capture_facts
from citizen_reports.models import Attachment
from citizen_reports.signatures import HEIC, PICTURES
from images.decoding import Opened
from images.pixels import PictureRefused, pixels
from jobs import leases
from safeguards.problems import Unsealable

MAX_SIDE = 4096
MAX_BYTES = 40 * 1024 * 1024
# A picture may kill the worker (out of memory): then the lease runs out, and the attempt has counted.
ATTEMPTS = 3
LEASE = timedelta(minutes=2)
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=5))


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: makes the copies that are due, one at a time; how many pictures were dealt with."""
    due = Attachment.objects.filter(derivative_state=Attachment.Derivative.WAITING).exclude(report=None)
    done = 0
    while not stop.is_set() and (claimed := leases.claim(due, worker=worker, limit=1, lease=LEASE)):
        _make(claimed[0], worker)
        done += 1
    return done


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


def _make(attachment: Attachment, worker: str) -> None:
    failed = {"derivative_state": Attachment.Derivative.FAILED}
    if attachment.attempts > ATTEMPTS:
        leases.finish(attachment, worker=worker, **failed)
        return
    copy = None
    try:
        data = _bounded(quarantine.original(attachment))
        jpeg, width, height = safe_jpeg(data, form=PICTURES[attachment.sniffed_type])
        copy = quarantine.SealedFile()
        copy.write(jpeg)
        copy.finish()
    except (PictureRefused, Unsealable, FileNotFoundError):
        leases.finish(attachment, worker=worker, **failed)
        return
    except OSError:  # the disk: it may have room later
        if copy:
            copy.remove()
        again = leases.again_at(attachment.attempts, BACK_OFF)
        leases.finish(attachment, worker=worker, **({"due_at": again} if again else failed))
        return
    made = {"derivative_state": Attachment.Derivative.MADE, "derivative": copy.name, "width": width, "height": height}
    # Of the whole file, where its beginning was too little to say.
    if facts := capture_facts(data):
        made["capture_facts"] = as_text(facts)
    if not leases.finish(attachment, worker=worker, **made):
        copy.remove()
        return
    likeness.trace_picture(attachment, Image.open(BytesIO(jpeg)))


def _bounded(pieces: Iterator[bytes]) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MAX_BYTES:
            raise PictureRefused
    return bytes(data)
