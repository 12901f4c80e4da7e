from django.urls import path, re_path

from articles.languages import LANGUAGES
from subscriptions import archive

app_name = "letters"
urlpatterns = [
    path("letters/", archive.letters, name="letters"),
    re_path(rf"^(?P<language>{'|'.join(LANGUAGES)})/letters/$", archive.letters, name="letters"),
    path("letters/<slug:newsletter>/<slug:key>/", archive.letter, name="letter"),
]
