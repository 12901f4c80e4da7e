from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Stories")

    def ready(self) -> None:
        from articles import receivers, usage  # noqa: PLC0415  # need the models of every app
        from images import registry  # noqa: PLC0415

        receivers.connect()
        registry.add_finder(usage.stories_with)
