from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Stories")

    def ready(self) -> None:
        from articles import receivers, rights_alarm, usage  # noqa: PLC0415  # need the models of every app
        from images import registry  # noqa: PLC0415
        from jobs import chores  # noqa: PLC0415

        receivers.connect()
        registry.add_finder(usage.stories_with)
        registry.add_video_finder(usage.stories_with_video)
        registry.add_text_finder(usage.pictures_in_texts)
        chores.register("rights alarm", rights_alarm.tell, every=timedelta(days=1))
