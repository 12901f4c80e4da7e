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
        from subscriptions import (  # noqa: PLC0415
            addresses,
            answers,
            archive,
            digests,
            followers,
            following,
            hooks,
            mailbox,
            people,
            receipts,
            receivers,
            sending,
            throttles,
            topics,
        )
        from subscriptions.audience import figures, importing  # noqa: PLC0415
        from subscriptions.channels import posting as channel_posting  # noqa: PLC0415
        from subscriptions.channels import receipts as channel_receipts  # noqa: PLC0415
        from subscriptions.channels import receivers as channel_receivers  # noqa: PLC0415
        from subscriptions.push import receivers as push_receivers  # noqa: PLC0415
        from subscriptions.push import sending as push_sending  # noqa: PLC0415

        receivers.connect()
        registry.add_publish_option(
            registry.PublishOption(
                receivers.ALERT, _("Alert subscribers by e-mail"), receivers.help_text, receivers.is_offered
            )
        )
        followers.connect()
        registry.add_publish_option(followers.OPTION)
        registry.add_reader_link(following.news)
        registry.add_reader_link(following.story)
        registry.add_foot_link(archive.AT_THE_FOOT)
        registry.add_follow_link(following.author_or_tag)
        topics.connect()
        registry.add_receipt_line(receipts.lines)
        push_receivers.connect()
        registry.add_receipt_line(push_receivers.receipt_lines)
        channel_receivers.connect()
        registry.add_publish_option(
            registry.PublishOption(
                channel_receivers.OPTION, _("Post to channels"), channel_receivers.help_text,
                channel_receivers.is_offered,
            )
        )  # fmt: skip
        registry.add_receipt_line(channel_receipts.lines)
        queues.register("posts on channels", channel_posting.turn)
        queues.register("letters", sending.turn)
        hooks.connect()
        chores.register("fetch letters that came back", mailbox.fetch, every=timedelta(minutes=1), is_apart=True)
        chores.register("forget throttles", throttles.forget, every=timedelta(days=1))
        queues.register("notices to devices", push_sending.turn)
        queues.register("lists of readers", importing.turn)
        chores.register("count readers", figures.write_down, every=timedelta(hours=1))
        chores.register("forget lists of readers", importing.forget_undecided, every=timedelta(days=1), is_apart=True)
        queues.register("answers to sign-ups", answers.turn)
        queues.register("changes of address", addresses.turn)
        chores.register("letters of the day", digests.keep_editions, every=timedelta(minutes=10))
        chores.register("forget unconfirmed subscribers", people.forget_unconfirmed, every=timedelta(days=1))
        chores.register("forget changes of address", addresses.forget_old, every=timedelta(days=1))
        chores.register("stories followed no more", people.end_following, every=timedelta(days=1))
