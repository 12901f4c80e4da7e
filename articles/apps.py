from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Stories")

    def ready(self) -> None:
        from accounts import registry as staff  # noqa: PLC0415
        from articles import (  # noqa: PLC0415  # they need models
            actions_banner,
            autosaves,
            clockwork,
            fronts,
            most_read,
            pruning,
            reader_notes,
            receivers,
            receivers_fronts,
            rights_alarm,
            section_limits,
            usage,
            websub,
        )
        from articles.moving import working  # noqa: PLC0415
        from images import registry  # noqa: PLC0415
        from jobs import chores, queues  # noqa: PLC0415

        receivers.connect()
        receivers_fronts.connect()
        websub.connect()
        staff.add_user_panel(section_limits.PANEL)
        registry.add_finder(usage.stories_with)
        registry.add_finder(usage.fronts_with)
        registry.add_live_finder(usage.is_shown)
        registry.add_video_finder(usage.stories_with_video)
        registry.add_text_finder(usage.pictures_in_texts)
        chores.register("forget readers' notes", reader_notes.forget_old, every=timedelta(days=1))
        chores.register("thin revisions", pruning.thin_revisions, every=timedelta(days=1))
        chores.register("forget old autosaves", autosaves.forget_old, every=timedelta(days=1))
        chores.register("rights alarm", rights_alarm.tell, every=timedelta(days=1))
        queues.register("schedule", clockwork.turn)
        queues.register("hubs", websub.turn)
        queues.register("moves", working.turn)
        chores.register("forget old imports", working.forget_old, every=timedelta(days=1), is_apart=True)
        chores.register("forget hubs", websub.forget_hubs, every=timedelta(hours=1))
        chores.register("late stories", clockwork.tell_of_late, every=timedelta(seconds=30))
        chores.register("expired pins", fronts.press_expired, every=timedelta(seconds=15))
        chores.register("most read", most_read.press, every=timedelta(minutes=3))
        chores.register("banners that are over", actions_banner.end_due, every=timedelta(seconds=10))
