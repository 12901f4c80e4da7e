from django.urls import path, re_path

from subscriptions import views

app_name = "subscriptions"
_LINK = r"(?P<token>[-_A-Za-z0-9]{64})"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    re_path(rf"^confirm/{_LINK}/$", views.confirm, name="confirm"),
    re_path(rf"^manage/{_LINK}/$", views.manage, name="manage"),
    re_path(rf"^leave/{_LINK}/$", views.leave, name="leave"),
]
