"""The receipt of a publication at the desk: where the story went, and what is still on its way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from articles.admin.story_pages import desk_page, person, story_of
from articles.receipt import lines
from articles.registry import Arrival

TEMPLATE = "admin/articles/article/_receipt_lines.html"


@require_safe
def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """The page; it looks again by itself while something is waiting."""
    story = story_of(request, number)
    return desk_page(request, "receipt", story, title=gettext("Where it went"), **_shown(request, number))


@require_safe
def state(request: HttpRequest, number: int) -> JsonResponse:
    """How it stands now: ``waiting`` (bool) and ``html``, the list anew."""
    story = story_of(request, number)
    shown = _shown(request, story.pk)
    return JsonResponse({"waiting": shown["is_waiting"], "html": render_to_string(TEMPLATE, shown)})


def _shown(request: HttpRequest, number: int) -> dict[str, Any]:
    found = lines(number, person(request))
    return {"lines": found, "is_waiting": any(line.state == Arrival.WAITING for line in found)}


PAGES = [
    ("<int:number>/receipt/", receipt, "receipt"),
    ("<int:number>/receipt/state/", state, "receipt_state"),
]
