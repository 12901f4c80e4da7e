"""Where the rooms above say where a picture is used: they register in ``AppConfig.ready``, and the library asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from images.models import Picture, Video

# From a picture to the places that use it: what each is called, and its address in the admin.
Finder = Callable[["Picture"], list[tuple[str, str]]]
VideoFinder = Callable[["Video"], list[tuple[str, str]]]
# The numbers of all pictures that texts at work name; of texts that readers have, rows tell.
TextFinder = Callable[[], set[int]]
# Whether readers have the picture now.
LiveFinder = Callable[["Picture"], bool]
_finders: list[Finder] = []
_live_finders: list[LiveFinder] = []
_text_finders: list[TextFinder] = []
_video_finders: list[VideoFinder] = []


def add_finder(find: Finder) -> None:
    """`find` is asked whenever a picture's page is opened. A second call with the same function changes nothing."""
    if find not in _finders:
        _finders.append(find)


def used_in(picture: Picture) -> list[tuple[str, str]]:
    """Label and address of every place that is known to use the picture."""
    return [place for find in _finders for place in find(picture)]


def add_live_finder(find: LiveFinder) -> None:
    """`find` is asked before somebody changes what is theirs only until readers have it."""
    if find not in _live_finders:
        _live_finders.append(find)


def is_live(picture: Picture) -> bool:
    """Whether readers are shown the picture now, as far as anybody knows."""
    return any(find(picture) for find in _live_finders)


def add_text_finder(find: TextFinder) -> None:
    """`find` is asked when the library's list shows what is used nowhere."""
    if find not in _text_finders:
        _text_finders.append(find)


def named_in_texts() -> set[int]:
    """Numbers of the pictures that texts at work name."""
    return set().union(*(find() for find in _text_finders))


def add_video_finder(find: VideoFinder) -> None:
    """As `add_finder`, for videos."""
    if find not in _video_finders:
        _video_finders.append(find)


def video_used_in(video: Video) -> list[tuple[str, str]]:
    """Label and address of every place that is known to use the video."""
    return [place for find in _video_finders for place in find(video)]
