from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    """Wiring: settings, addresses, the admin site, `serve` and `work`. Imports every app; no app imports it."""

    name = "newsroom"
