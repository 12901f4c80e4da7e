from django.urls import path

from subscriptions import manage, views
from subscriptions.push import pages as push_pages

app_name = "subscriptions"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("manage/<str:token>/", manage.manage, name="manage"),
    path("address/<str:token>/", manage.address, name="address"),
    path("leave/<str:token>/", views.leave, name="leave"),
    path("alerts/", push_pages.push, name="push"),
]
