from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles.admin import keeping


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: say what to do, and lose nothing that was typed."""
    return keeping.stash(request) or render(request, "csrf_failure.html", status=403)
