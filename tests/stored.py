"""Where files lie on the disk, as long as the stores are folders: for tests that look behind the library's back."""

from pathlib import Path

from django.core.files.storage import storages

from citizen_reports import quarantine
from images import originals, renditions, video_files
from images.names import Rendition
from subscriptions.audience import files


def original(name: str) -> Path:
    return Path(storages["private"].path(originals.key_of(name)))


def rendition(name: str) -> Path:
    return Path(storages["default"].path(renditions.key_of(name)))


def upload(name: str) -> Path:
    return Path(storages["private"].path(video_files.original_key(name)))


def film(name: str) -> Path:
    return Path(storages["default"].path(video_files.key_of(name)))


def made(rendition: Rendition) -> Path:
    """The file of the rendition, made now if there is none."""
    return Path(storages["default"].path(renditions.make(rendition)))


def report(name: str) -> Path:
    return Path(storages["reports"].path(quarantine.key_of(name)))


def readers_list(name: str) -> Path:
    return Path(storages["private"].path(files.key_of(name)))
