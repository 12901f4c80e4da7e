from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = _("Pictures")

    def ready(self) -> None:
        from images import library, registry, renditions, sweeping, video_work  # noqa: PLC0415  # they need the models
        from jobs import chores, queues  # noqa: PLC0415

        queues.register("images.renditions", renditions.turn)
        queues.register("images.videos", video_work.turn)
        registry.add_finder(library.videos_with)
        chores.register("images.sweep_videos", video_work.sweep, every=timedelta(hours=1))
        chores.register("images.sweep", sweeping.sweep, every=timedelta(hours=1), lease=timedelta(minutes=30))
