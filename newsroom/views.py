from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: say what to do, and lose nothing that the browser still has."""
    return render(request, "csrf_failure.html", status=403)
