"""Where the rooms above say where a picture is used: they register in ``AppConfig.ready``, and the library asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from images.models import Picture

# From a picture to the places that use it: what each is called, and its address in the admin.
Finder = Callable[["Picture"], list[tuple[str, str]]]
_finders: list[Finder] = []


def add_finder(find: Finder) -> None:
    """`find` is asked whenever a picture's page is opened. A second call with the same function changes nothing."""
    if find not in _finders:
        _finders.append(find)


def used_in(picture: Picture) -> list[tuple[str, str]]:
    """Label and address of every place that is known to use the picture."""
    return [place for find in _finders for place in find(picture)]
