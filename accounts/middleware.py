"""What each request of the staff passes: the lifetime of the session, and the second factor where it is owed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import second_factor, sessions

Handler = Callable[[HttpRequest], HttpResponse]


def staff_sessions(get_response: Handler) -> Handler:
    """Ends sessions that are too old or idle, for every address at which the desk's people are known."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(("/admin/", "/accounts/")):
            return get_response(request)
        key = request.session.session_key
        if request.user.is_authenticated:
            sessions.check(request)
        response = get_response(request)
        if key and request.user.is_authenticated:
            sessions.follow(request, key)
        return response

    return handle


def second_factor_gate(get_response: Handler) -> Handler:
    """Whoever owes a second factor gets no page of the desk, by any method, but the page where it is set up."""

    def handle(request: HttpRequest) -> HttpResponse:
        if (
            request.path.startswith("/admin/")
            and request.path != reverse("admin:logout")
            and request.user.is_authenticated
            and second_factor.is_missing(request.user)
        ):
            return redirect("mfa_index")
        return get_response(request)

    return handle
