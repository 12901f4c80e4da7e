from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CitizenReportsConfig(AppConfig):
    name = "citizen_reports"
    verbose_name = _("Citizen reports")

    def ready(self) -> None:
        from articles import registry  # noqa: PLC0415  # these need the models of every app
        from citizen_reports import derivatives, handling, intake, purge, quarantine  # noqa: PLC0415
        from citizen_reports.links import were_you_there  # noqa: PLC0415
        from jobs import chores, queues  # noqa: PLC0415

        queues.register("citizen_reports.safe_copies", derivatives.turn)
        chores.register("citizen_reports.unsent_files", quarantine.forget_unsent, every=timedelta(hours=1))
        chores.register("citizen_reports.purge", purge.purge_due, every=timedelta(hours=1))
        chores.register("citizen_reports.receipt_times", intake.forget_receipt_times, every=timedelta(minutes=5))
        registry.add_objection(handling.objection)
        registry.add_reader_link(were_you_there)
