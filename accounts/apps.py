from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Staff")

    def ready(self) -> None:
        # What follows needs the models.
        from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed  # noqa: PLC0415

        from accounts import letters, notices, sessions  # noqa: PLC0415
        from jobs import chores, queues  # noqa: PLC0415

        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions")
        user_logged_out.connect(sessions.signed_out, dispatch_uid="accounts.sessions")
        user_login_failed.connect(sessions.refused, dispatch_uid="accounts.sessions")
        queues.register("letters to the staff", letters.turn)
        day = timedelta(days=1)
        chores.register("forget sessions that ended", sessions.forget_ended, every=day)
        chores.register("forget old notices", notices.forget_old, every=day)
        chores.register("forget letters given up", letters.forget_old, every=day)
