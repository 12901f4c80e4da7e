"""What the worker does with videos: the public file and its posters, from the upload. Each version is made once."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from images import remux, video_files, video_names
from images.models import Video, VideoJob
from images.pixels import PictureRefused, pixels
from images.renditions import SAVED, WAIT
from images.video_files import VideoRefused
from jobs import leases
from safeguards import stores
from safeguards.stores import StoreAway

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=20)  # longer than all that `remux` allows itself
ATTEMPTS = 3


def turn(worker: str, stop: threading.Event) -> int:
    """For `jobs.queues`: makes new and changed videos ready; how many were dealt with."""
    done = 0
    while not stop.is_set() and (claimed := leases.claim(VideoJob.objects.all(), worker=worker, limit=1, lease=LEASE)):
        job = claimed[0]
        video = job.video
        try:
            if job.attempts > ATTEMPTS:
                raise VideoRefused(_("It was begun several times, and never came to an end."))
            make(video)
            outcome = {"is_ready": True, "failure": ""}
        except (VideoRefused, PictureRefused) as refusal:
            log.warning("video failed", extra={"video": video.pk})
            outcome = {"is_ready": False, "failure": str(refusal)[:300]}
        except StoreAway as away:
            log.warning("videos wait for the store: %s", away)
            leases.finish(job, worker=worker, due_at=timezone.now() + WAIT, attempts=0)
            return done
        except OSError:
            log.exception("video failed", extra={"video": video.pk})
            outcome = {"is_ready": False, "failure": _("The server could not write or read its files.")}
        # If the video has changed meanwhile, the lease is no longer ours, and the job stays.
        if Video.objects.filter(pk=video.pk, version=video.version).update(**outcome):
            video_files.remove_others(video)
        else:
            video_files.remove_public(video)
        VideoJob.objects.filter(pk=job.pk, lease_by=worker).delete()
        done += 1
    return done


def make(video: Video) -> None:
    """Writes the film and its posters to where readers find them. Raises `VideoRefused`, or ``OSError``."""
    video_files.refuse_unless_it_fits(0)
    film_key = video_files.key_of(video_names.film(video).name)
    with (
        stores.private().nearby(video_files.original_key(video.original)) as original,
        stores.writing(stores.public(), film_key) as film,  # last to be in its place: where it is, all is
    ):
        frame = film.with_suffix(".png")
        try:
            remux.make(original, remux.look(original), film_to=film, poster_to=frame, second=video.poster_at)
            _write_posters(video, frame)
            film.chmod(0o644)
        finally:
            frame.unlink(missing_ok=True)


def _write_posters(video: Video, frame: Path) -> None:
    seen = pixels(frame.read_bytes(), max_side=max(video_names.POSTER_WIDTHS) * 4, formats=("PNG",)).convert("RGB")
    for part in video_names.posters(video):
        high = max(1, round(part.width * video.height / video.width))
        sized = seen.resize((part.width, high), Image.Resampling.LANCZOS, reducing_gap=2.0)
        form, options = SAVED[part.form]
        with stores.writing(stores.public(), video_files.key_of(part.name)) as draft:
            sized.save(draft, form, **options)


def sweep() -> int:
    """What uploads and workers that died have left, a day later, and public files that should have gone; how many.

    Bears being run twice. Raises `StoreAway`.
    """
    before = time.time() - stores.LEFT_ALONE.total_seconds()
    uploads = [file.name for file in stores.private().files("videos") if file.written_at < before]
    known = set(Video.objects.values_list("original", flat=True)) if uploads else set()
    lost = [name for name in uploads if name.rpartition("/")[2] not in known]
    stale = _stale(before)
    for store, names in ((stores.private(), lost), (stores.public(), stale)):
        for name in names:
            store.delete(name)
    if lost or stale:
        log.warning("videos swept: %s files without a row, %s public ones", len(lost), len(stale))
    return len(lost) + len(stale)


def _stale(before: float) -> list[str]:
    """Unfinished ones that are old, and those of no video, or of a version that a newer one has taken the place of."""
    # Files before rows: a file is made for a version that is in the table already.
    files = list(stores.public().files("videos"))
    rows = {video: rest for video, *rest in Video.objects.values_list("pk", "version", "is_ready")} if files else {}
    stale = []
    for file in files:
        name = file.name.rpartition("/")[2]
        if part := video_names.read(name):
            version, is_ready = rows.get(part.video, (0, True))
            is_stale = part.version != version and is_ready
        else:
            is_stale = name.startswith(".") and file.written_at < before
        if is_stale:
            stale.append(file.name)
    return stale
