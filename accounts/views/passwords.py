"""Passwords: changed by whoever is signed in, or anew by a link that came by mail."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import letters, sessions
from accounts.forms import PasswordLinkForm
from accounts.models import User
from accounts.views.pages import InTheDesk, page


class PasswordChange(InTheDesk, views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:my_settings")
    title = _("Change password")

    def form_valid(self, form: Any) -> HttpResponse:
        sessions.end(form.user, but=self.request.session.session_key)
        letters.queue_security(form.user, gettext_noop("Your password was changed."))
        messages.success(self.request, gettext("Your password was changed. Other devices were signed out."))
        return super().form_valid(form)


class PasswordResetConfirm(InTheDesk, views.PasswordResetConfirmView):
    """The link from the letter. A new password signs every device out and ends the wait after too many attempts."""

    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_done")
    title = _("Choose a password")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        user: User = form.user
        sessions.end(user)
        get_adapter(self.request)._delete_login_attempts_cached_email(self.request, email=user.email)
        return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Queues a letter to the address; the answer is the same, and takes as long, for every address."""
    form = PasswordLinkForm(request.POST or None)
    if form.is_valid():
        address = form.cleaned_data["email"]
        if ratelimit.consume(request, action="reset_password", key=address.lower()):
            letters.queue_password_link(address)
        return redirect("accounts:password_reset_sent")
    return page(request, "accounts/password_reset.html", gettext("Forgotten your password?"), form=form)


@never_cache
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/password_reset_sent.html", gettext("Look in your mailbox"))


@never_cache
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/password_reset_done.html", gettext("Your password is set"))
