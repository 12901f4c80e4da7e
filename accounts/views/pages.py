"""What the pages of this room share: they wear the admin's templates, which want its context."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext


class InTheDesk:
    """For class-based views."""

    request: HttpRequest
    title: str | Promise = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**admin.site.each_context(self.request), "title": self.title}
        return {**context, **super().get_context_data(**kwargs)}  # type: ignore[misc]


def page(request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk, with the admin's head and foot."""
    return render(request, template, {**admin.site.each_context(request), "title": title, **context}, status=status)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: what allauth answers when a neighbourhood of the network asks too often."""
    return page(request, "accounts/too_many.html", gettext("Too many attempts"), status=429)
