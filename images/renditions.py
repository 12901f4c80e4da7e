"""Renditions: made from the pixels of the original alone, cut round the focal point, each under its signed name.

They lie in ``renditions`` of the public store, made by the worker, or by whoever asks first; a host makes each once.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from PIL import Image

from images import names, originals
from images.decoding import ONE_AT_A_TIME, Opened
from images.models import Picture, RenditionJob
from images.names import Rendition
from images.pixels import PictureRefused, blur
from jobs import leases
from safeguards import stores
from safeguards.stores import StoreAway

log = logging.getLogger(__name__)
SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("AVIF", {"quality": 50, "speed": 8}),
    "webp": ("WEBP", {"quality": 75, "method": 4}),
    "jpg": ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
}
LEASE = timedelta(minutes=5)
WAIT = timedelta(minutes=1)  # for a store that is away
ATTEMPTS = 3


def key_of(name: str) -> str:
    """What it is called in the public store."""
    return f"renditions/{name}"


def length(rendition: Rendition) -> int:
    """In bytes. 0 as long as it is not made, and where the store would have to be asked over the network."""
    store = stores.public()
    try:
        return 0 if store.is_remote else store.size(key_of(rendition.name))
    except FileNotFoundError:
        return 0


def make(rendition: Rendition) -> str:
    """Sees to it that the rendition is in the store; its name there.

    Raises ``Picture.DoesNotExist`` if the picture has no such version (any longer), and `PictureRefused` or ``OSError``
    if its original cannot be read.
    """
    key = key_of(rendition.name)
    with ONE_AT_A_TIME, _only_maker(rendition.name):
        picture = Picture.objects.get(pk=rendition.picture, version=rendition.version)
        if not stores.public().exists(key):
            wide, _high = names.shape(picture, rendition.crop)
            _write(key, picture, rendition, _decoded(picture, scale=rendition.width / wide))
            _refuse_if_older(picture)
    return key


def make_all(picture: Picture) -> int:
    """Makes what is missing of all that `names.sources` offers of the picture; how many. Raises as `make` does."""
    offered = [each for each in all_of(picture) if is_offered(each, picture)]
    made_already = stores.public().present([key_of(each.name) for each in offered])
    missing = [each for each in offered if key_of(each.name) not in made_already]
    if not missing:
        return 0
    scale = max(each.width / names.shape(picture, each.crop)[0] for each in missing)
    decoded = _decoded(picture, scale=scale)
    made = 0
    for rendition in missing:
        key = key_of(rendition.name)
        with _only_maker(rendition.name):
            if not stores.public().exists(key):
                _write(key, picture, rendition, decoded)
                made += 1
    _refuse_if_older(picture)
    return made


def all_of(picture: Picture) -> Iterator[Rendition]:
    """Every rendition that may ever be made of this version of the picture."""
    for crop in names.CROPS:
        for width in names.widths(picture, crop):
            for form in names.FORMATS:
                yield Rendition(picture.pk, picture.version, crop, width, form)


def is_offered(rendition: Rendition, picture: Picture) -> bool:
    """Whether `names.sources` names it; others are made only when somebody asks."""
    return rendition.form != "jpg" or rendition.width == names.middling(picture, rendition.crop)


def remove_all(picture: Picture) -> None:
    """Takes the files of this version away."""
    originals.discard(stores.public(), [key_of(each.name) for each in all_of(picture)])


def _refuse_if_older(picture: Picture) -> None:
    """The picture may have been changed while its file was written; then that must not stay (a face may be in it)."""
    if not Picture.objects.filter(pk=picture.pk, version=picture.version).exists():
        remove_all(picture)
        raise Picture.DoesNotExist


def newer(rendition: Rendition) -> Rendition | None:
    """What stands in the place of a rendition of an older version now; None if nothing does."""
    picture = Picture.objects.filter(pk=rendition.picture, version__gt=rendition.version).first()
    if picture is None:
        return None
    offered = names.widths(picture, rendition.crop)
    width = max((each for each in offered if each <= rendition.width), default=offered[0])
    return rendition._replace(version=picture.version, width=width)


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: makes the renditions of new and changed pictures; how many pictures were dealt with."""
    done = 0
    while not stop.is_set() and (
        claimed := leases.claim(RenditionJob.objects.all(), worker=worker, limit=1, lease=LEASE)
    ):
        job = claimed[0]
        try:
            # One that killed the worker so often is made, if at all, when somebody asks for it.
            if job.attempts <= ATTEMPTS:
                make_all(job.picture)
        except Picture.DoesNotExist:
            pass  # changed meanwhile: the job is free again
        except StoreAway as away:
            log.warning("renditions wait for the store: %s", away)
            leases.finish(job, worker=worker, due_at=timezone.now() + WAIT, attempts=0)
            return done
        except (PictureRefused, OSError):
            log.exception("renditions failed", extra={"picture": job.picture_id})
        # If the picture has changed meanwhile, the lease is no longer ours, and the job stays.
        RenditionJob.objects.filter(pk=job.pk, lease_by=worker).delete()
        done += 1
    return done


def window(picture: Picture, crop: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the crop, as shares: the focal point as near its middle as the edges allow."""
    wide, high = names.shape(picture, crop)
    across, down = wide / picture.width, high / picture.height
    left = min(max(picture.focal_x - across / 2, 0), 1 - across)
    top = min(max(picture.focal_y - down / 2, 0), 1 - down)
    return left, top, left + across, top + down


def _decoded(picture: Picture, *, scale: float) -> Image.Image:
    """The upright pixels at `scale` or larger, with the blurred parts blurred."""
    with originals.opened(picture.original) as file:
        decoded = Opened(file).pixels(scale=scale)
    blur(decoded, picture.blurred)
    return decoded


def _write(key: str, picture: Picture, rendition: Rendition, decoded: Image.Image) -> None:
    wide, high = names.shape(picture, rendition.crop)
    size = (rendition.width, max(1, round(rendition.width * high / wide)))
    left, top, right, bottom = window(picture, rendition.crop)
    box = (left * decoded.width, top * decoded.height, right * decoded.width, bottom * decoded.height)
    cut = decoded.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    if cut.mode == "RGBA" and rendition.form == "jpg":
        paper = Image.new("RGB", size, "white")
        paper.paste(cut, mask=cut)
        cut = paper
    # Made anew from its pixels: what the file said besides them goes no further.
    fresh = Image.frombytes(cut.mode, cut.size, cut.tobytes())
    form, options = SAVED[rendition.form]
    with stores.writing(stores.public(), key) as draft:
        fresh.save(draft, form, **options)


@contextmanager
def _only_maker(name: str) -> Iterator[None]:
    """Holds off everybody else on this host who would make the same file. The 256 lock files stay."""
    locks = Path(settings.DATA_DIR) / "private" / "rendition-locks"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal = name.rpartition("-")[2]
    lock = os.open(locks / seal[:2], os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
