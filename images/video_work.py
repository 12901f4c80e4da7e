"""What the worker does with videos: the public file and its posters, from the upload. Each version is made once."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from datetime import timedelta
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image

from images import remux, video_files, video_names
from images.models import Video, VideoJob
from images.pixels import PictureRefused, pixels
from images.renditions import SAVED
from images.video_files import VideoRefused
from jobs import leases

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=20)  # longer than all that `remux` allows itself
ATTEMPTS = 3
LEFT_OVER = timedelta(days=1)


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
    original = video_files.original_of(video.original)
    film = video_files.place_of(video_names.film(video).name)
    film.parent.mkdir(parents=True, exist_ok=True)
    video_files.refuse_unless_it_fits(0)
    aside = film.with_name(f".{secrets.token_hex(8)}")
    frame = aside.with_suffix(".png")
    try:
        remux.make(original, remux.look(original), film_to=aside, poster_to=frame, second=video.poster_at)
        _write_posters(video, frame)
        aside.chmod(0o644)
        aside.replace(film)  # last: where it is, all is
    finally:
        aside.unlink(missing_ok=True)
        frame.unlink(missing_ok=True)


def _write_posters(video: Video, frame: Path) -> None:
    seen = pixels(frame.read_bytes(), max_side=max(video_names.POSTER_WIDTHS) * 4, formats=("PNG",)).convert("RGB")
    for part in video_names.posters(video):
        high = max(1, round(part.width * video.height / video.width))
        sized = seen.resize((part.width, high), Image.Resampling.LANCZOS, reducing_gap=2.0)
        form, options = SAVED[part.form]
        place = video_files.place_of(part.name)
        aside = place.with_name(f".{secrets.token_hex(8)}")
        try:
            sized.save(aside, form, **options)
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)


def sweep() -> int:
    """What uploads and workers that died have left, a day later; how many files. Bears being run twice."""
    before = time.time() - LEFT_OVER.total_seconds()
    uploads = [place for place in video_files.original_of("00").parent.parent.glob("??/*") if _is_old(place, before)]
    known = set(Video.objects.values_list("original", flat=True)) if uploads else set()
    lost = [place for place in uploads if place.name not in known]
    lost += [place for place in video_files.place_of("-").parent.glob(".*") if _is_old(place, before)]
    for place in lost:
        place.unlink(missing_ok=True)
    if lost:
        log.warning("videos swept: %s files without a row", len(lost))
    return len(lost)


def _is_old(place: Path, before: float) -> bool:
    try:
        return place.stat().st_mtime < before
    except FileNotFoundError:  # another was quicker
        return False
