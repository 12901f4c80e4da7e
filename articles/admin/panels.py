"""What stands beside a story's text on its form, and which further addresses belong to stories.

Each module of `articles.admin` that has a panel or pages names them here, so that the form need not know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

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


def rendered(panels: Iterable[Panel], request: HttpRequest, article: Article, verbs: list[str]) -> list[SafeString]:
    """The panels' HTML, in order."""
    found = []
    for panel in panels:
        context = panel.context(request, article, verbs)
        if context is not None:
            found.append(render_to_string(panel.template, {"story": article, "verbs": verbs, **context}, request))
    return found
