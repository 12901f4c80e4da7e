from django.urls import path, re_path

app_name = "articles"
urlpatterns: list = []
