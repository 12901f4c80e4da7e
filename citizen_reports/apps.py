from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CitizenReportsConfig(AppConfig):
    name = "citizen_reports"
    verbose_name = _("Citizen reports")

    def ready(self) -> None:
        from articles import registry, signals  # noqa: PLC0415  # these need the models of every app
        from citizen_reports import (  # noqa: PLC0415
            before_publication,
            consent_alarms,
            demo,
            demo_reports,
            derivatives,
            intake,
            keeping,
            purge,
            quarantine,
            room,
            scanning,
            sorting,
        )
        from citizen_reports.links import were_you_there  # noqa: PLC0415
        from citizen_reports.mail import announcing, imap, letters, receiving, working  # noqa: PLC0415
        from jobs import chores, queues  # noqa: PLC0415

        queues.register("citizen_reports.safe_copies", derivatives.turn)
        queues.register("citizen_reports.media", derivatives.turn_media)
        queues.register("citizen_reports.scans", scanning.turn)
        queues.register("citizen_reports.mail", working.turn)
        queues.register("citizen_reports.mail_out", letters.turn)
        chores.register("citizen_reports.fetch_mail", imap.fetch, every=timedelta(seconds=30), is_apart=True)
        chores.register("citizen_reports.announce_mail", announcing.announce, every=timedelta(minutes=5))
        chores.register("citizen_reports.forget_mail", receiving.forget_old, every=timedelta(hours=1))
        chores.register(
            quarantine.SWEEP, quarantine.forget_unsent, every=timedelta(hours=1), lease=timedelta(minutes=30),
            is_apart=True,
        )  # fmt: skip
        chores.register("citizen_reports.scan_older", scanning.take_on_older, every=timedelta(hours=1))
        chores.register("citizen_reports.room", room.warn, every=timedelta(minutes=10))
        chores.register("citizen_reports.warn", keeping.warn, every=timedelta(hours=1))
        chores.register("citizen_reports.purge", purge.purge_due, every=timedelta(hours=1))
        chores.register("citizen_reports.receipt_times", intake.forget_receipt_times, every=timedelta(minutes=5))
        chores.register("citizen_reports.announce", sorting.announce, every=timedelta(minutes=15))
        chores.register("citizen_reports.withdrawn", consent_alarms.announce, every=timedelta(minutes=15))
        registry.add_check("citizen_reports", before_publication.find)
        for live in (signals.article_published, signals.article_updated):
            live.connect(consent_alarms.on_live)
        for gone in (signals.article_withdrawn, signals.article_killed):
            gone.connect(consent_alarms.on_taken_off)
        registry.add_reader_link(were_you_there)
        signals.demo_filled.connect(demo.fill)
        signals.demo_taken_out.connect(demo.take_out)
        signals.demo_filled.connect(demo_reports.fill)
        signals.demo_taken_out.connect(demo_reports.take_out)
