"""Before a dangerous verb: is it still the person who signed in? Asked on the spot, and nothing typed is lost.

    @recently_authenticated()
    def kill(request, number): ...

Whoever signed in or confirmed within the last ten minutes notices nothing. Everybody else gets a page, at the same
address, that asks for the password, a code or a passkey. What was posted travels in that page and goes on to the view
when the answer is right; nothing of it is kept on the server. Files cannot travel: such a form asks on its GET.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.forms import CodeForm
from accounts.models import User
from accounts.sessions import BEGAN, CONFIRMED

MINUTES = 10
# Fields of the asking page; they are taken out before the view sees what was posted.
ASKED, METHOD, PASSWORD, CODE, CREDENTIAL = (
    "_confirm", "_confirm_method", "_confirm_password", "_confirm_code", "credential",
)  # fmt: skip
View = Callable[..., HttpResponse]


def is_recent(request: HttpRequest, *, minutes: int = MINUTES) -> bool:
    """The person signed in, or confirmed that it is they, at most so many minutes ago."""
    last = max(request.session.get(BEGAN, 0), request.session.get(CONFIRMED, 0))
    return bool(timezone.now().timestamp() - last < timedelta(minutes=minutes).total_seconds())


def recently_authenticated(*, minutes: int = MINUTES) -> Callable[[View], View]:
    """Decorates a view of the desk ``(request, …)``. Check sign-in and permission before it: it only asks who it is."""

    def decorate(view: View) -> View:
        @wraps(view)
        def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return ask(request, minutes=minutes) or view(request, *args, **kwargs)

        return confirmed

    return decorate


def ask(request: HttpRequest, *, minutes: int = MINUTES) -> HttpResponse | None:
    """The page that asks, the way on after a right answer to a GET, or None: go on. ``request.POST`` is then clean."""
    answered = request.method == "POST" and ASKED in request.POST
    if not answered:
        return None if is_recent(request, minutes=minutes) else _page(request)
    problem = "" if is_recent(request, minutes=minutes) else _refusal(request)
    if problem:
        return _page(request, problem)
    method = request.POST.get(METHOD)
    request.POST = _without_answers(request.POST)  # type: ignore[assignment]
    return redirect(request.get_full_path()) if method == "GET" else None


class ConfirmedAdmin(admin.ModelAdmin):
    """An admin in which adding, changing and deleting ask first who it is; looking does not."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        may = self.has_change_permission(request) if object_id else self.has_add_permission(request)
        return (may and ask(request)) or super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        return (self.has_delete_permission(request) and ask(request)) or super().delete_view(
            request, object_id, extra_context
        )


def _refusal(request: HttpRequest) -> str:
    """Why the answer is not good enough; "" when it is, which is noted in the session."""
    user = cast(User, request.user)
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        return gettext("Too many attempts. Wait a minute.")
    try:
        right = _is_right(request, user)
    except ValidationError as error:
        return " ".join(error.messages)
    if not right:
        return gettext("That is not right. Try again.")
    request.session[CONFIRMED] = timezone.now().timestamp()
    return ""


def _is_right(request: HttpRequest, user: User) -> bool:
    if request.POST.get(CREDENTIAL):
        form = ReauthenticateWebAuthnForm(user=user, data={"credential": request.POST[CREDENTIAL]})
        if not form.is_valid():
            raise ValidationError(form.errors["credential"])
        form.save()
        return True
    if request.POST.get(CODE):
        code = CodeForm(user=user, data={"code": request.POST[CODE]})
        if not code.is_valid():
            raise ValidationError(code.errors["code"])
        post_authentication(request, code.authenticator, reauthenticated=True)
        return True
    password = request.POST.get(PASSWORD, "")
    return bool(password) and get_adapter(request).reauthenticate(user, password)


def _without_answers(posted: QueryDict) -> QueryDict:
    clean = posted.copy()
    for name in (ASKED, METHOD, PASSWORD, CODE, CREDENTIAL):
        clean.pop(name, None)
    return clean


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = cast(User, request.user)
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    options = webauthn.begin_authentication(user) if Authenticator.Type.WEBAUTHN in kinds else None
    method = request.POST.get(METHOD, "GET" if request.method in {"GET", "HEAD"} else "POST")
    typed = [
        (name, value)
        for name, values in _without_answers(request.POST).lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context = {
        **admin.site.each_context(request),
        "title": gettext("Is it you?"),
        "problem": problem,
        "method": method,
        "typed": typed if method == "POST" else [],
        "has_files": bool(request.FILES),
        "has_password": user.has_usable_password(),
        "has_code": bool(kinds - {Authenticator.Type.WEBAUTHN}),
        "passkey_options": json.dumps(options) if options else "",
    }
    return TemplateResponse(request, "accounts/confirm.html", context)
