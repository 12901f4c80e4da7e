"""Signing in and out, passwords, and what each member of staff sets for themself."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import MySettingsForm, PasswordLinkForm, SignInForm
from accounts.letters import send_password_link


class _InTheDesk:
    """These pages wear the admin's templates, which want its context."""

    request: HttpRequest
    title: str | Promise = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {**admin.site.each_context(self.request), "title": self.title}
        return {**context, **super().get_context_data(**kwargs)}  # type: ignore[misc]


class SignIn(_InTheDesk, views.LoginView):
    """E-mail address and password; then on to ``next`` if it is an address of this site, else to the desk."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True
    title = _("Sign in")


class SignOut(views.LogoutView):
    """By POST only; then to the sign-in page."""


class PasswordChange(_InTheDesk, views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:my_settings")
    title = _("Change password")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, gettext("Your password was changed. Other devices were signed out."))
        return super().form_valid(form)


class PasswordResetConfirm(_InTheDesk, views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_done")
    title = _("Choose a password")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Sends a link to the address if somebody on the staff has it; the answer is the same for every address."""
    form = PasswordLinkForm(request.POST or None)
    if form.is_valid():
        user = form.find()
        if user:
            send_password_link(user)
        return redirect("accounts:password_reset_sent")
    return _page(request, "accounts/password_reset.html", gettext("Forgotten your password?"), form=form)


@never_cache
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return _page(request, "accounts/password_reset_sent.html", gettext("Look in your mailbox"))


@never_cache
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return _page(request, "accounts/password_reset_done.html", gettext("Your password is set"))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_settings(request: HttpRequest) -> HttpResponse:
    """Name, language and time zone of whoever is signed in."""
    form = MySettingsForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.instance.save(update_fields=form.Meta.fields)
        messages.success(request, gettext("Saved."))
        return redirect("accounts:my_settings")
    return _page(request, "accounts/my_settings.html", gettext("My settings"), form=form)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
