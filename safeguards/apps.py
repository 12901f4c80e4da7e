from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SafeguardsConfig(AppConfig):
    name = "safeguards"
    verbose_name = _("Safeguards")

    def ready(self) -> None:
        from safeguards import spelling  # noqa: PLC0415  # needs the apps

        spelling.register()
