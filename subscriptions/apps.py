from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"
    verbose_name = _("Subscribers and letters")

    def ready(self) -> None:
        # What follows needs the models of every app.
        from articles import registry  # noqa: PLC0415
        from jobs import chores, queues  # noqa: PLC0415
        from subscriptions import answers, people, receipts, receivers, sending, views  # noqa: PLC0415

        receivers.connect()
        registry.add_publish_option(
            registry.PublishOption(
                receivers.ALERT, _("Alert subscribers by e-mail"), receivers.help_text, receivers.is_offered
            )
        )
        registry.add_reader_link(views.reader_link)
        registry.add_receipt_line(receipts.lines)
        queues.register("letters", sending.turn)
        queues.register("answers to sign-ups", answers.turn)
        chores.register("forget unconfirmed subscribers", people.forget_unconfirmed, every=timedelta(days=1))
