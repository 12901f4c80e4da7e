"""What the pickers in forms are offered from the library, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from images.models import Picture, Video
from safeguards.numbers import whole

OFFERED = 24  # in one answer
Thing = TypeVar("Thing", Picture, Video)


def offer(
    desk: ModelAdmin[Thing], request: HttpRequest, things: QuerySet[Thing], describe: Callable[[Thing], dict[str, Any]]
) -> tuple[list[dict[str, Any]], int | None]:
    """Those of `things` that the request asks for, the newest first, and the number before which the next page begins.

    ``?q=`` searches as the list does; ``?before=`` goes on where an earlier answer ended. What pickers show of each
    stands beside what `describe` says. Raises ``PermissionDenied``.
    """
    if not desk.has_view_permission(request):
        raise PermissionDenied
    found, _twice = desk.get_search_results(request, things, request.GET.get("q", "").replace("\0", ""))
    before = whole(request.GET.get("before"))
    if before is not None:
        found = found.filter(pk__lt=before)
    shown = list(found.order_by("-pk")[: OFFERED + 1])
    offered = [facts(thing) | describe(thing) for thing in shown[:OFFERED]]
    return offered, offered[-1]["id"] if len(shown) > OFFERED else None


def facts(thing: Picture | Video) -> dict[str, Any]:
    """What pickers show of any thing of the library."""
    return {
        "id": thing.pk,
        "alt": thing.alt_text,
        "caption": thing.caption,
        "credit": thing.credit,
        "width": thing.width,
        "height": thing.height,
    }
