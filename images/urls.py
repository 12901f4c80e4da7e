from django.urls import re_path

from images import names, video_names, video_views, views

app_name = "images"
urlpatterns = [
    re_path(r"^(?P<name>[0-9a-f]{32}\.webp)$", views.picture, name="picture"),
    re_path(rf"^{names.PATTERN}$", views.rendition, name="rendition"),
    re_path(rf"^{video_names.PATTERN}$", video_views.video, name="video"),
]
