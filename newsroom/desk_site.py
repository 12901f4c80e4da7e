"""The desk: Django's own admin with our sign-in, our first page, our order and our stylesheet."""

from collections.abc import Iterable
from functools import partial, wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, re_path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.models import User
from accounts.views import own
from accounts.views.sign_in import SignOut
from articles.models.fronts import Front
from articles.models.site import SiteSettings
from newsroom import desk_search, desk_views, front_door

# What the desk needs most often comes first; what is not named here comes after it, by name.
ORDER = (
    "articles.Article", "articles.Front", "images.Picture", "images.Video", "articles.Section", "articles.Series",
    "articles.Tag", "articles.Page", "articles.MenuItem", "articles.SiteSettings", "articles.OldPath",
    "articles.MovingRun",
    "articles.ReaderNote", "citizen_reports.Report", "citizen_reports.InboundEmail", "citizen_reports.IntakeForm",
    "citizen_reports.CannedAnswer", "citizen_reports.BlockRule",
    "subscriptions.ManualLetter", "subscriptions.Newsletter", "subscriptions.Edition", "subscriptions.PushRound",
    "subscriptions.ChannelPost", "subscriptions.ChannelAccount", "subscriptions.Subscriber", "authors.Author",
    "accounts.User", "accounts.AuditRow", "jobs.Chore",
)  # fmt: skip
# Groups and tags are our own; second factors have pages of their own.
NOT_OURS = {"auth.Group", "taggit.Tag", "account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator"}
RANK = {label: rank for rank, label in enumerate(ORDER)}


class DeskAdminSite(admin.AdminSite):
    index_title = _("The desk")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # deleting is rare here, and done one by one

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models: Iterable[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        super().register([each for each in models if each._meta.label not in NOT_OURS], admin_class, **options)

    def get_urls(self) -> list[Any]:
        from articles.admin import fronts  # noqa: PLC0415  # registers with this site

        letter = r"^mail-out/(?P<name>[0-9]{8}T[0-9]{12}-[0-9a-f]{8}\.eml)/$"
        return [
            path("search/", self.admin_view(desk_search.view), name="search"),
            path("mail-out/", self.admin_view(desk_views.mail_out), name="mail_out"),
            path("notices/", self.admin_view(own.my_notices), name="notices"),
            path("notices/<int:number>/", self.admin_view(own.open_notice), name="notice"),
            *(
                path(f"articles/front/{route}", self.admin_view(view), name=f"articles_{name}")
                for route, view, name in fronts.PAGES
            ),
            re_path(letter, self.admin_view(desk_views.mail_out_letter), name="mail_out_letter"),
            *super().get_urls(),
        ]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, but a story's form that comes after its person was signed out loses no word."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST" and not self.has_permission(request):
                from articles.admin import keeping  # noqa: PLC0415  # that package registers with this very site

                return keeping.stash(request) or guarded(request, *args, **kwargs)
            return guarded(request, *args, **kwargs)

        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the one sign-in page, and back to where the person wanted to go."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return SignOut.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:password_change")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:my_settings")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = SiteSettings.load().name
        context = {**super().each_context(request), "site_header": name, "site_title": name}
        context["is_nav_sidebar_enabled"] = context["has_permission"]
        if context["has_permission"]:
            context["notices_unread"] = partial(notices.unread, cast(User, request.user))  # asked by the bell alone
        del context["log_entries"]  # Django's log of actions is not kept; the audit table is
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        shown = front_door.first_page(cast(User, request.user))
        return super().index(request, {**shown, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = list(self._build_app_dict(request, app_label).values())
        may_read_mail = settings.MAIL_TO_FILES and request.user.has_perm("newsroom.view_mail_out")
        for app in apps:
            if app["app_label"] == "jobs" and may_read_mail:
                app["models"].append(
                    {
                        "name": gettext("Mail sent to files"),
                        "object_name": "MailOut",
                        "admin_url": reverse("admin:mail_out"),
                        "add_url": None,
                        "view_only": True,
                    }
                )
            if app["app_label"] == "articles" and request.user.has_perm("articles.arrange_front"):
                app["models"].append(
                    {
                        "model": Front,
                        "name": gettext("Front pages"),
                        "object_name": "Front",
                        "admin_url": reverse("admin:articles_front"),
                        "add_url": None,
                        "view_only": True,
                    }
                )
            app["models"].sort(key=_rank)
        return sorted(apps, key=lambda app: _rank(app["models"][0]))


def _rank(entry: dict[str, Any]) -> tuple[int, str]:
    model = entry.get("model")
    return RANK.get(model._meta.label if model else "", len(RANK)), str(entry["name"])
