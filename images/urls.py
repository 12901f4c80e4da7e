from django.urls import re_path

from images import names, views

app_name = "images"
urlpatterns = [
    re_path(r"^(?P<name>[0-9a-f]{32}\.webp)$", views.picture, name="picture"),
    re_path(rf"^{names.PATTERN}$", views.rendition, name="rendition"),
]
