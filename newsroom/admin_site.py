from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class DeskAdminConfig(AdminConfig):
    default_site = "newsroom.admin_site.DeskAdminSite"


class DeskAdminSite(admin.AdminSite):
    """The desk: Django's own admin with our sign-in, our templates and our stylesheet."""

    site_header = _("Newsroom")
    site_title = _("Newsroom")
    index_title = _("The desk")
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        return redirect_to_sign_in(request)


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the one sign-in page, and back to where the person wanted to go."""
    from django.contrib.auth.views import redirect_to_login  # noqa: PLC0415  # needs the user model, loaded later

    return redirect_to_login(request.GET.get("next", request.get_full_path()))
