"""Where the rooms above hang in a person's page in the desk: they register in ``AppConfig.ready``.

Nothing here knows who registered. Without any of them the page is simply shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True)
class UserPanel:
    """A box on the page of a member of staff, for whoever may change that person.

    `render(request, person)` gives what stands in the box's form, as safe HTML; `save(request, person)` writes what was
    posted from it, in one transaction, and gives what is said then. `name` is a slug, `button` what sends the box.
    """

    name: str
    button: str | Promise
    render: Callable[[HttpRequest, User], str]
    save: Callable[[HttpRequest, User], str]


_panels: dict[str, UserPanel] = {}


def add_user_panel(panel: UserPanel) -> None:
    """Offers a box on every person's page. A second call with a name replaces."""
    _panels[panel.name] = panel


def user_panels() -> list[UserPanel]:
    """In the order of registration."""
    return [*_panels.values()]


def user_panel(name: str) -> UserPanel | None:
    return _panels.get(name)
