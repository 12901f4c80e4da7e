from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImagesConfig(AppConfig):
    name = "images"
    verbose_name = _("Pictures")

    def ready(self) -> None:
        from images import (  # noqa: PLC0415  # they need the models
            library,
            originals,
            registry,
            renditions,
            sweeping,
            video_files,
            video_work,
        )
        from jobs import chores, queues  # noqa: PLC0415

        queues.register("images.renditions", renditions.turn)
        queues.register("images.videos", video_work.turn)
        registry.add_finder(library.videos_with)
        # Apart: the stores of files may be somebody else's servers.
        for name, sweep in ((originals.SWEEP, sweeping.sweep), (video_files.SWEEP, video_work.sweep)):
            chores.register(name, sweep, every=timedelta(hours=1), lease=timedelta(minutes=30), is_apart=True)
