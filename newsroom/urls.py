from django.contrib import admin
from django.urls import include, path

from citizen_reports.mail import hook
from newsroom import health, metrics
from subscriptions import hooks

urlpatterns = [
    path("health/", health.view, name="health"),
    path("health/live/", health.live, name="live"),
    path("metrics", metrics.view, name="metrics"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.urls_allauth")),
    path("admin/", admin.site.urls),
    path("pictures/", include("images.urls")),
    path("report/", include("citizen_reports.urls")),
    path("hooks/mail/", hook.receive, name="mail_hook"),
    path("hooks/mail/events/", hooks.receive, name="mail_events"),
    path("subscribe/", include("subscriptions.urls")),
    path("", include("subscriptions.urls_letters")),
    path("", include("articles.urls")),
]

handler400 = "newsroom.refusing.bad_request"
handler403 = "newsroom.desk_views.forbidden"
handler404 = "articles.views.errors.not_found"
handler429 = "accounts.views.pages.too_many"  # django-allauth looks it up
handler500 = "articles.views.errors.server_error"
