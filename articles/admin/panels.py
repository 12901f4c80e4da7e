"""What stands beside a story's text on its form, and which further addresses belong to stories.

Each module of `articles.admin` that has a panel or pages names them here, so that the form need not know of it. The
rooms above `add` theirs from their own admin modules; they stand below those of the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.forms.widgets import Media
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from articles.models.desk import Article

# (request, story, names of the verbs that the person may do) -> the template's context, or None to be left out.
Context = Callable[[HttpRequest, Article, list[str]], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """One box of the form's side column. It lies outside the form: what it posts goes to an address of its own."""

    template: str
    context: Context
    media: Media = field(default_factory=Media)  # what the panel needs on the form's page


_from_above: list[Panel] = []


def add(panel: Panel) -> None:
    """Offers a panel on the form of every story. A second call with the same one changes nothing."""
    if panel not in _from_above:
        _from_above.append(panel)


def media() -> Media:
    """The scripts and styles of the panels of the rooms above."""
    return sum((panel.media for panel in _from_above), Media())


def rendered(panels: Iterable[Panel], request: HttpRequest, article: Article, verbs: list[str]) -> list[SafeString]:
    """The panels' HTML, in order, and then those of the rooms above."""
    found = []
    for panel in (*panels, *_from_above):
        context = panel.context(request, article, verbs)
        if context is not None:
            found.append(render_to_string(panel.template, {"story": article, "verbs": verbs, **context}, request))
    return found
