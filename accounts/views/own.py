"""What each member of staff sees and sets for themself: settings, sessions, notices."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import InvalidPage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, notices, second_factor, sessions
from accounts.audited import BoundedPaginator
from accounts.forms import MySettingsForm
from accounts.models import Notice, StaffSession, User
from accounts.views.pages import page

NOTICES = 50


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_settings(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone and notices of whoever is signed in."""
    user = cast(User, request.user)
    form = MySettingsForm(request.POST or None, instance=user)
    if form.is_valid():
        form.instance.save(update_fields=form.Meta.fields)
        messages.success(request, gettext("Saved."))
        return redirect("accounts:my_settings")
    return page(
        request,
        "accounts/my_settings.html",
        gettext("My settings"),
        form=form,
        has_second_factor=second_factor.has_one(user),
    )


@never_cache
@login_required
@require_safe
def my_sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in."""
    rows = [
        {"row": row, "name": sessions.name_of(row), "is_here": row.session_key == request.session.session_key}
        for row in sessions.of(cast(User, request.user))
    ]
    return page(request, "accounts/sessions.html", gettext("Where you are signed in"), rows=rows)


@login_required
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Signs the person out of one of their sessions; this one too, if it is that."""
    user = cast(User, request.user)
    row = get_object_or_404(StaffSession, pk=number, user=user)
    sessions.end(user, number=number)
    if row.session_key == request.session.session_key:
        request.session.flush()
        return redirect("accounts:sign_in")
    messages.success(request, gettext("%(device)s is signed out.") % {"device": sessions.name_of(row)})
    return redirect("accounts:sessions")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs the person out everywhere, here included."""
    actions.sign_out_everywhere(cast(User, request.user), actor=cast(User, request.user))
    request.session.flush()
    return redirect("accounts:sign_in")


@require_http_methods(["GET", "HEAD", "POST"])
def my_notices(request: HttpRequest) -> HttpResponse:
    """The person's notices, newest first; a POST marks all of them as read. Behind ``admin_view``."""
    user = cast(User, request.user)
    if request.method == "POST":
        count = notices.mark_read(user)
        said = ngettext("%(count)d notice is read now.", "%(count)d notices are read now.", count)
        messages.success(request, said % {"count": count})
        return redirect("admin:notices")
    paginator = BoundedPaginator(Notice.objects.filter(user=user), NOTICES)
    paginator.at = request.GET.get("p", 1)
    try:
        shown = paginator.page(paginator.at)
    except InvalidPage:
        return redirect("admin:notices")
    return page(request, "accounts/notices.html", gettext("Notices"), shown=shown, unread=notices.unread(user))


@require_safe
def open_notice(request: HttpRequest, number: int) -> HttpResponse:
    """Marks one notice as read and leads to what it is about. Behind ``admin_view``."""
    notice = get_object_or_404(Notice, pk=number, user=cast(User, request.user))
    notices.mark_read(notice.user, notice.pk)
    safe = notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if safe else reverse("admin:notices"))
