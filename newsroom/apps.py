from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    """Wiring: settings, addresses, the admin site, `serve` and `work`. Imports every app; no app imports it."""

    name = "newsroom"

    def ready(self) -> None:
        from newsroom import chores  # noqa: PLC0415  # needs every app's models

        chores.register_all()
