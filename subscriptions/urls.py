from django.urls import path

from subscriptions import manage, opened, views
from subscriptions.push import pages as push_pages

app_name = "subscriptions"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("manage/<str:token>/", manage.manage, name="manage"),
    path("address/<str:token>/", manage.address, name="address"),
    path("leave/<str:token>/", views.leave, name="leave"),
    path("opened/<slug:token>/", opened.picture, name="opened"),
    path("to/<slug:token>/", opened.onward, name="onward"),
    path("to/<slug:token>/<path:rest>", opened.onward),
    path("alerts/", push_pages.push, name="push"),
]
