from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = _("Pictures")

    def ready(self) -> None:
        from images import renditions  # noqa: PLC0415  # it needs the models
        from jobs import queues  # noqa: PLC0415

        queues.register("images.renditions", renditions.turn)
