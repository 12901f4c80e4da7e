from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PageCacheConfig(AppConfig):
    name = "pagecache"
    verbose_name = _("Finished pages")

    def ready(self) -> None:
        from jobs.chores import register  # noqa: PLC0415  # needs the models of every app
        from pagecache import chores, proxies, receivers  # noqa: PLC0415

        receivers.connect()
        register("forget old purges", chores.forget_old, every=timedelta(minutes=10))
        register("tell proxies of purges", proxies.tell_owed, every=timedelta(seconds=5))
